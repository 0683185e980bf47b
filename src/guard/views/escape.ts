import { Sink } from "./sink.ts";

export const ASK = -1;
export const NONE = -2;

/** One way to write letters as something else, which begins with one of a few bytes. */
export interface Escape {
  /** As a finding names it. */
  encoding: string;
  /** What an escape can begin with. */
  marks: readonly number[];
  /**
   * Puts what the escape at `at` stands for, which is never longer than the escape.
   * @returns how many bytes of the text it takes; 0 where none begins there
   */
  read(text: Uint8Array, at: number, sink: Sink): number;
  /** By the byte after the mark: the one byte that two of them stand for; ASK where `read` has to say; NONE where there is none, or another way with the same mark reads the same. */
  quick?: Int16Array;
}

/** The next of some bytes in a text. Each is looked for on its own, and only after the last one was passed. */
export class Finder {
  private readonly text: Buffer;
  private readonly marks: readonly number[];
  private readonly next: number[];

  constructor(text: Buffer, marks: readonly number[]) {
    this.text = text;
    this.marks = marks;
    this.next = marks.map(() => -2);
  }

  /** @returns -1 where there is none from `from` on */
  find(from: number): number {
    // One often follows the other, as in `&&`: a search costs more than a look.
    if (this.marks.length === 1) return this.text[from] === this.marks[0] ? from : this.text.indexOf(this.marks[0] as number, from);
    let first = -1;
    for (let index = 0; index < this.marks.length; index++) {
      let at = this.next[index] as number;
      if (at !== -1 && at < from) {
        at = this.text.indexOf(this.marks[index] as number, from);
        this.next[index] = at;
      }
      if (at !== -1 && (first === -1 || at < first)) first = at;
    }
    return first;
  }
}

/** The text with each escape undone, in one pass. */
export function undo(text: Buffer, way: Escape, wanted = -1): Sink {
  const sink = new Sink(text.length, wanted);
  const finder = new Finder(text, way.marks);
  let at = 0;
  for (let next = finder.find(0); next !== -1; next = finder.find(at)) {
    sink.copy(text, at, next);
    sink.from = next;
    const length = way.read(text, next, sink);
    if (length === 0) sink.copy(text, next, next + 1);
    at = next + Math.max(length, 1);
  }
  sink.copy(text, at, text.length);
  return sink;
}

/** The value of a hexadecimal digit, or -1. */
export const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

export interface Digits {
  value: number;
  count: number;
}

/** The number that at most `most` digits of a base from `at` on are; its count is 0 where there is none. */
export function digitsAt(text: Uint8Array, at: number, most: number, base: 8 | 10 | 16): Digits {
  let value = 0;
  let count = 0;
  for (; count < most; count++) {
    const digit = HEX[text[at + count] ?? 0] as number;
    if (digit === -1 || digit >= base) break;
    value = value * base + digit;
  }
  return { value, count };
}
