import type { Run } from "../key-runs.ts";
import { Sink } from "./sink.ts";

const LONGEST = 45;
const sixOf = (byte: number | undefined) => ((byte ?? 0x20) - 0x20) & 0x3f;
const isUu = (byte: number | undefined) => byte !== undefined && byte >= 0x20 && byte <= 0x60;

/** Lines that begin with how many bytes they hold, and are as long as that says. */
export function undoUu(text: Uint8Array, runs: readonly Run[], wanted = -1): Sink {
  const sink = new Sink(
    runs.reduce((sum, { start, end }) => sum + end - start, LONGEST),
    wanted,
  );
  let done = 0;
  for (const { start } of runs) {
    if (start < done) continue;
    for (let at = start; at < text.length; ) {
      const end = lineEnd(text, at);
      if (end === -1) break;
      undoLine(text, at, sink);
      done = end;
      at = text[end] === 0x0d ? end + 2 : end + 1;
    }
    sink.split();
  }
  return sink;
}

/** @returns -1 where there is no such line. Blanks at its end may be lost, and some write a letter more. */
function lineEnd(text: Uint8Array, start: number): number {
  if (start > 0 && text[start - 1] !== 0x0a) return -1;
  const count = sixOf(text[start]);
  if (count === 0 || count > LONGEST) return -1;
  const whole = start + 1 + 4 * Math.ceil(count / 3);
  let end = start;
  while (end < whole + 2 && isUu(text[end])) end++;
  const isEnd = end === text.length || text[end] === 0x0a || (text[end] === 0x0d && text[end + 1] === 0x0a);
  return isEnd && end >= whole - 3 && end <= whole + 1 ? end : -1;
}

function undoLine(text: Uint8Array, start: number, sink: Sink): void {
  const count = sixOf(text[start]);
  for (let index = 0; index < count; index++) {
    const at = start + 1 + Math.floor((index * 4) / 3);
    const held = 6 - 2 * (index % 3);
    sink.from = at;
    sink.put(((sixOf(text[at]) << (8 - held)) | (sixOf(text[at + 1]) >> (held - 2))) & 0xff);
  }
}
