import { wordlist } from "@scure/bip39/wordlists/english.js";

/** Of letters in a word of the list; the first four are those of no other. */
export const WORD = { least: 3, most: 8, telling: 4 };

const LETTERS = 27;
/** 1 to 26 for a letter of either case; 0 for what is none. */
export const LETTER = new Uint8Array(256);
for (let letter = 1; letter < LETTERS; letter++) {
  LETTER[0x40 + letter] = letter;
  LETTER[0x60 + letter] = letter;
}

/** 1 for the first three letters of some word: a small table that most other words are not in. */
const BEGINS = new Uint8Array(LETTERS ** 3);
/** By the first letters: the number of the word that begins so, and one. Made at the first text that may hold some. */
let numbers: Uint16Array | null = null;

/** True where the first letters there are those of some word. */
export function mayBegin(text: Uint8Array, at: number): boolean {
  numbers ??= numbersOf(wordlist);
  return BEGINS[placeOf(text, at, at + WORD.least, WORD.least)] === 1;
}

/** The number of the word of BIP-39 that stands there, in letters of either case; -1 where there is none. */
export function wordNumber(text: Uint8Array, start: number, end: number): number {
  if (end - start < WORD.least || end - start > WORD.most) return -1;
  numbers ??= numbersOf(wordlist);
  if (BEGINS[placeOf(text, start, end, WORD.least)] === 0) return -1;
  const number = (numbers[placeOf(text, start, end, WORD.telling)] as number) - 1;
  const word = wordlist[number];
  if (word === undefined || word.length !== end - start) return -1;
  for (let at = start + WORD.telling; at < end; at++) if (LETTER[text[at] as number] !== word.charCodeAt(at - start) - 0x60) return -1;
  return number;
}

function numbersOf(words: readonly string[]): Uint16Array {
  const made = new Uint16Array(LETTERS ** WORD.telling);
  // At once, and without a buffer for each word: a commit makes this table, and 2,000 buffers take longer than all its search.
  const text = Buffer.from(words.join(" "), "latin1");
  for (let index = 0, start = 0; index < words.length; index++) {
    const end = start + (words[index] as string).length;
    const place = placeOf(text, start, end, WORD.telling);
    made[place] = index + 1;
    BEGINS[Math.floor(place / LETTERS)] = 1;
    start = end + 1;
  }
  return made;
}

/** The first `count` letters as one number. */
function placeOf(text: Uint8Array, start: number, end: number, count: number): number {
  let place = 0;
  for (let at = start; at < start + count; at++)
    place = Math.imul(place, LETTERS) + (at < end ? (LETTER[text[at] as number] as number) : 0);
  return place;
}
