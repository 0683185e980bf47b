import { LETTER, WORD, wordNumber } from "./bip39.ts";
import { WordRow } from "./word-row.ts";

/** Of bytes between two words: `</li>`, a line end, indentation and `<li>`. */
const WIDEST = 40;
/** Of names and tags between two words: `RECOVERY_WORD_1=`, `</td></tr><tr><td>1</td><td>`. */
const MOST_LABELS = 6;

/** What a byte is to a first look at a window: a letter, what may follow a name or tag, or anything else. */
const KIND = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) if (LETTER[byte] !== 0) KIND[byte] = 1;
for (const byte of Buffer.from("_>0123456789")) KIND[byte] = 2;
/**
 * Where one is, from the end of a window, after so many letters of a word whose end is not known (from `CUT`), of one after a
 * sign of a name (`NAME`) or not (`PLAIN`), or so many bytes between two (`GAP`); 0 where no list goes on. Three entries each.
 */
const CUT = 1;
const NAME = CUT + WORD.most;
const PLAIN = NAME + WORD.most;
const GAP = PLAIN + WORD.most;
const AFTER_NAME = GAP + WIDEST;
const NEXT = new Uint8Array(3 * (AFTER_NAME + WIDEST));
for (let count = 1; count <= WIDEST; count++) {
  const set = (state: number, letter: number, sign: number, other: number) => NEXT.set([other, letter, sign], 3 * (state + count - 1));
  const [gap, sign] = count < WIDEST ? [GAP + count, AFTER_NAME + count] : [0, 0];
  set(GAP, PLAIN, sign, gap);
  set(AFTER_NAME, NAME, sign, gap);
  if (count > WORD.most) continue;
  const more = count < WORD.most ? count : -Infinity;
  set(CUT, Math.max(CUT + more, 0), AFTER_NAME, GAP);
  set(NAME, Math.max(NAME + more, 0), AFTER_NAME, GAP);
  // Single letters and pairs are tags and names, or no words of a list.
  set(PLAIN, Math.max(PLAIN + more, 0), count < WORD.least ? 0 : AFTER_NAME, count < WORD.least ? 0 : GAP);
}
const START = [GAP, CUT, AFTER_NAME];

const isLetter = (text: Uint8Array, at: number) => LETTER[text[at] ?? 0] !== 0;
const BEFORE_LABEL = new Uint8Array(256);
for (const byte of Buffer.from("</_&#0123456789")) BEFORE_LABEL[byte] = 1;
const AFTER_LABEL = new Uint8Array(256);
for (const byte of Buffer.from("_=:>0123456789")) AFTER_LABEL[byte] = 1;

/**
 * Every stretch of a text that holds at least `count` words of BIP-39 in a row, whatever stands between them: all but other words,
 * which may stand there as names and tags only. Each window of the shortest such text is read from its end, and left behind
 * at another word: most of a text is never looked at. A longer stretch comes in parts; the row is the same each time.
 */
export function* wordLists(text: Uint8Array, count: number): Generator<WordRow> {
  let row: WordRow | null = null;
  const step = count * (WORD.least + 1) - 2;
  for (let from = nextWindow(text, 0, step); from + step < text.length; from = nextWindow(text, from, step)) {
    const broken = breakBefore(text, from + step, from);
    if (broken !== -1) {
      from = broken;
      continue;
    }
    row ??= new WordRow();
    from = yield* listFrom(text, from, count, row);
  }
}

/**
 * The first window, of one byte more than `step`, in which a list may go on, whatever the words. From the end of each the first
 * byte is looked for at which none can. A function of its own, and small, as it is compiled once and soon.
 */
function nextWindow(text: Uint8Array, start: number, step: number): number {
  let from = start;
  for (let last = from + step; last < text.length; last = from + step) {
    let at = last;
    let state = START[KIND[text[at] as number] as number] as number;
    while (state !== 0 && --at >= from) state = NEXT[3 * state + (KIND[text[at] as number] as number)] as number;
    if (at < from) return from;
    from = at + 1;
  }
  return from;
}

/** Where the text goes on after the last thing in the window that parts lists; -1 where there is none. */
function breakBefore(text: Uint8Array, last: number, from: number): number {
  let at = last;
  // The word at the edge may go on.
  while (at >= from && LETTER[text[at] as number] !== 0) at--;
  if (last - at > WORD.most) return last + 1;
  for (let labels = 0; at >= from; ) {
    const gap = at;
    while (at >= from && LETTER[text[at] as number] === 0) at--;
    if (gap - at > WIDEST) return gap - WIDEST + 1;
    const end = at + 1;
    while (at >= from && LETTER[text[at] as number] !== 0) at--;
    if (at < from) return -1;
    const length = end - at - 1;
    if (length > WORD.most) return end;
    if (length >= WORD.least && wordNumber(text, at + 1, end) !== -1) labels = 0;
    else if (++labels > MOST_LABELS || !isLabel(text, at + 1, end)) return end;
  }
  return -1;
}

/** The words from there on. @returns where something parts them from what follows */
function* listFrom(text: Uint8Array, from: number, count: number, row: WordRow): Generator<WordRow, number> {
  row.clear();
  let line = 0;
  let labels = 0;
  let at = from;
  // The rest of a word that began before is none.
  if (from > 0 && isLetter(text, from - 1)) while (isLetter(text, at)) at++;
  for (;;) {
    const gap = at;
    while (at < text.length && !isLetter(text, at)) if (text[at++] === 0x0a) line++;
    if (at === text.length || (at - gap > WIDEST && row.length > 0)) break;
    const start = at;
    while (isLetter(text, at)) at++;
    const number = wordNumber(text, start, at);
    const label = isLabel(text, start, at);
    labels = number === -1 ? labels + 1 : 0;
    if (at - start > WORD.most || labels > MOST_LABELS || (number === -1 && !label)) break;
    if (number === -1) continue;
    if (row.isFull) {
      yield row;
      row.keepEnd(count);
    }
    row.add(start, number, line, label);
  }
  if (row.length >= count) yield row;
  return at;
}

/** Programs are full of single letters and pairs: they are tags, or names with a number. */
function isLabel(text: Uint8Array, start: number, end: number): boolean {
  const [before, after] = [text[start - 1] ?? 0, text[end] ?? 0];
  if (end - start < WORD.least) return KIND[after] === 2;
  if (AFTER_LABEL[after] === 1 || BEFORE_LABEL[before] === 1) return true;
  return (after === 0x22 || after === 0x27) && text[end + 1] === 0x3a;
}
