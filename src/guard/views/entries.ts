import { HEX } from "./escape.ts";

/** A number of a list, as it is written. */
export interface Entry {
  start: number;
  end: number;
}

/** Of bytes between two entries of a list, and of a comment between two. */
const WIDEST = 32;
const COMMENT = 200;
const [LF, SLASH, STAR, DOT, DOLLAR, AMPERSAND] = [0x0a, 0x2f, 0x2a, 0x2e, 0x24, 0x26];
/** What a byte is: a digit, a letter of a name, or what may begin a comment. */
const [DIGIT, LETTER, COMMENTS] = [1, 2, 3];
const KIND = new Uint8Array(256);
for (let byte = 0; byte < 26; byte++) KIND[0x41 + byte] = KIND[0x61 + byte] = LETTER;
KIND[0x5f] = LETTER;
for (let byte = 0x30; byte <= 0x39; byte++) KIND[byte] = DIGIT;
KIND[SLASH] = COMMENTS;
/** Digits of a number that is a byte. */
const MOST_DIGITS = 3;

/** The numbers of the list that stands there, one after the other: between any two stand the same words. */
export class Entries {
  /** Where the last one ends. */
  end: number;
  /** Up to where there is no other one, once the list has ended. */
  looked: number;
  private readonly text: Uint8Array;
  /** Of the words between the last two; -1 where there were not two yet. */
  private words = -1;
  private isFirst = true;

  constructor(text: Uint8Array, from: number) {
    this.text = text;
    this.end = from;
    this.looked = from;
  }

  /** @returns null where the list ends */
  next(): Entry | null {
    const { text } = this;
    let words = 0;
    let at = this.end;
    for (let widest = at + WIDEST; at < text.length && at < widest; ) {
      const kind = KIND[text[at] as number] as number;
      if (kind === 0) at++;
      else if (kind === COMMENTS) {
        const end = commentEnd(text, at);
        widest += end - at - 1;
        at = end;
      } else {
        const start = at;
        while (KIND[text[at] ?? 0] === DIGIT || KIND[text[at] ?? 0] === LETTER) at++;
        const from = kind === DIGIT ? start : hexStart(text, start, at);
        if (from === -1)
          for (let letter = start; letter < at; letter++) words = (Math.imul(words, 31) + (text[letter] as number)) & 0x3fffffff;
        else if (!isFraction(text, start, at)) {
          this.looked = at;
          return isNumber(text, from, at) ? this.take({ start: from, end: at }, words) : null;
        }
      }
    }
    this.looked = at;
    return null;
  }

  private take(entry: Entry, words: number): Entry | null {
    if (!this.isFirst && this.words !== -1 && this.words !== words) {
      // The next list may begin with it.
      this.looked = this.end;
      return null;
    }
    if (!this.isFirst) this.words = words;
    this.isFirst = false;
    this.end = entry.end;
    return entry;
  }
}

/** `$AF`, `&HAF`. @returns -1 for a word that is no number */
function hexStart(text: Uint8Array, start: number, end: number): number {
  const before = text[start - 1];
  const from = before === AMPERSAND && ((text[start] as number) | 0x20) === 0x68 ? start + 1 : start;
  if ((before !== DOLLAR && from === start) || end - from !== 2) return -1;
  return HEX[text[from] as number] !== -1 && HEX[text[from + 1] as number] !== -1 ? from : -1;
}

/** `97.0` */
function isFraction(text: Uint8Array, start: number, end: number): boolean {
  if (text[start - 1] !== DOT || KIND[text[start - 2] ?? 0] !== DIGIT) return false;
  for (let at = start; at < end; at++) if (text[at] !== 0x30) return false;
  return true;
}

/** False for what is no byte and no word of some, such as a year. */
function isNumber(text: Uint8Array, start: number, end: number): boolean {
  let digits = start;
  while (digits < end && KIND[text[digits] as number] === DIGIT) digits++;
  return digits - start <= MOST_DIGITS || text[start] === 0x30;
}

/** @returns one byte on where none begins, or it ends too far off */
function commentEnd(text: Uint8Array, start: number): number {
  const isLine = text[start + 1] === SLASH;
  if (!isLine && text[start + 1] !== STAR) return start + 1;
  for (let at = start + 2; at < Math.min(start + COMMENT, text.length); at++) {
    if (isLine ? text[at] === LF : text[at - 1] === STAR && text[at] === SLASH && at > start + 2) return at + 1;
  }
  return start + 1;
}
