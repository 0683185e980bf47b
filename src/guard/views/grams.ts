/** No value that is searched for has fewer bytes than this and two more. */
export const GRAM = 6;
const BITS_EACH = 64;
const [LEAST, MOST] = [16, 27];

/** Which few bytes in a row stand in a value, but for chance: what a look at the surroundings of an escape asks. */
export class Grams {
  /** 1 for each byte that stands in some value. */
  readonly has = new Uint8Array(256);
  private readonly bits: Uint32Array;
  private readonly shift: number;

  /** @param values one letter a byte */
  constructor(values: readonly string[]) {
    let count = 0;
    for (const value of values) count += value.length;
    const exponent = Math.min(Math.max(Math.ceil(Math.log2(count * BITS_EACH + 1)), LEAST), MOST);
    this.bits = new Uint32Array(2 ** (exponent - 5));
    this.shift = 32 - exponent;
    for (const value of values) this.add(value);
  }

  private add(value: string): void {
    const bytes = Buffer.from(value, "latin1");
    for (const byte of bytes) this.has[byte] = 1;
    for (let at = 0; at + GRAM <= bytes.length; at++) {
      const bit = hashOf(bytes, at) >>> this.shift;
      this.bits[bit >>> 5] = (this.bits[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  /** @param at where GRAM bytes begin */
  mayHold(bytes: Uint8Array, at: number): boolean {
    const bit = hashOf(bytes, at) >>> this.shift;
    return (((this.bits[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
  }
}

function hashOf(bytes: Uint8Array, at: number): number {
  const first = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  const second = (bytes[at + 3] as number) | ((bytes[at + 4] as number) << 8) | ((bytes[at + 5] as number) << 16);
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
}
