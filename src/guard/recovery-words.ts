import { equal, sha256 } from "#crypto";
import type { Finding } from "./finding.ts";
import { gluedWords } from "./glued-words.ts";
import { keyInFile } from "./key-strings.ts";
import { labelledWords } from "./labelled-words.ts";
import { type Sight, sightOf } from "./sight.ts";
import { withoutAttributes } from "./tags.ts";
import { wordLists } from "./word-lists.ts";
import { WordRow } from "./word-row.ts";

const WORDS = 24;
/** How envseal shows them on a screen: in four columns, so that a copy of it has them row by row. */
const COLUMNS = 4;
const BITS = 11;
/**
 * Of one content. One row in 256 has a right checksum by chance, so that only a text made for it has so many rows and no finding;
 * it shall not take minutes.
 */
const MOST_ROWS = 1 << 14;
/**
 * Of different words in a row made at random: fewer are in one of 10^11. Names of a file say the same words again and again
 * (`field_label_fear_count`), and so do programs (`case 1:return 2;`): one such row in 256 has a right checksum.
 */
const LEAST_DIFFERENT = 16;
/** Of words and their names in one list: a longer one is of something else. */
const MOST_NUMBERED = 3 * WORDS;

/**
 * 24 words of BIP-39 in a row with a right checksum, whatever stands between them: numbers, names, tags, commas, line ends,
 * or nothing at all; what tags say in attributes; and what stands in front of the last word of each line, where it is the same but for
 * numbers. The first of a content is told: one is enough to stop it, and a text made for it has hundreds of thousands.
 */
export function inspectWords(what: string, content: Buffer, sight: Sight = sightOf(content)): Finding[] {
  const tries = { left: MOST_ROWS };
  const told = ({ at, kind }: Seed, source = at) => [keyInFile(what, kind, sight, source)];
  const seed =
    firstSeed(content, wordLists(content, WORDS), tries) ??
    firstSeed(content, labelledWords(content, WORDS), tries) ??
    firstSeed(content, asRows(gluedWords(content, { count: WORDS, different: LEAST_DIFFERENT }, tries)), tries);
  if (seed !== null) return told(seed);
  for (const bare of withoutAttributes(content, WORDS)) {
    const inside = firstSeed(bare.text, wordLists(bare.text, WORDS), tries);
    if (inside !== null) return told(inside, bare.source(inside.at));
  }
  return [];
}

interface Seed {
  at: number;
  kind: string;
}

function firstSeed(text: Buffer, rows: Iterable<WordRow>, tries: { left: number }): Seed | null {
  for (const words of rows) {
    for (const row of [words, words.withoutLabels(), withoutNumbered(text, words)]) {
      const at = row === null ? null : seedIn(row, tries);
      if (at !== null) return { at, kind: "24 recovery words" };
    }
    if (tries.left > 0) continue;
    const kind = "words of the list that recovery words are from, in more rows than are tried, which may hold 24 of them";
    return { at: words.at[0] as number, kind };
  }
  return null;
}

/** `word 1: …, word 2: …`: the name of each, with its number, may be a word of the list itself. */
function withoutNumbered(text: Buffer, words: WordRow): WordRow | null {
  const { length } = words;
  if (length < 2 * WORDS - 1 || length > MOST_NUMBERED) return null;
  const endOf = (index: number) => (index + 1 < length ? words.at[index + 1] : words.at[index]) as number;
  const left = words.filter((index) => !/^[A-Za-z]+ ?[#_-]?\d/.test(text.toString("latin1", words.at[index] as number, endOf(index))));
  return length - left.length >= WORDS - 1 ? left : null;
}

function* asRows(lists: Iterable<readonly { at: number; number: number }[]>): Generator<WordRow> {
  const row = new WordRow();
  for (const words of lists) {
    row.clear();
    for (const { at, number } of words) row.add(at, number, 0, false);
    yield row;
  }
}

/** Where the first words that are a seed begin. */
function seedIn(words: WordRow, tries: { left: number }): number | null {
  const numbers = words.number.subarray(0, words.length);
  /** Of the row: how often each word stands there, and how many do. */
  const counts = new Uint8Array(2 ** BITS);
  let different = 0;
  /** The list itself stands in many files, in its order: so many before each follow one another. */
  let rising = 0;
  const count = (at: number, more: 1 | -1): number => {
    const number = numbers[at] as number;
    counts[number] = (counts[number] as number) + more;
    return counts[number] as number;
  };
  for (let end = 1; end <= numbers.length && tries.left > 0; end++) {
    const from = end - WORDS;
    rising = end > 1 && (numbers[end - 1] as number) > (numbers[end - 2] as number) ? rising + 1 : 1;
    if (count(end - 1, 1) === 1) different++;
    if (from > 0 && count(from - 1, -1) === 0) different--;
    if (from < 0 || different < LEAST_DIFFERENT || rising >= WORDS) continue;
    const row = numbers.subarray(from, end);
    tries.left--;
    const isRight = hasChecksum(row) || columnsOf(words, from).some((columns) => hasChecksum(downColumns(row, columns)));
    if (isRight) return words.at[from] as number;
  }
  return null;
}

/** In how many columns the words may stand: as many as each of their lines has. */
function columnsOf({ line, length }: WordRow, from: number): number[] {
  let wide = 1;
  while (wide < WORDS && from + wide < length && line[from + wide] === line[from]) wide++;
  const isGrid = wide > 1 && wide < WORDS && WORDS % wide === 0 && wide !== COLUMNS;
  return isGrid ? [COLUMNS, wide] : [COLUMNS];
}

function downColumns(row: Int16Array, columns: number): Int16Array {
  const rows = WORDS / columns;
  return row.map((_number, index) => row[(index % rows) * columns + Math.floor(index / rows)] as number);
}

/** 24 times 11 bits: 256 of entropy, and the first 8 of its SHA-256. */
function hasChecksum(row: Int16Array): boolean {
  const bytes = new Uint8Array((WORDS * BITS) / 8);
  let [held, count, at] = [0, 0, 0];
  for (const number of row) {
    held = ((held << BITS) | number) & 0x7ffff;
    for (count += BITS; count >= 8; count -= 8) bytes[at++] = held >> (count - 8);
  }
  return equal(sha256(bytes.subarray(0, 32)).subarray(0, 1), bytes.subarray(32));
}
