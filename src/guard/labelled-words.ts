import { LETTER, WORD, wordNumber } from "./bip39.ts";
import { WordRow } from "./word-row.ts";

/** Of bytes after the word in its line: quotes, signs, the end of a tag, a colour. */
const MOST_AFTER = 12;
/** Of bytes of a line in front of its word. */
const MOST_BEFORE = 200;
/** Lines that are kept at once: a file of one sentence again and again has half a million. */
const MOST_LINES = 4096;
const LINE_END = 0x0a;
const ESCAPE = 0x1b;

/** What numbers a line instead of naming it: `a)`, `1st`, `XVIII.` */
const NUMBERING = /^(?:[a-z]{1,2}|[ivxl]+)$/;

/**
 * Every row of at least `count` lines that each end with a word of BIP-39 and have the same label in front of it, but for numbers:
 * `Word 1: …`, `app-1  | 1: …`, `a) …`. Empty lines are passed over. A word alone in its line is one without a label.
 */
export function* labelledWords(text: Uint8Array, count: number): Generator<WordRow> {
  /** Of the shortest such lines: the line there is looked at first, and most of a text never. */
  const step = count * (WORD.least + 1) - 1;
  for (let start = 0; start + step <= text.length; ) {
    const probe = lineEnd(text, start + step);
    if (lastLetters(text, start, probe, Infinity) === -1) {
      start = probe + 1;
      continue;
    }
    const { lines, end } = linesFrom(text, start);
    // The words themselves are looked up where there are enough lines that may have one: nearly never.
    if (lines.length >= 2 * count) yield* rowsOf(text, lines, count);
    // A row that the next ones go on with is looked at again from its beginning.
    start = lines.length === 2 * MOST_LINES ? (lines[lines.length - 2 * count] as number) : end + 1;
  }
}

/** The lines from there on that may end with a word: where each begins, and where its last letters do; and the end of the first other one. */
function linesFrom(text: Uint8Array, from: number): { lines: number[]; end: number } {
  const lines: number[] = [];
  let end = from;
  for (let start = from; start < text.length; start = end + 1) {
    end = lineEnd(text, start);
    if (end - start < WORD.least && isBlank(text, start, end)) continue;
    const at = lastLetters(text, start, end, MOST_BEFORE);
    if (at === -1) break;
    lines.push(start, at);
    if (lines.length === 2 * MOST_LINES) break;
  }
  return { lines, end };
}

function lineEnd(text: Uint8Array, from: number): number {
  const end = text.indexOf(LINE_END, from);
  return end === -1 ? text.length : end;
}

/** @param lines as linesFrom gives them */
function* rowsOf(text: Uint8Array, lines: readonly number[], count: number): Generator<WordRow> {
  const row = new WordRow();
  let label = "";
  let [before, end] = [0, 0];
  for (let line = 0; line < lines.length; line += 2) {
    const [start, at] = [lines[line] as number, lines[line + 1] as number];
    const number = wordNumber(text, at, endOfLetters(text, at));
    // Of a million lines, most say the same in front of their words.
    const own = number === -1 ? "" : row.length > 0 && isSame(text, before, end, start, at) ? label : labelOf(text, start, at);
    [before, end] = [start, at];
    // The line where a list begins may say more in front of it.
    const goesOn = number !== -1 && (own === label || (row.length === 1 && label.endsWith(own)));
    if (!goesOn && row.length >= count) yield row;
    if (!goesOn) row.clear();
    label = own;
    if (number !== -1) row.add(at, number, line / 2, false);
  }
  if (row.length >= count) yield row;
}

/** Where the last letters of a line begin, as many as a word has; -1 where they are none. */
function lastLetters(text: Uint8Array, start: number, end: number, before: number): number {
  let at = end - 1;
  const least = Math.max(start, end - MOST_AFTER);
  while (at >= least && (LETTER[text[at] as number] === 0 || isColour(text, at))) at--;
  if (at < least) return -1;
  const last = at;
  while (at >= start && LETTER[text[at] as number] !== 0 && !isColour(text, at)) at--;
  return last - at < WORD.least || last - at > WORD.most || at - start > before ? -1 : at + 1;
}

/** The letter that ends a colour of a terminal: `ESC [ 1 m`. */
function isColour(text: Uint8Array, at: number): boolean {
  if (text[at] !== 0x6d) return false;
  let before = at - 1;
  while (before > at - 12 && ((text[before] ?? 0) === 0x3b || ((text[before] ?? 0) >= 0x30 && (text[before] ?? 0) <= 0x39))) before--;
  return text[before] === 0x5b && text[before - 1] === ESCAPE;
}

function endOfLetters(text: Uint8Array, start: number): number {
  let end = start;
  while (end < text.length && LETTER[text[end] as number] !== 0) end++;
  return end;
}

/** True for two of the same letters and signs, whatever numbers they have. */
function isSame(text: Uint8Array, one: number, oneEnd: number, other: number, otherEnd: number): boolean {
  let [at, there] = [one, other];
  for (;;) {
    while (at < oneEnd && isDigit(text[at] as number)) at++;
    while (there < otherEnd && isDigit(text[there] as number)) there++;
    if (at === oneEnd || there === otherEnd) return at === oneEnd && there === otherEnd;
    if (text[at++] !== text[there++]) return false;
  }
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

function labelOf(text: Uint8Array, start: number, end: number): string {
  const words =
    Buffer.from(text.subarray(start, end))
      .toString("latin1")
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  return words.filter((word) => !NUMBERING.test(word)).join(" ");
}

function isBlank(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text[at] as number) > 0x20) return false;
  return true;
}
