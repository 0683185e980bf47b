import type { Run } from "../runs.ts";

/** What a byte can be part of: base64 in either alphabet and base32; numbers and what stands between them; uuencode. */
const BASE64 = 1;
const NUMBERS = 2;
const UU = 4;
const KIND = new Uint8Array(256);
const allow = (kind: number, letters: string) => {
  for (const byte of Buffer.from(letters)) KIND[byte] = (KIND[byte] as number) | kind;
};
allow(BASE64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-");
allow(NUMBERS, "0123456789abcdefABCDEFxX \t\r\n,:;-_|{}[]()'\"");
for (let byte = 0x20; byte <= 0x60; byte++) allow(UU, String.fromCharCode(byte));

const NAMES = ["base64", "numbers", "uu"] as const;
type Name = (typeof NAMES)[number];
const OF: Readonly<Record<Name, number>> = { base64: BASE64, numbers: NUMBERS, uu: UU };
const ALL = BASE64 | NUMBERS | UU;

export type CodedRuns = Record<Name, Run[]>;

/**
 * The runs of each kind that cannot be longer, of at least `shortest` bytes, in order. Each window of the shortest is read from its end, and left behind where
 * no kind goes on: most of a text is never looked at.
 */
export function codedRuns(text: Uint8Array, shortest: number): CodedRuns {
  const found: CodedRuns = { base64: [], numbers: [], uu: [] };
  /** The kinds of which no run goes on from an earlier window, and where the first of the others ends. */
  let kinds = ALL;
  let until = 0;
  const ends = { base64: 0, numbers: 0, uu: 0 };
  for (let from = 0, last = shortest - 1; last < text.length; last = from + shortest - 1) {
    if (kinds !== ALL && last >= until) [kinds, until] = going(ends, last);
    let left = kinds;
    let at = last;
    while (at >= from && left !== 0) left &= KIND[text[at--] as number] as number;
    if (left === 0) {
      from = at + 2;
      continue;
    }
    from = firstAfterOthers(text, from, last, kinds);
    for (const name of NAMES) {
      if ((left & OF[name]) === 0) continue;
      const run = around(text, last, OF[name]);
      found[name].push(run);
      ends[name] = run.end;
    }
    [kinds, until] = going(ends, last);
  }
  return found;
}

/** A kind that ends within a window in which another goes on may begin again after that. */
function firstAfterOthers(text: Uint8Array, from: number, last: number, kinds: number): number {
  let first = last + 1;
  for (let at = last, left = kinds; at >= from; at--) {
    const still = left & (KIND[text[at] as number] as number);
    if (still !== left) first = at + 1;
    left = still;
  }
  return first;
}

function going(ends: Readonly<Record<Name, number>>, at: number): [kinds: number, until: number] {
  let [kinds, until] = [ALL, Infinity];
  for (const name of NAMES) {
    if (ends[name] <= at) continue;
    kinds &= ~OF[name];
    until = Math.min(until, ends[name]);
  }
  return [kinds, until];
}

function around(text: Uint8Array, within: number, kind: number): Run {
  let start = within;
  while (start > 0 && ((KIND[text[start - 1] as number] as number) & kind) !== 0) start--;
  let end = within + 1;
  while (end < text.length && ((KIND[text[end] as number] as number) & kind) !== 0) end++;
  return { start, end };
}
