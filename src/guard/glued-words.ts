import { LETTER, mayBegin, WORD, wordNumber } from "./bip39.ts";

/** Of letters in a row: 24 words made at random have fewer in one of ten million. */
const LEAST_LETTERS = 88;
/** More in a row are a sequence of something else, such as amino acids. */
const MOST_LETTERS = 4096;
/** Of words that are tried in one content: only a text made for it has so many ways to be read. */
const MOST_STEPS = 1 << 17;

interface Word {
  at: number;
  number: number;
}

/** What words are looked for. */
interface Row {
  count: number;
  different: number;
}

/**
 * Every way in which letters that stand in a row are `count` words of BIP-39 without anything between them, in letters of either case:
 * `AbandonAbility…`, `abandonability…`. Each window of the shortest such text is read from its end, and left at the first byte that is
 * no letter: most of a text is never looked at.
 * @param different of the words, at least: others are no row
 * @param tries none are left where there are too many ways
 */
export function* gluedWords(text: Uint8Array, { count, different }: Row, tries: { left: number }): Generator<Word[]> {
  const steps = { left: MOST_STEPS };
  for (let from = nextLetters(text, 0); from < text.length; ) {
    let end = from + LEAST_LETTERS;
    while (LETTER[text[end] ?? 0] !== 0) end++;
    const letters = end - from > MOST_LETTERS ? null : new Letters(text, from, end);
    for (let start = from; letters !== null && start + LEAST_LETTERS <= end; start++) {
      if (letters.wordsFrom(start) < count || letters.different.size < different) continue;
      for (const words of letters.rows(start, { count, different }, steps)) {
        if (steps.left <= 0) tries.left = 0;
        yield words;
        if (steps.left <= 0) return;
      }
    }
    from = nextLetters(text, end);
  }
}

/** The first window of letters alone. It is small on purpose: it is compiled at once. */
function nextLetters(text: Uint8Array, start: number): number {
  let from = start;
  for (let last = from + LEAST_LETTERS - 1; last < text.length; last = from + LEAST_LETTERS - 1) {
    let at = last;
    while (at >= from && LETTER[text[at] as number] !== 0) at--;
    if (at < from) return from;
    from = at + 1;
  }
  return text.length;
}

class Letters {
  /** The words that stand anywhere in them. */
  readonly different = new Set<number>();
  private readonly text: Uint8Array;
  private readonly start: number;
  private readonly end: number;
  /** How many words can stand in a row from each letter on. */
  private readonly most: Uint32Array;

  constructor(text: Uint8Array, start: number, end: number) {
    this.text = text;
    this.start = start;
    this.end = end;
    this.most = new Uint32Array(end - start + 1);
    for (let at = end - WORD.least; at >= start; at--)
      for (const to of this.wordsAt(at)) this.most[at - start] = Math.max(this.wordsFrom(at), this.wordsFrom(to) + 1);
  }

  wordsFrom(at: number): number {
    return this.most[at - this.start] as number;
  }

  private wordsAt(at: number): number[] {
    if (!mayBegin(this.text, at)) return [];
    const ends: number[] = [];
    for (let to = at + WORD.least; to <= Math.min(at + WORD.most, this.end); to++) {
      const number = wordNumber(this.text, at, to);
      if (number === -1) continue;
      this.different.add(number);
      ends.push(to);
    }
    return ends;
  }

  /** Each of `count` words from there on. */
  *rows(at: number, row: Row, steps: { left: number }, words: readonly Word[] = []): Generator<Word[]> {
    const left = row.count - words.length;
    if (left === 0 || steps.left <= 0) return yield [...words];
    if (new Set(words.map(({ number }) => number)).size + left < row.different) return;
    for (const to of this.wordsAt(at)) {
      steps.left--;
      const word = { at, number: wordNumber(this.text, at, to) };
      if (this.wordsFrom(to) >= left - 1) yield* this.rows(to, row, steps, [...words, word]);
    }
  }
}
