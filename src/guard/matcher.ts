import { EIGHT, Firsts } from "./firsts.ts";
import { Needles } from "./needles.ts";

/** A place where a needle stands. `needle` is its index in the list the matcher was made from. */
export interface Match {
  needle: number;
  at: number;
}

const BLOCK = 4;
/** Of places in the tables: so many for each block of a needle, as a power of two within these. */
const PLACES = { each: 2, least: 10, most: 22 };
/** Longer shifts gain nothing: a hash of a block is met by chance before. */
const MAX_WINDOW = 24;
/** Bytes for each needle, after which the wide window has gained what making its tables costs. */
const PAYS_OFF = 64;

/** Bytes of the shortest form that is searched for: what is shorter is met by chance. */
export const MIN_NEEDLE = 8;

/**
 * Finds many byte strings in one pass (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994): a table says
 * how far the text may be skipped after a block of four bytes, and only where it says zero are needles compared. The table
 * grows with the needles, so that they stay few at each place; where they are too many for that, the window gets narrower.
 */
export class Matcher {
  private readonly needles: Needles;
  private readonly widest: number;
  /** Where there are too many for a wide window. */
  private readonly firsts: Firsts | null = null;
  /** What makes a hash a place in the tables. */
  private readonly mask: number;
  private readonly shifts: Uint8Array;
  /** Needles by the hash of the last block of their window: heads, and a list through `next`. */
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  private window = 0;
  private searched = 0;

  /** @param needles each of at least a block's bytes, as a string of one letter a byte */
  constructor(needles: Iterable<string>) {
    this.needles = new Needles(needles);
    const { count, shortest } = this.needles;
    const wide = Math.min(MAX_WINDOW, shortest);
    const bits = Math.ceil(Math.log2(PLACES.each * count * (wide - BLOCK + 1) + 1));
    const places = 2 ** Math.min(Math.max(bits, PLACES.least), PLACES.most);
    this.mask = places - 1;
    this.shifts = new Uint8Array(places);
    this.heads = new Int32Array(places);
    this.next = new Int32Array(count);
    this.widest = Math.max(BLOCK, Math.min(wide, BLOCK - 1 + Math.floor(places / 2 / count)));
    if (this.widest < EIGHT && shortest >= EIGHT) {
      this.widest = BLOCK;
      this.firsts = new Firsts(this.needles);
    }
    this.setWindow(BLOCK);
  }

  /** A narrow window is made at once and looks at every byte; a wide one skips most of them. Both find the same. */
  private setWindow(window: number): void {
    this.window = window;
    this.shifts.fill(window - BLOCK + 1);
    this.heads.fill(-1);
    const { starts } = this.needles;
    for (let needle = 0; needle < this.next.length; needle++) this.add(needle, starts[needle] as number);
  }

  private add(needle: number, start: number): void {
    const { shifts, window, mask } = this;
    const { bytes } = this.needles;
    let place = 0;
    for (let end = BLOCK - 1; end < window; end++) {
      place = hashAt(bytes, start + end) & mask;
      shifts[place] = Math.min(shifts[place] as number, window - 1 - end);
    }
    this.next[needle] = this.heads[place] as number;
    this.heads[place] = needle;
  }

  /** Every occurrence, overlapping ones too, by where the text ends their window. */
  search(text: Uint8Array): Match[] {
    const found: Match[] = [];
    if (this.next.length === 0) return found;
    this.searched += text.length;
    if (this.window < this.widest && this.searched > this.next.length * PAYS_OFF) this.setWindow(this.widest);
    if (this.firsts !== null) {
      for (const at of this.firsts.placesIn(text)) this.compare(text, at, hashAt(text, at + BLOCK - 1) & this.mask, found);
      return found;
    }
    const { shifts, window, mask } = this;
    const { length } = text;
    for (let end = window - 1; end < length; ) {
      const place = hashAt(text, end) & mask;
      const step = shifts[place] as number;
      if (step > 0) {
        end += step;
        continue;
      }
      this.compare(text, end - window + 1, place, found);
      end++;
    }
    return found;
  }

  private compare(text: Uint8Array, at: number, place: number, found: Match[]): void {
    for (let needle = this.heads[place] as number; needle !== -1; needle = this.next[needle] as number)
      if (this.needles.standsAt(text, at, needle)) found.push({ needle, at });
  }
}

function hashAt(bytes: Uint8Array, end: number): number {
  return (
    (bytes[end] as number) ^ ((bytes[end - 1] as number) << 6) ^ ((bytes[end - 2] as number) << 11) ^ ((bytes[end - 3] as number) << 15)
  );
}
