import type { Needles } from "./needles.ts";

/** Of bytes: what is asked of the beginning of each needle. */
export const EIGHT = 8;
/** Bits of the table, as a power of two: 16 MiB, of which a million needles set one in a hundred. */
const BITS = 27;

/**
 * The eight bytes that some needle begins with, but for chance. Of hundreds of thousands, some begin with any four, and each look
 * at one of them waits for memory.
 */
export class Firsts {
  private readonly bits = new Uint32Array(2 ** (BITS - 5));

  /** @param needles each of at least EIGHT bytes */
  constructor({ bytes, starts, count }: Needles) {
    for (let needle = 0; needle < count; needle++) {
      const at = starts[needle] as number;
      const bit = placeOf(wordAt(bytes, at), wordAt(bytes, at + 4));
      this.bits[bit >>> 5] = (this.bits[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  /** Every place of the text where one may begin, in order. */
  placesIn(text: Uint8Array): number[] {
    const found: number[] = [];
    const { bits } = this;
    let [first, second] = [wordAt(text, 0), wordAt(text, 4)];
    for (let at = 0; at + EIGHT <= text.length; at++) {
      const bit = placeOf(first, second);
      if ((((bits[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1) found.push(at);
      first = (first >>> 8) | (second << 24);
      second = (second >>> 8) | ((text[at + EIGHT] as number) << 24);
    }
    return found;
  }
}

const wordAt = (bytes: Uint8Array, at: number) =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);

function placeOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> (32 - BITS);
}
