import type { Run } from "../key-runs.ts";
import { undoDump } from "./dump.ts";
import { HEX } from "./escape.ts";
import { undoList } from "./lists.ts";
import { Sink } from "./sink.ts";

/** What the numbers of a text can be bytes in: hexadecimal as written or with the last byte first, decimal, octal. */
export const NUMBERS = ["hex", "hex of words", "decimal", "octal"] as const;
export type Numbers = Record<(typeof NUMBERS)[number], Sink>;

/** Digits of the longest number that is read in octal, a word of two bytes. None of more digits is one of a byte in decimal. */
const LONGEST_OCTAL = 6;
/** Bytes in front of a run that may be the offset at its line's start. */
const OFFSET = 48;
const [LF, MINUS, BRACKET, CLOSING] = [0x0a, 0x2d, 0x5b, 0x5d];
/** By the letter after a zero. */
const BASES = new Map([
  [0x62, 2],
  [0x6f, 8],
]);
const isHex = (byte: number | undefined) => byte !== undefined && HEX[byte] !== -1;
const isDecimal = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Of digits, and of numbers of one byte: fewer are no value. And of bytes in a row that are plain letters, as what is encoded twice has. */
const LEAST = { digits: 16, bytes: 8, text: 8 };

/**
 * True for a run that may show more than the forms of a value do: many bytes, more than one word, or one that says a text. Most
 * are a hash, the blanks that begin a line, or a date.
 */
export function holdsNumbers(text: Uint8Array, { start, end }: Run): boolean {
  let [digits, small, pairs, words] = [0, 0, 0, 0];
  for (let at = start; at < end; at++) {
    const from = at;
    while (at < end && HEX[text[at] as number] !== -1) at++;
    const length = at - from;
    if (length === 0) continue;
    digits += length;
    if (length <= 3) small++;
    if (length === 2) pairs++;
    if (length > 3 && length % 2 === 0) words++;
    if (digits < LEAST.digits) continue;
    if (small >= LEAST.bytes || words > 1 || (words > 0 && pairs > 0) || saysText(text, from, at)) return true;
  }
  return false;
}

function saysText(text: Uint8Array, from: number, to: number): boolean {
  for (let at = from, plain = 0; at + 1 < to; at += 2) {
    const value = byteAt(text, at);
    plain = value >= 0x20 && value < 0x7f ? plain + 1 : 0;
    if (plain >= LEAST.text) return true;
  }
  return false;
}

/**
 * @param lists those that `listRuns` finds
 * @param wanted the place of a byte in each whose origin is asked for
 */
export function undoNumbers(text: Uint8Array, runs: readonly Run[], lists: readonly Run[], wanted = -1): Numbers {
  const sizeOf = (all: readonly Run[]) => all.reduce((sum, { start, end }) => sum + end - start, 0);
  // What is an array and a dump is read twice; a digit and what parts it from the next are a byte at most.
  const size = Math.min(text.length, 2 * sizeOf(runs)) + sizeOf(lists) + 512;
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, new Sink(size, wanted)])) as Numbers;
  let dumped = 0;
  for (const { start, end } of runs) {
    undoArray(text, start, end, numbers);
    splitAll(numbers);
    for (let line = lineStart(text, start, dumped); line !== -1 && line < end; line = lineAfter(text, line)) {
      if (line < dumped) continue;
      dumped = undoDump(text, line, (from, to, isHexOnly) => put(text, from, to, isHexOnly, false, numbers));
      if (dumped > line) splitAll(numbers);
    }
  }
  for (const run of lists) {
    undoList(text, run, ({ start, end }) => putWord(text, start, end, numbers));
    splitAll(numbers);
  }
  return numbers;
}

function splitAll(numbers: Numbers): void {
  for (const name of NUMBERS) numbers[name].split();
}

function undoArray(text: Uint8Array, start: number, end: number, numbers: Numbers): void {
  for (let at = start; at < end; ) {
    if (text[at] === BRACKET) at = afterIndex(text, at, end);
    const from = startsWith0x(text, at) ? at + 2 : at;
    let to = from;
    while (to < end && HEX[text[to] as number] !== -1) to++;
    if (to === from) at++;
    else {
      put(text, from, to, from > at, text[at - 1] === MINUS && !isHex(text[at - 2]), numbers);
      at = to;
    }
  }
}

/** ` [11]`, as R begins a line with; else the same place. */
function afterIndex(text: Uint8Array, start: number, end: number): number {
  let before = start - 1;
  while (text[before] === 0x20) before--;
  const to = digitsEnd(text, start + 1, end, 10);
  const isIndex = (before < 0 || text[before] === LF) && to > start + 1 && text[to] === CLOSING && text[to + 1] === 0x20;
  return isIndex ? to + 1 : start;
}

/** One number as programs write it: `0x61`, `061h`, `97u8`, `0141`, `0o141`, `0b01100001`. */
function putWord(text: Uint8Array, from: number, to: number, numbers: Numbers): void {
  const isNegative = text[from - 1] === MINUS;
  if (startsWith0x(text, from)) return put(text, from + 2, digitsEnd(text, from + 2, to, 16), true, isNegative, numbers);
  const base = text[from] !== 0x30 ? 0 : BASES.get((text[from + 1] ?? 0) | 0x20);
  if (base !== undefined && base !== 0 && to - from > 2 && digitsEnd(text, from + 2, to, base) === to) {
    return putAt(numbers.decimal, from, number(text, from + 2, to, base) & 0xff);
  }
  const hex = digitsEnd(text, from, to, 16);
  const isHex = hex === to - 1 && ((text[hex] as number) | 0x20) === 0x68;
  const end = hex === to || isHex ? hex : digitsEnd(text, from, to, 10);
  // A zero in front says that a letter is a digit, or that the number is octal.
  const isLonger = text[from] === 0x30 && (isHex ? (end - from) % 2 === 1 : end - from === 4);
  put(text, isLonger ? from + 1 : from, end, isHex, isNegative, numbers);
}

function digitsEnd(text: Uint8Array, from: number, to: number, base: number): number {
  let at = from;
  for (; at < to; at++) {
    const digit = HEX[text[at] as number] as number;
    if (digit === -1 || digit >= base) break;
  }
  return at;
}

function startsWith0x(text: Uint8Array, at: number): boolean {
  return text[at] === 0x30 && ((text[at + 1] ?? 0) | 0x20) === 0x78;
}

/** One number, as each of the kinds that can write it so. */
function put(text: Uint8Array, from: number, to: number, isHexOnly: boolean, isNegative: boolean, numbers: Numbers): void {
  const length = to - from;
  putHex(text, from, to, isHexOnly, numbers);
  if (isHexOnly || length > LONGEST_OCTAL || !allDecimal(text, from, to)) {
    numbers.decimal.split();
    numbers.octal.split();
    return;
  }
  if (length <= 3) {
    const value = (isNegative ? -1 : 1) * number(text, from, to, 10);
    if (value >= -128 && value <= 255) putAt(numbers.decimal, from, value & 0xff);
    else numbers.decimal.split();
  } else numbers.decimal.split();
  if (length !== 3 && length !== LONGEST_OCTAL) return numbers.octal.split();
  const value = number(text, from, to, 8);
  if (value === -1 || value > (length === 3 ? 0xff : 0xffff)) return numbers.octal.split();
  putAt(numbers.octal, from, value & 0xff);
  if (length === LONGEST_OCTAL) putAt(numbers.octal, from, value >> 8);
}

function putHex(text: Uint8Array, from: number, to: number, isHexOnly: boolean, { hex, "hex of words": words }: Numbers): void {
  const length = to - from;
  if (length % 2 === 1) {
    if (isHexOnly && length === 1) return putAt(hex, from, HEX[text[from] as number] as number);
    hex.split();
    words.split();
    return;
  }
  // Keys and hashes have many: a call for each byte is what they cost.
  for (let at = from; at < to; at += 2) {
    hex.from = at;
    hex.put(((HEX[text[at] as number] as number) << 4) | (HEX[text[at + 1] as number] as number));
  }
  if (length > 2 && length <= 16) for (let at = to - 2; at >= from; at -= 2) putAt(words, at, byteAt(text, at));
}

const byteAt = (text: Uint8Array, at: number) => ((HEX[text[at] as number] as number) << 4) | (HEX[text[at + 1] as number] as number);

function putAt(sink: Sink, from: number, value: number): void {
  sink.from = from;
  sink.put(value);
}

function allDecimal(text: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isDecimal(text[at])) return false;
  return true;
}

/** @returns -1 where a digit is not of the base */
function number(text: Uint8Array, from: number, to: number, base: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = HEX[text[at] as number] as number;
    if (digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}

/** Of what begins at an offset, or after it. */
function lineStart(text: Uint8Array, from: number, least: number): number {
  let at = from;
  while (at > least && text[at - 1] !== LF && from - at < OFFSET) at--;
  return at;
}

function lineAfter(text: Uint8Array, at: number): number {
  const end = text.indexOf(LF, at);
  return end === -1 ? -1 : end + 1;
}
