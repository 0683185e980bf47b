import type { Run } from "../key-runs.ts";
import { Entries, type Entry } from "./entries.ts";

/** Of numbers in a row: so many follow one that may begin a list, and so many make one. */
const LEAST = { here: 3, all: 8 };
/** Bytes and no string, which would be encoded at each search. */
const ZERO_X = Buffer.from("0x");

/**
 * Where numbers stand in a row, whatever signs part them, and with the same words each time: `(byte)0x61, `, `0x61u, `, `CHR(97)||`,
 * `[0] => 97`. Those with `0x` are looked for everywhere, the others in runs of their letters that are known.
 */
export function listRuns(text: Buffer, known: readonly Run[]): Run[] {
  const found: Run[] = [];
  for (let at = text.indexOf(ZERO_X); at !== -1; ) {
    const end = mayBegin(text, at) ? addLists(text, { start: Math.max(at - 1, 0), end: at + 1 }, found) : at;
    at = text.indexOf(ZERO_X, Math.max(end, at + 1));
  }
  for (const run of known) addLists(text, run, found);
  return found;
}

function mayBegin(text: Uint8Array, at: number): boolean {
  const entries = new Entries(text, at);
  for (let count = 0; count <= LEAST.here; count++) if (entries.next() === null) return false;
  return true;
}

/** Those that begin in the run. @returns where the last one ends */
function addLists(text: Uint8Array, { start, end }: Run, found: Run[]): number {
  let from = start;
  while (from < end) {
    const entries = new Entries(text, from);
    let count = 0;
    while (entries.next() !== null) count++;
    if (count >= LEAST.all) found.push({ start: from, end: entries.end });
    from = Math.max(entries.looked, from + 1);
  }
  return from;
}

/** @param take what takes a number, as it is written */
export function undoList(text: Uint8Array, { start, end }: Run, take: (number: Entry) => void): void {
  const entries = new Entries(text, start);
  const numbers: Entry[] = [];
  for (let entry = entries.next(); entry !== null && entry.start < end; entry = entries.next()) numbers.push(entry);
  const isCounted = numbers.every((number, index) => index % 2 === 1 || isNext(text, number, numbers[index - 2]));
  for (const [index, number] of numbers.entries()) if (!isCounted || index % 2 === 1) take(number);
}

/** `[0] => 97`, `"1":98`: every second one counts. */
function isNext(text: Uint8Array, number: Entry, before: Entry | undefined): boolean {
  return before === undefined || inDecimal(text, number) === inDecimal(text, before) + 1;
}

const inDecimal = (text: Uint8Array, { start, end }: Entry) => Number(Buffer.from(text.subarray(start, end)).toString("latin1"));
