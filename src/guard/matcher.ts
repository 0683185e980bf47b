/** A place where a needle stands. `needle` is its index in the list the matcher was made from. */
export interface Match {
  needle: number;
  at: number;
}

const BLOCK = 3;
const TABLE = 1 << 16;
/** Longer shifts gain nothing: a hash of three bytes is met by chance before. */
const MAX_WINDOW = 18;

/** The shortest needle the matcher takes, in bytes. */
export const MIN_NEEDLE = 8;

/**
 * Finds many byte strings in one pass (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): a table says
 * how far the text may be skipped after a block of three bytes, and only where it says zero are needles compared.
 */
export class Matcher {
  private readonly needles: readonly Uint8Array[];
  private readonly window: number;
  private readonly shifts = new Uint8Array(TABLE);
  /** Needles by the hash of the last block of their window: heads, and a list through `next`. */
  private readonly heads = new Int32Array(TABLE).fill(-1);
  private readonly next: Int32Array;

  /** @param needles each of at least MIN_NEEDLE bytes */
  constructor(needles: readonly Uint8Array[]) {
    this.needles = needles;
    this.window = needles.reduce((shortest, { length }) => Math.min(shortest, length), MAX_WINDOW);
    this.shifts.fill(Math.max(this.window - BLOCK + 1, 1));
    this.next = new Int32Array(needles.length).fill(-1);
    for (const [index, needle] of needles.entries()) this.add(index, needle);
  }

  private add(index: number, needle: Uint8Array): void {
    for (let end = BLOCK - 1; end < this.window; end++) {
      const hash = hashAt(needle, end);
      this.shifts[hash] = Math.min(this.shifts[hash] as number, this.window - 1 - end);
    }
    const last = hashAt(needle, this.window - 1);
    this.next[index] = this.heads[last] as number;
    this.heads[last] = index;
  }

  /** Every occurrence, overlapping ones too, by where the text ends their window. */
  search(text: Uint8Array): Match[] {
    const found: Match[] = [];
    if (this.needles.length === 0) return found;
    const { shifts, window } = this;
    const { length } = text;
    for (let end = window - 1; end < length; ) {
      const hash = hashAt(text, end);
      const shift = shifts[hash] as number;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const at = end - window + 1;
      for (let needle = this.heads[hash] as number; needle !== -1; needle = this.next[needle] as number)
        if (startsAt(text, at, this.needles[needle] as Uint8Array)) found.push({ needle, at });
      end++;
    }
    return found;
  }
}

function hashAt(bytes: Uint8Array, end: number): number {
  return ((bytes[end] as number) ^ ((bytes[end - 1] as number) << 5) ^ ((bytes[end - 2] as number) << 9)) & (TABLE - 1);
}

function startsAt(text: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at + needle.length > text.length) return false;
  for (let index = 0; index < needle.length; index++) if (text[at + index] !== needle[index]) return false;
  return true;
}
