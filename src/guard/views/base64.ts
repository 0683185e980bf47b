import type { Run as Range } from "../key-runs.ts";
import { HEX } from "./escape.ts";
import { Sink } from "./sink.ts";

interface Run extends Range {
  /** Over several lines: no form of a value is seen through these. */
  isWrapped: boolean;
}

/** Of letters: in one line, fewer are a name in a program if they hold no digit. */
const LEAST_PLAIN = 64;
/** Of letters of base32: fewer are a word, and less than the shortest run that is looked at. */
const LEAST_FIVES = 20;
/** Of bytes: no value is shorter. */
const LEAST_TEXT = 8;

const SIX = new Int8Array(256).fill(-1);
for (const [value, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  SIX[letter.charCodeAt(0)] = value;
SIX[0x2d] = 62;
SIX[0x5f] = 63;
const FIVE = { upper: new Int8Array(256).fill(-1), lower: new Int8Array(256).fill(-1) };
for (const [value, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"].entries()) {
  FIVE.upper[letter.charCodeAt(0)] = value;
  FIVE.lower[letter.toLowerCase().charCodeAt(0)] = value;
}
const PAD = 0x3d;
const isCoded = (byte: number | undefined) => byte !== undefined && (SIX[byte] !== -1 || byte === PAD);
const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09;
const isLineEnd = (byte: number | undefined) => byte === 0x0a || byte === 0x0d;

/** Runs with the lines that go on in the same alphabet, before them and after: base64 that is wrapped, as in MIME and PEM. */
export function joinedLines(text: Uint8Array, runs: readonly Range[]): Run[] {
  const found: Run[] = [];
  let covered = 0;
  for (const run of runs) {
    if (run.start < covered) continue;
    const [start, end] = [startBefore(text, run, covered), endAfter(text, run.end)];
    const isWrapped = start < run.start || end > run.end;
    covered = end;
    if (isWrapped || end - start >= LEAST_PLAIN || isMixed(text, start, end)) found.push({ start, end, isWrapped });
  }
  return found;
}

/** True for what a name in a program, and a hash in hex, is not. */
function isMixed(text: Uint8Array, start: number, end: number): boolean {
  let [digit, other] = [false, false];
  for (let at = start; at < end && !(digit && other); at++) {
    const byte = text[at] as number;
    if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === PAD) digit = true;
    else if (HEX[byte] === -1) other = true;
  }
  return digit && other;
}

/** A run that is a line may go on what the line before ended with. */
function startBefore(text: Uint8Array, { start, end }: Range, least: number): number {
  if (end < text.length && !isLineEnd(text[end])) return start;
  let at = start;
  while (at > least && isBlank(text[at - 1])) at--;
  if (at === least || !isLineEnd(text[at - 1])) return start;
  while (at > least && isLineEnd(text[at - 1])) at--;
  const before = at;
  while (at > least && isCoded(text[at - 1])) at--;
  return at < before ? at : start;
}

function endAfter(text: Uint8Array, end: number): number {
  for (let last = end; ; ) {
    let at = last;
    if (!isLineEnd(text[at])) return last;
    at += text[at] === 0x0d && text[at + 1] === 0x0a ? 2 : 1;
    while (isBlank(text[at])) at++;
    const start = at;
    while (isCoded(text[at])) at++;
    if (at === start) return last;
    last = at;
  }
}

/** What the runs say, if none, one, two or three of their letters are not theirs. */
export function undoBase64(text: Uint8Array, runs: readonly Run[], wanted = -1): Sink {
  return undoLetters(text, runs, () => SIX, 6, wanted);
}

/** What of the runs is base32, in capitals or in small letters, whatever name, path or letters stand in front of it. */
export function base32Runs(text: Uint8Array, runs: readonly Run[]): Run[] {
  return runs.flatMap((run) => [...partsIn(text, run, FIVE.upper), ...partsIn(text, run, FIVE.lower)]);
}

function partsIn(text: Uint8Array, { start, end, isWrapped }: Run, letters: Int8Array): Run[] {
  const found: Run[] = [];
  for (let at = start, from = -1, count = 0; at <= end; at++) {
    const byte = at < end ? (text[at] as number) : -1;
    if (letters[byte] !== undefined && letters[byte] !== -1) {
      if (count++ === 0) from = at;
    } else if (byte !== PAD && !isLineEnd(byte) && !isBlank(byte)) {
      if (count >= LEAST_FIVES) found.push({ start: from, end: at, isWrapped });
      count = 0;
    }
  }
  return found;
}

export function undoBase32(text: Uint8Array, runs: readonly Run[], wanted = -1): Sink {
  return undoLetters(text, runs, (run) => lettersOf(text, run), 5, wanted);
}

/** Told by the first one: digits are in both. */
function lettersOf(text: Uint8Array, { start, end }: Run): Int8Array {
  for (let at = start; at < end; at++) {
    const byte = text[at] as number;
    if (FIVE.lower[byte] !== FIVE.upper[byte]) return FIVE.lower[byte] === -1 ? FIVE.upper : FIVE.lower;
  }
  return FIVE.upper;
}

function undoLetters(text: Uint8Array, runs: readonly Run[], lettersIn: (run: Run) => Int8Array, width: 5 | 6, wanted: number): Sink {
  // Eight letters of base32 are five bytes, four of base64 three; a line end parts the runs.
  const places = width === 6 ? 4 : 8;
  const sink = new Sink(places * runs.reduce((sum, { start, end }) => sum + Math.ceil(((end - start) * width) / 8) + 1, 0), wanted);
  for (const run of runs) {
    const letters = lettersIn(run);
    for (let skipped = 0; skipped < places; skipped++) {
      const before = sink.length;
      const isText = undoRun(text, run, letters, width, skipped, sink);
      if (run.isWrapped || isText) sink.split();
      else sink.back(before);
    }
  }
  return sink;
}

/** @returns true where so many bytes in a row are plain letters that they can be an escaped value */
function undoRun(text: Uint8Array, { start, end }: Run, letters: Int8Array, width: number, skipped: number, sink: Sink): boolean {
  let [bits, held, plain, most] = [0, 0, 0, 0];
  let left = skipped;
  for (let at = start; at < end; at++) {
    const value = letters[text[at] as number] as number;
    if (value === -1) {
      // After a padded group another one begins; what wraps lines says nothing.
      if (text[at] === PAD) held = 0;
      continue;
    }
    if (left-- > 0) continue;
    bits = ((bits << width) | value) & 0xffff;
    held += width;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >> held) & 0xff;
    sink.from = at;
    sink.put(byte);
    // Zero: UTF-16.
    plain = (byte >= 0x20 && byte < 0x7f) || byte === 0 ? plain + 1 : 0;
    if (plain > most) most = plain;
  }
  return most >= LEAST_TEXT;
}
