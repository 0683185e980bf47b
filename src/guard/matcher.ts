/** A place where a needle stands. `needle` is its index in the list the matcher was made from. */
export interface Match {
  needle: number;
  at: number;
}

const BLOCK = 3;
const TABLE = 1 << 16;
/** Longer shifts gain nothing: a hash of three bytes is met by chance before. */
const MAX_WINDOW = 24;
/** Bytes for each needle, after which the wide window has gained what making its tables costs. */
const PAYS_OFF = 64;

/** The shortest needle the matcher takes, in bytes. */
export const MIN_NEEDLE = 8;

/**
 * Finds many byte strings in one pass (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): a table says
 * how far the text may be skipped after a block of three bytes, and only where it says zero are needles compared.
 */
export class Matcher {
  /** All needles in a row, and where each starts; one more for the end of the last. */
  private readonly bytes: Buffer;
  private readonly starts: Int32Array;
  private readonly widest: number;
  private readonly shifts = new Uint8Array(TABLE);
  /** Needles by the hash of the last block of their window: heads, and a list through `next`. */
  private readonly heads = new Int32Array(TABLE);
  private readonly next: Int32Array;
  private window = 0;
  private searched = 0;

  /** @param needles each of at least MIN_NEEDLE bytes, as a string of one letter a byte */
  constructor(needles: readonly string[]) {
    // No string is as long as all of them may be.
    this.bytes = Buffer.allocUnsafe(needles.reduce((sum, { length }) => sum + length, 0));
    this.starts = new Int32Array(needles.length + 1);
    this.next = new Int32Array(needles.length);
    let widest = MAX_WINDOW;
    for (let index = 0, end = 0; index < needles.length; index++) {
      const { length } = needles[index] as string;
      widest = Math.min(widest, length);
      this.bytes.write(needles[index] as string, end, "latin1");
      end += length;
      this.starts[index + 1] = end;
    }
    this.widest = widest;
    this.setWindow(BLOCK);
  }

  /** A narrow window is made at once and looks at every byte; a wide one skips most of them. Both find the same. */
  private setWindow(window: number): void {
    this.window = window;
    this.shifts.fill(window - BLOCK + 1);
    this.heads.fill(-1);
    for (let needle = 0; needle < this.next.length; needle++) this.add(needle, this.starts[needle] as number);
  }

  private add(needle: number, start: number): void {
    const { bytes, shifts, window } = this;
    for (let end = BLOCK - 1; end < window; end++) {
      const hash = hashAt(bytes, start + end);
      shifts[hash] = Math.min(shifts[hash] as number, window - 1 - end);
    }
    const last = hashAt(bytes, start + window - 1);
    this.next[needle] = this.heads[last] as number;
    this.heads[last] = needle;
  }

  /** Every occurrence, overlapping ones too, by where the text ends their window. */
  search(text: Uint8Array): Match[] {
    const found: Match[] = [];
    if (this.next.length === 0) return found;
    this.searched += text.length;
    if (this.window < this.widest && this.searched > this.next.length * PAYS_OFF) this.setWindow(this.widest);
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
        if (this.startsAt(text, at, needle)) found.push({ needle, at });
      end++;
    }
    return found;
  }

  private startsAt(text: Uint8Array, at: number, needle: number): boolean {
    const { bytes } = this;
    const start = this.starts[needle] as number;
    const length = (this.starts[needle + 1] as number) - start;
    for (let index = 0; index < length; index++) if (text[at + index] !== bytes[start + index]) return false;
    return true;
  }
}

function hashAt(bytes: Uint8Array, end: number): number {
  return ((bytes[end] as number) ^ ((bytes[end - 1] as number) << 5) ^ ((bytes[end - 2] as number) << 9)) & (TABLE - 1);
}
