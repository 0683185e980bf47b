import { HEX } from "./escape.ts";

/** Where quoted-printable goes on in the next line (RFC 2045). Programs have a `=` at a line's end, too. */

const [EQUALS, CR] = [0x3d, 0x0d];
/** Bytes and no strings: those would be encoded at each search. */
const [BREAK, CR_BREAK] = [Buffer.from("=\n"), Buffer.from("=\r\n")];
/** Of bytes before a line's end and after it: some lines of quoted-printable, which have 76 at most. */
const AROUND = 256;

/** Where each `=` at a line's end stands. */
export function softBreaks(text: Buffer): number[] {
  const found: number[] = [];
  for (const mark of text.includes(CR) ? [BREAK, CR_BREAK] : [BREAK])
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) found.push(at);
  return found.sort((one, other) => one - other);
}

/** True where a `=3D` stands near some of them: that is no program's, and there may be more of these anywhere. */
export function hasEscapesAround(text: Buffer, breaks: readonly number[]): boolean {
  let done = 0;
  for (const at of breaks) {
    const until = Math.min(at + AROUND, text.length);
    for (let mark = Math.max(at - AROUND, done); mark < until; mark++) if (text[mark] === EQUALS && isEscape(text, mark)) return true;
    done = until;
  }
  return false;
}

const isEscape = (text: Uint8Array, at: number) => HEX[text[at + 1] ?? 0] !== -1 && HEX[text[at + 2] ?? 0] !== -1;
