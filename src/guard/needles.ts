/** Of bytes of a needle that are kept. Of a longer one the rest is told by its digest: a value of many letters has many forms. */
const KEPT = 32;
/** The two halves of the last digest that was made. */
const digest = new Int32Array(2);

/** What a matcher looks for, however much that is: some 50 bytes for each, whatever its length. */
export class Needles {
  count = 0;
  /** Of bytes, of the shortest. */
  shortest = Infinity;
  /** The first bytes of all in a row, and where each begins; one more for the end of the last. */
  bytes = Buffer.allocUnsafe(KEPT);
  starts = new Int32Array(2);
  private lengths = new Int32Array(1);
  /** Two halves for each, of what is not kept. */
  private digests = new Int32Array(2);

  /** @param needles one letter a byte */
  constructor(needles: Iterable<string>) {
    let all = 0;
    for (const needle of needles) {
      if (this.count === this.lengths.length) this.grow();
      all = this.add(needle, all);
    }
    this.bytes = Buffer.from(this.bytes.subarray(0, all));
  }

  private add(needle: string, at: number): number {
    const { length } = needle;
    const end = at + Math.min(length, KEPT);
    if (at + length > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * this.bytes.length + length);
    // The rest is overwritten by the next one.
    this.bytes.write(needle, at, "latin1");
    const index = this.count++;
    this.shortest = Math.min(this.shortest, length);
    this.lengths[index] = length;
    this.starts[index + 1] = end;
    if (length > KEPT) {
      makeDigest(this.bytes, end, at + length);
      this.digests.set(digest, 2 * index);
    }
    return end;
  }

  private grow(): void {
    const more = (from: Int32Array, length: number) => {
      const made = new Int32Array(length);
      made.set(from);
      return made;
    };
    const room = 2 * this.lengths.length;
    this.lengths = more(this.lengths, room);
    this.digests = more(this.digests, 2 * room);
    this.starts = more(this.starts, room + 1);
  }

  /** True where the needle stands in the text at `at`. */
  standsAt(text: Uint8Array, at: number, needle: number): boolean {
    const { bytes } = this;
    const start = this.starts[needle] as number;
    const kept = (this.starts[needle + 1] as number) - start;
    for (let index = 0; index < kept; index++) if (text[at + index] !== bytes[start + index]) return false;
    return kept < KEPT || this.goesOn(text, at, needle);
  }

  private goesOn(text: Uint8Array, at: number, needle: number): boolean {
    const end = at + (this.lengths[needle] as number);
    if (end === at + KEPT) return true;
    if (end > text.length) return false;
    makeDigest(text, at + KEPT, end);
    return digest[0] === this.digests[2 * needle] && digest[1] === this.digests[2 * needle + 1];
  }
}

/** Of 64 bits: it shall tell apart what no one made to look alike, since nobody knows the values. */
function makeDigest(bytes: Uint8Array, start: number, end: number): void {
  let [one, other] = [0x9e3779b1, 0x85ebca77];
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    one = Math.imul(one ^ byte, 0x01000193);
    other = Math.imul(other, 0x2c1b3c6d) + byte;
  }
  digest[0] = one;
  digest[1] = other ^ (other >>> 15);
}
