import { HEX } from "./escape.ts";

/** Digits of an offset at a line's start, and letters of the name of a place after it. */
const OFFSET = { least: 4, most: 16 };
const SYMBOL = 40;
const [TAB, LF, CR, BLANK, MINUS, COLON, LESS, GREATER, BACKTICK, ZERO] = [0x09, 0x0a, 0x0d, 0x20, 0x2d, 0x3a, 0x3c, 0x3e, 0x60, 0x30];
const isHex = (byte: number | undefined) => byte !== undefined && HEX[byte] !== -1;
const isBlank = (byte: number | undefined) => byte === BLANK || byte === TAB;
const starts0x = (text: Uint8Array, at: number) => text[at] === ZERO && ((text[at + 1] ?? 0) | 0x20) === 0x78;

/**
 * Lines of an offset, numbers, and what they look like: xxd, hexdump, od, tcpdump, gdb, lldb, WinDbg, openssl.
 * @param put what takes each number
 * @returns the last line's end of a dump that begins there, or `start`
 */
export function undoDump(text: Uint8Array, start: number, put: (from: number, to: number, isHexOnly: boolean) => void): number {
  let at = start;
  while (at < text.length) {
    const end = undoLine(text, at, put);
    if (end === at) break;
    const next = text.indexOf(LF, end);
    at = next === -1 ? text.length : next + 1;
  }
  return at;
}

function undoLine(text: Uint8Array, start: number, put: (from: number, to: number, isHexOnly: boolean) => void): number {
  let at = afterOffset(text, skipBlanks(text, start));
  if (at === -1) return start;
  let width = 0;
  for (;;) {
    // WinDbg and openssl part the eighth from the ninth by a hyphen.
    const from = text[at] === MINUS && width > 0 ? at + 1 : skipBlanks(text, at);
    const isHexOnly = starts0x(text, from);
    const digits = isHexOnly ? from + 2 : from;
    let to = digits;
    while (isHex(text[to])) to++;
    const length = to - digits;
    const next = text[to];
    const isNumber = length > 0 && (next === undefined || isBlank(next) || next === LF || next === CR || (next === MINUS && length === 2));
    // What stands apart, and is not as long as the numbers before, is the text next to them.
    const isApart = from - at > 1 && width > 0 && length !== width && (length > 3 || width > 3);
    if (from === at || !isNumber || isApart) break;
    put(digits, to, isHexOnly);
    width = length;
    at = to;
  }
  return width === 0 ? start : at;
}

/** `0000: `, `0x7ffe10:`, `00000000`10 `, `0B3F:0100`, `0000 - `, `0x5510 <name+8>:`. @returns -1 where there is none */
function afterOffset(text: Uint8Array, start: number): number {
  let at = starts0x(text, start) ? start + 2 : start;
  const offset = at;
  while (at - offset <= OFFSET.most + 1 && (isHex(text[at]) || (at > offset && (text[at] === BACKTICK || isSegment(text, at, offset)))))
    at++;
  if (at - offset < OFFSET.least || at - offset > OFFSET.most + 1) return -1;
  if (text[at] === BLANK && text[at + 1] === LESS) {
    const end = text.indexOf(GREATER, at);
    if (end === -1 || end - at > SYMBOL) return -1;
    at = end + 1;
  }
  if (text[at] === COLON) return at + 1;
  return text[at] === BLANK && text[at + 1] === MINUS && text[at + 2] === BLANK ? at + 2 : at;
}

/** The colon between two halves of an address. */
function isSegment(text: Uint8Array, at: number, start: number): boolean {
  return (
    text[at] === COLON &&
    at - start === OFFSET.least &&
    isHex(text[at + 1]) &&
    isHex(text[at + 2]) &&
    isHex(text[at + 3]) &&
    isHex(text[at + 4])
  );
}

function skipBlanks(text: Uint8Array, from: number): number {
  let at = from;
  while (isBlank(text[at])) at++;
  return at;
}
