import { ASK, digitsAt, type Escape, HEX, NONE } from "./escape.ts";
import type { Sink } from "./sink.ts";

const BACKSLASH = 0x5c;
/** What is asked of each backslash. */
const [SMALL_T, SMALL_X, SMALL_U, LARGE_U, CARET, TILDE] = [0x74, 0x78, 0x75, 0x55, 0x5e, 0x7e];
const byte = (letter: string) => letter.charCodeAt(0);
/** What a letter after a backslash stands for, in all languages that give it a meaning as a byte. */
const CONTROL = new Map(Object.entries({ n: 10, t: 9, r: 13, f: 12, v: 11, a: 7, b: 8, e: 27, E: 27 }).map(([k, v]) => [byte(k), v]));
/** LaTeX has no shorter names for these. */
const NAMED = Object.entries({ textbackslash: "\\", textasciitilde: "~", textasciicircum: "^", textdollar: "$", textunderscore: "_" });
const isBlank = (value: number | undefined) => value === 0x20 || value === 0x09;
const isLetterOrDigit = (value: number) => (value >= 0x30 && value <= 0x39) || ((value | 0x20) >= 0x61 && (value | 0x20) <= 0x7a);

function quickly(next: number): number {
  const letter = String.fromCharCode(next);
  if (/[0-7xuUt^~\r\n]/.test(letter)) return ASK;
  return CONTROL.get(next) ?? (isLetterOrDigit(next) ? NONE : next);
}

/**
 * JSON, JavaScript, C, Python, the shell's `$'…'` and `printf %q`, PDF, YAML, .properties; and where a backslash only guards
 * what follows it: Markdown, LaTeX, regular expressions. A letter that none of them gives a meaning stays.
 */
export const backslash: Escape = {
  encoding: "JSON-escaped",
  marks: [BACKSLASH],
  quick: Int16Array.from({ length: 256 }, (_none, next) => quickly(next)),
  read(text, at, sink) {
    const next = text[at + 1];
    if (next === undefined) return 0;
    const named = next === SMALL_T ? readNamed(text, at, sink) : 0;
    if (named > 0) return named;
    if (next >= 0x30 && next <= 0x37) return readOctal(text, at, sink);
    if (next === SMALL_X) return readHex(text, at, sink);
    if (next === SMALL_U) return readUnicode(text, at, sink);
    if (next === LARGE_U) return readPoint(text, at, at + 2, 8, sink);
    const control = CONTROL.get(next);
    if (control !== undefined) {
      sink.put(control);
      return 2;
    }
    if (next === 0x0a || next === 0x0d) return continued(text, at);
    if (isLetterOrDigit(next)) return 0;
    sink.put(next);
    // LaTeX: `\^{}` and `\~{}`.
    const hasBraces = (next === CARET || next === TILDE) && text[at + 2] === byte("{") && text[at + 3] === byte("}");
    return hasBraces ? 4 : 2;
  },
};

/** Three digits at most, or four from a zero, as `echo -e` reads them. */
function readOctal(text: Uint8Array, at: number, sink: Sink): number {
  const { value, count } = digitsAt(text, at + 1, text[at + 1] === 0x30 ? 4 : 3, 8);
  const tooLarge = value > 0xff;
  sink.put(tooLarge ? value >> 3 : value);
  return 1 + count - (tooLarge ? 1 : 0);
}

function readHex(text: Uint8Array, at: number, sink: Sink): number {
  if (text[at + 2] === byte("{")) return readBraced(text, at, sink);
  const { value, count } = digitsAt(text, at + 2, 2, 16);
  if (count === 0) return 0;
  sink.put(value);
  return 2 + count;
}

function readUnicode(text: Uint8Array, at: number, sink: Sink): number {
  if (text[at + 2] === byte("{")) return readBraced(text, at, sink);
  const high = digitsAt(text, at + 2, 4, 16);
  if (high.count < 4) return readPoint(text, at, at + 2, 4, sink);
  if (high.value >> 10 === 0x36 && text[at + 6] === BACKSLASH && text[at + 7] === SMALL_U) {
    const low = digitsAt(text, at + 8, 4, 16);
    if (low.count === 4 && low.value >> 10 === 0x37) {
      sink.putPoint(0x10000 + ((high.value & 0x3ff) << 10) + (low.value & 0x3ff));
      return 12;
    }
  }
  sink.putPoint(high.value);
  return 6;
}

function readBraced(text: Uint8Array, at: number, sink: Sink): number {
  const length = readPoint(text, at, at + 3, 6, sink);
  return length > 0 && text[at + length] === byte("}") ? length + 1 : length;
}

function readPoint(text: Uint8Array, at: number, start: number, most: number, sink: Sink): number {
  const { value, count } = digitsAt(text, start, most, 16);
  // A short one of no more letters than the point takes is no escape.
  if (count < 2) return 0;
  sink.putPoint(value);
  return start + count - at;
}

function readNamed(text: Uint8Array, at: number, sink: Sink): number {
  for (const [name, sign] of NAMED) {
    let length = 0;
    while (length < name.length && text[at + 1 + length] === name.charCodeAt(length)) length++;
    if (length < name.length) continue;
    sink.put(byte(sign));
    const end = at + 1 + length;
    if (text[end] === byte("{") && text[end + 1] === byte("}")) return length + 3;
    return isBlank(text[end]) ? length + 2 : length + 1;
  }
  return 0;
}

/** A line that goes on in the next one, which may be indented. */
function continued(text: Uint8Array, at: number): number {
  let end = at + (text[at + 1] === 0x0d && text[at + 2] === 0x0a ? 3 : 2);
  while (isBlank(text[end])) end++;
  return end - at;
}

/** `\26 B`, `\000026B`: up to six digits, and a blank that ends them. */
export const css: Escape = {
  encoding: "CSS-escaped",
  marks: [BACKSLASH],
  quick: Int16Array.from(HEX, (value) => (value === -1 ? NONE : ASK)),
  read(text, at, sink) {
    const { value, count } = digitsAt(text, at + 1, 6, 16);
    if (count > 0) {
      sink.putPoint(value);
      const end = at + 1 + count;
      return count + (isBlank(text[end]) || text[end] === 0x0a ? 2 : 1);
    }
    const next = text[at + 1];
    if (next === undefined) return 0;
    if (next === 0x0a || next === 0x0d) return continued(text, at);
    sink.put(next);
    return 2;
  },
};

/** `\'e9`, and `\u8364?` with the letter for readers that know no Unicode. */
export const rtf: Escape = {
  encoding: "RTF-escaped",
  marks: [BACKSLASH],
  quick: Int16Array.from(HEX, (_value, next) => (next === byte("'") || next === byte("u") ? ASK : NONE)),
  read(text, at, sink) {
    const next = text[at + 1] ?? 0;
    if (next === byte("'")) {
      const { value, count } = digitsAt(text, at + 2, 2, 16);
      if (count < 2) return 0;
      sink.put(value);
      return 4;
    }
    if (next === byte("u")) {
      const isNegative = text[at + 2] === byte("-");
      const start = at + (isNegative ? 3 : 2);
      const { value, count } = digitsAt(text, start, 5, 10);
      if (count === 0 || value > 0xffff) return 0;
      sink.putPoint(isNegative ? 0x10000 - value : value);
      const end = start + count + (text[start + count] === 0x20 ? 1 : 0);
      return end - at + (text[end] === byte("?") ? 1 : 0);
    }
    if (next !== BACKSLASH && next !== byte("{") && next !== byte("}")) return 0;
    sink.put(next);
    return 2;
  },
};
