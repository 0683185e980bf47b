import type { Run } from "./runs.ts";

/** Of letters in a word, and of bytes between two. */
const SHORTEST = 3;
const LONGEST = 8;
const WIDEST = 24;

/** What a byte is; nothing else (0) stands in a list of words. */
const LETTER = 1;
const BETWEEN = 2;

/** What may stand between words that somebody lists: white space, numbers, commas, quotes, the signs of lists and tables. */
const KIND = new Uint8Array(256);
for (const byte of Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) KIND[byte] = LETTER;
for (const byte of Buffer.from(" \t\r\n0123456789,.:'\"`)|*-")) KIND[byte] = BETWEEN;

/**
 * Where one is after so many letters of a word whose start is not known (from `CUT`), of one that began (`WORD`), or so many
 * bytes between two (`GAP`); `NOWHERE` where no list of words goes on. Three entries for each, one for each kind of byte.
 */
const NOWHERE = 0;
const CUT = 1;
const WORD = CUT + LONGEST;
const GAP = WORD + LONGEST;
const NEXT = new Uint8Array(3 * (GAP + WIDEST));
for (let count = 1; count <= WIDEST; count++) {
  const set = (state: number, letter: number, between: number) => NEXT.set([NOWHERE, letter, between], 3 * (state + count - 1));
  set(GAP, WORD, count < WIDEST ? GAP + count : NOWHERE);
  if (count > LONGEST) continue;
  set(CUT, count < LONGEST ? CUT + count : NOWHERE, GAP);
  set(WORD, count < LONGEST ? WORD + count : NOWHERE, count < SHORTEST ? NOWHERE : GAP);
}
const START = [NOWHERE, CUT, GAP];

/**
 * Every stretch of a text that may hold at least `count` words of 3 to 8 letters in a row, with nothing but white space, numbers
 * and the signs of lists between them. Each window of the shortest such text is read from its end, and left behind where no
 * list goes on: most of a text is never looked at. A stretch may begin and end within a longer word.
 */
export function wordyRuns(text: Uint8Array, count: number): Run[] {
  const least = count * (SHORTEST + 1) - 1;
  const found: Run[] = [];
  for (let from = 0, last = least - 1; last < text.length; last = from + least - 1) {
    const stop = follow(text, last, from - 1, -1);
    const start = from;
    from = stop < start ? follow(text, start, text.length, 1) : stop + 1;
    if (stop < start) found.push({ start, end: from });
  }
  return found;
}

/** Goes on from `at` while a list does: to where it does not, or to `end`. */
function follow(text: Uint8Array, at: number, end: number, step: 1 | -1): number {
  let state = START[KIND[text[at] as number] as number] as number;
  let here = at;
  while (state !== NOWHERE) {
    here += step;
    if (here === end) break;
    state = NEXT[3 * state + (KIND[text[here] as number] as number)] as number;
  }
  return here;
}
