import { equal, sha256 } from "#crypto";
import type { Finding } from "./finding.ts";
import { gluedWords } from "./glued-words.ts";
import { keyInFile } from "./key-strings.ts";
import { labelledWords } from "./labelled-words.ts";
import { type Sight, sightOf } from "./sight.ts";
import { withoutAttributes } from "./tags.ts";
import { type Word, wordLists } from "./word-lists.ts";

const WORDS = 24;
/** How envseal shows them on a screen: in four columns, so that a copy of it has them row by row. */
const COLUMNS = 4;
const BITS = 11;
/**
 * Of one content. One row in 256 has a right checksum by chance, so that only a text made for it has so many rows and no finding;
 * it shall not take minutes.
 */
const MOST_ROWS = 50_000;
/**
 * Of different words in a row made at random: fewer are in one of 10^11. Names of a file say the same words again and again
 * (`field_label_fear_count`), and so do programs (`case 1:return 2;`): one such row in 256 has a right checksum.
 */
const LEAST_DIFFERENT = 16;
/** Of words and their names in one list: a longer one is of something else. */
const MOST_NUMBERED = 3 * WORDS;

/**
 * 24 words of BIP-39 in a row with a right checksum, whatever stands between them: numbers, names, tags, commas, line ends,
 * or nothing at all; what tags say in attributes; and what stands in front of the last word of each line, where it is the same but for numbers.
 */
export function inspectWords(what: string, content: Buffer, sight: Sight = sightOf(content)): Finding[] {
  const tries = { left: MOST_ROWS };
  const found = new Map([...seeds(content, wordLists(content, WORDS), tries)].map((seed) => [seed.at, seed.kind]));
  const more = [() => labelledWords(content, WORDS), () => gluedWords(content, { count: WORDS, different: LEAST_DIFFERENT }, tries)];
  for (const rows of more) if (found.size === 0) for (const { at, kind } of seeds(content, rows(), tries)) found.set(at, kind);
  for (const bare of tries.left > 0 ? withoutAttributes(content, WORDS) : [])
    for (const { at, kind } of seeds(bare.text, wordLists(bare.text, WORDS), tries)) found.set(bare.source(at), kind);
  return [...found].map(([at, kind]) => keyInFile(what, kind, sight, at));
}

function* seeds(text: Buffer, lists: Iterable<Word[]>, tries: { left: number }): Generator<{ at: number; kind: string }> {
  for (const words of lists) {
    const at = seedIn(words, tries) ?? seedIn(withoutLabels(words), tries) ?? seedIn(withoutNumbered(text, words), tries);
    if (at !== null) yield { at, kind: "24 recovery words" };
    if (tries.left > 0) continue;
    const kind = "words of the list that recovery words are from, in more rows than are tried, which may hold 24 of them";
    return yield { at: words[0]?.at ?? 0, kind };
  }
}

function withoutLabels(words: readonly Word[]): Word[] {
  const left = words.filter(({ isLabel }) => !isLabel);
  return left.length === words.length ? [] : left;
}

/** `word 1: …, word 2: …`: the name of each, with its number, may be a word of the list itself. */
function withoutNumbered(text: Buffer, words: readonly Word[]): Word[] {
  if (words.length < 2 * WORDS - 1 || words.length > MOST_NUMBERED) return [];
  const isNumbered = ({ at }: Word, index: number) => /^[A-Za-z]+ ?[#_-]?\d/.test(text.toString("latin1", at, words[index + 1]?.at ?? at));
  const left = words.filter((word, index) => !isNumbered(word, index));
  return words.length - left.length >= WORDS - 1 ? left : [];
}

/** Where the first words that are a seed begin. */
function seedIn(words: readonly Word[], tries: { left: number }): number | null {
  const numbers = words.map(({ number }) => number);
  /** Of the row: how often each word stands there, and how many do. */
  const counts = new Uint8Array(2 ** BITS);
  let different = 0;
  const count = (at: number, more: 1 | -1): number => {
    const number = numbers[at] as number;
    counts[number] = (counts[number] as number) + more;
    return counts[number] as number;
  };
  for (let end = 1; end <= numbers.length && tries.left > 0; end++) {
    const from = end - WORDS;
    if (count(end - 1, 1) === 1) different++;
    if (from > 0 && count(from - 1, -1) === 0) different--;
    if (from < 0 || different < LEAST_DIFFERENT) continue;
    const row = numbers.slice(from, end);
    if (isList(row)) continue;
    tries.left--;
    const isRight = hasChecksum(row) || columnsOf(words, from).some((columns) => hasChecksum(downColumns(row, columns)));
    if (isRight) return words[from]?.at ?? 0;
  }
  return null;
}

/** The list itself stands in many files, in its order. */
function isList(row: readonly number[]): boolean {
  return row.every((number, index) => index === 0 || number > (row[index - 1] as number));
}

/** In how many columns the words may stand: as many as each of their lines has. */
function columnsOf(words: readonly Word[], from: number): number[] {
  const first = words[from] as Word;
  let wide = 1;
  while (wide < WORDS && words[from + wide]?.line === first.line) wide++;
  const isGrid = wide > 1 && wide < WORDS && WORDS % wide === 0 && wide !== COLUMNS;
  return isGrid ? [COLUMNS, wide] : [COLUMNS];
}

function downColumns(row: readonly number[], columns: number): number[] {
  const rows = WORDS / columns;
  return row.map((_number, index) => row[(index % rows) * columns + Math.floor(index / rows)] as number);
}

/** 24 times 11 bits: 256 of entropy, and the first 8 of its SHA-256. */
function hasChecksum(row: readonly number[]): boolean {
  const bytes = new Uint8Array((WORDS * BITS) / 8);
  let [held, count, at] = [0, 0, 0];
  for (const number of row) {
    held = ((held << BITS) | number) & 0x7ffff;
    for (count += BITS; count >= 8; count -= 8) bytes[at++] = held >> (count - 8);
  }
  return equal(sha256(bytes.subarray(0, 32)).subarray(0, 1), bytes.subarray(32));
}
