import { HEX } from "./escape.ts";

/** Where quoted-printable goes on in the next line (RFC 2045). Programs have a `=` at a line's end, too. */

const [EQUALS, CR, LF] = [0x3d, 0x0d, 0x0a];
/** Bytes and no strings: those would be encoded at each search, and a bundle of this file would itself have such a line end. */
const [BREAK, CR_BREAK] = [Buffer.of(EQUALS, LF), Buffer.of(EQUALS, CR, LF)];
/** Of bytes before a line's end and after it: some lines of quoted-printable, which have 76 at most. */
const AROUND = 256;
/** Of an escape; and of all but the last two of the eight that the shortest value is. */
const WIDTH = 3;
const ROW_STEP = 6 * WIDTH;

/** Where each `=` at a line's end stands. */
export function softBreaks(text: Buffer): number[] {
  const found: number[] = [];
  for (const mark of text.includes(CR) ? [BREAK, CR_BREAK] : [BREAK])
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) found.push(at);
  return found.sort((one, other) => one - other);
}

/** True where a `=3D` stands near some of them, or many in a row anywhere: a program has none, and there may be more of them. */
export function hasEscapes(text: Buffer, breaks: readonly number[]): boolean {
  let done = 0;
  for (const at of breaks) {
    const until = Math.min(at + AROUND, text.length);
    for (let mark = Math.max(at - AROUND, done); mark < until; mark++) if (isEscape(text, mark)) return true;
    done = until;
  }
  return breaks.length > 0 && hasRow(text);
}

/** So many escapes in a row as a value has letters at least: wherever they begin, two of them are met in steps of this width. */
function hasRow(text: Uint8Array): boolean {
  for (let at = 0; at + WIDTH < text.length; at += ROW_STEP) {
    if (text[at] !== EQUALS && text[at + 1] !== EQUALS && text[at + 2] !== EQUALS) continue;
    for (let mark = at; mark < at + WIDTH; mark++) if (isEscape(text, mark) && isEscape(text, mark + WIDTH)) return true;
  }
  return false;
}

const isEscape = (text: Uint8Array, at: number) => text[at] === EQUALS && HEX[text[at + 1] ?? 0] !== -1 && HEX[text[at + 2] ?? 0] !== -1;
