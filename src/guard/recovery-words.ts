import { wordlist } from "@scure/bip39/wordlists/english.js";
import { equal, sha256 } from "#crypto";
import type { Finding } from "./finding.ts";
import { keyInFile } from "./key-strings.ts";
import type { Run } from "./runs.ts";
import { wordyRuns } from "./wordy-runs.ts";

const WORDS = 24;
/** How envseal shows them on a screen: in four columns, so that a copy of it has them row by row. */
const COLUMNS = 4;
const ROWS = WORDS / COLUMNS;
const BITS = 11;

/** The number of each word (BIP-39), made at the first text that may hold some. */
let numbers: ReadonlyMap<string, number> | null = null;

/** 24 words of BIP-39 in a row with a right checksum, whatever stands between them: numbers, commas, quotes, line ends. */
export function inspectWords(what: string, content: Buffer): Finding[] {
  const text = isWide(content) ? Buffer.from(content.filter((byte) => byte !== 0)) : content;
  return wordyRuns(text, WORDS).flatMap((run) => {
    const at = wordsIn(text, run);
    return at === null ? [] : [keyInFile(what, "24 recovery words", text, at)];
  });
}

/** UTF-16, by the mark that PowerShell writes in front. */
function isWide(content: Buffer): boolean {
  const [first = 0, second = 0] = content;
  return first + second === 0xff + 0xfe;
}

/** Where the first words in a run begin. */
function wordsIn(content: Buffer, { start, end }: Run): number | null {
  numbers ??= new Map(wordlist.map((word, index) => [word, index]));
  let row: { at: number; number: number }[] = [];
  const from = Math.max(start - 1, 0);
  // With a letter that the run's edge may have cut off: no word of the list has one more.
  for (const { 0: word, index } of content.toString("latin1", from, end + 1).matchAll(/[A-Za-z]+/g)) {
    const number = numbers.get(word.toLowerCase());
    row = number === undefined ? [] : [...row.slice(-(WORDS - 1)), { at: from + index, number }];
    if (row.length === WORDS && isSeed(row.map((each) => each.number))) return (row[0] as { at: number }).at;
  }
  return null;
}

/** The list itself stands in many files, in its order. */
function isSeed(row: readonly number[]): boolean {
  const isList = row.every((number, index) => index === 0 || number > (row[index - 1] as number));
  return (
    !isList &&
    (hasChecksum(row) || hasChecksum(row.map((_number, index) => row[(index % ROWS) * COLUMNS + Math.floor(index / ROWS)] as number)))
  );
}

/** 24 times 11 bits: 256 of entropy, and the first 8 of its SHA-256. */
function hasChecksum(row: readonly number[]): boolean {
  const bits = row.map((number) => number.toString(2).padStart(BITS, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  return equal(sha256(bytes.subarray(0, 32)).subarray(0, 1), bytes.subarray(32));
}
