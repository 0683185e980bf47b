import type { Run } from "../key-runs.ts";

/** What a byte can be part of: base64 in either alphabet and base32; numbers and what stands between them; uuencode. */
const BASE64 = 1;
const NUMBERS = 2;
const UU = 4;
const KIND = new Uint8Array(256);
const allow = (kind: number, letters: string) => {
  for (const byte of Buffer.from(letters)) KIND[byte] = (KIND[byte] as number) | kind;
};
allow(BASE64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-");
allow(NUMBERS, "0123456789abcdefABCDEFxX \t\r\n,:;-_|{}[]()\\'\"");
for (let byte = 0x20; byte <= 0x60; byte++) allow(UU, String.fromCharCode(byte));

const NAMES = ["base64", "numbers", "uu"] as const;
type Name = (typeof NAMES)[number];
const OF: Readonly<Record<Name, number>> = { base64: BASE64, numbers: NUMBERS, uu: UU };
const ALL = BASE64 | NUMBERS | UU;

export type CodedRuns = Record<Name, Run[]>;

/** Where each kind that goes on from an earlier window ends. */
type Ends = Record<Name, number>;

/** The runs of each kind that cannot be longer, of at least `shortest` bytes, in order. */
export function codedRuns(text: Uint8Array, shortest: number): CodedRuns {
  const found: CodedRuns = { base64: [], numbers: [], uu: [] };
  const ends: Ends = { base64: 0, numbers: 0, uu: 0 };
  const step = shortest - 1;
  /** The kinds of which no run goes on from an earlier window, and where the first of the others ends. */
  let kinds = ALL;
  let until = text.length;
  for (let from = 0; ; ) {
    from = nextWindow(text, from, step, kinds, until);
    const last = from + step;
    if (last >= text.length) return found;
    if (last < until) from = addRuns(text, { from, last, kinds }, found, ends);
    kinds = going(ends, last);
    until = firstEnd(ends, last, text.length);
  }
}

/**
 * The first window that some kind fills, or that ends where a kind may begin again. Each is read from its end, and left behind
 * where no kind goes on: most of a text is never looked at. It is small on purpose: it is compiled at once.
 */
function nextWindow(text: Uint8Array, start: number, step: number, kinds: number, until: number): number {
  let from = start;
  for (let last = from + step; last < until; last = from + step) {
    let left = kinds;
    let at = last;
    while (at >= from && left !== 0) left &= KIND[text[at--] as number] as number;
    if (left !== 0) return from;
    from = at + 2;
  }
  return from;
}

/** @returns where the next window begins */
function addRuns(text: Uint8Array, window: { from: number; last: number; kinds: number }, found: CodedRuns, ends: Ends): number {
  const { from, last, kinds } = window;
  let left = kinds;
  for (let at = last; at >= from; at--) left &= KIND[text[at] as number] as number;
  for (const name of NAMES) {
    if ((left & OF[name]) === 0) continue;
    const run = around(text, last, OF[name]);
    found[name].push(run);
    ends[name] = run.end;
  }
  return firstAfterOthers(text, from, last, kinds);
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

function going(ends: Readonly<Ends>, at: number): number {
  return NAMES.reduce((kinds, name) => (ends[name] > at ? kinds & ~OF[name] : kinds), ALL);
}

function firstEnd(ends: Readonly<Ends>, at: number, most: number): number {
  return NAMES.reduce((first, name) => (ends[name] > at ? Math.min(first, ends[name]) : first), most);
}

function around(text: Uint8Array, within: number, kind: number): Run {
  let start = within;
  while (start > 0 && ((KIND[text[start - 1] as number] as number) & kind) !== 0) start--;
  let end = within + 1;
  while (end < text.length && ((KIND[text[end] as number] as number) & kind) !== 0) end++;
  return { start, end };
}
