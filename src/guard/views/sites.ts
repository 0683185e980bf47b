import { backslash } from "./backslash.ts";
import { entity } from "./entity.ts";
import { ASK, type Escape, Finder, NONE } from "./escape.ts";
import { GRAM, type Grams } from "./grams.ts";
import { percent } from "./percent.ts";
import { Sink } from "./sink.ts";

/** Longer than any escape: of what follows one that was undone, as far as it may hold another. */
const INNER_LENGTH = 24;
/** So many escapes that stand close to each other are words between escapes, or a text that is escaped as a whole. */
const STREAK = 20;
const CLOSE = 24;
/** Letters of a key string around a `_` or `-`; of base64 before a line end, and around a `+` or `/`, which may be its last letter. */
const KEY_LETTERS = { before: 2, after: 12 };
const LINE_LETTERS = 16;
const SIGN_LETTERS = 12;

const CODED = new Uint8Array(256);
for (const byte of Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")) CODED[byte] = 1;
const [LF, BACKSLASH, PERCENT, AMPERSAND] = [0x0a, 0x5c, 0x25, 0x26];

/** Of what is undone to one of these it is asked whether it parts letters of a key or of base64, or begins another escape. */
const ASKED = new Uint8Array(256);
for (const byte of [LF, BACKSLASH, PERCENT, AMPERSAND, ...Buffer.from("_-+/")]) ASKED[byte] = 1;

/**
 * Of some escapes: which of them a text holds where undoing them may show something, that is next to bytes
 * of a value, in a key, in base64, in another escape, or many in a row. Most escapes of ordinary files are none of these, and
 * cost a look each.
 */
export class Sites {
  private readonly looks: readonly Look[];
  private readonly marks: readonly number[];
  /** By the byte after a mark: a bit for each look that has something to say of it. Of most marks no one has. */
  private readonly asked: Uint8Array;

  constructor(ways: readonly Escape[], grams: Grams) {
    this.looks = ways.map((way) => new Look(way, grams));
    this.marks = [...new Set(ways.flatMap(({ marks }) => marks))];
    this.asked = Uint8Array.from({ length: 256 }, (_none, next) =>
      ways.reduce((bits, { quick }, index) => (quick?.[next] === NONE ? bits : bits | (1 << index)), 0),
    );
  }

  in(text: Buffer): Escape[] {
    const finder = new Finder(text, this.marks);
    let at = finder.find(0);
    if (at === -1) return [];
    this.begin(text);
    for (; at !== -1; at = finder.find(at + 1)) this.look(text, at);
    return this.worthIt();
  }

  /** @param places the marks that are looked at, where not each is; in order */
  at(text: Buffer, places: readonly number[]): Escape[] {
    this.begin(text);
    for (const at of places) this.look(text, at);
    return this.worthIt();
  }

  private begin(text: Buffer): void {
    for (const look of this.looks) look.begin(text);
  }

  private look(text: Buffer, at: number): void {
    const next = at + 1 < text.length ? (text[at + 1] as number) : 0;
    for (let index = 0, bits = this.asked[next] as number; bits !== 0; index++, bits >>= 1) {
      if ((bits & 1) !== 0) (this.looks[index] as Look).at(at);
    }
  }

  private worthIt(): Escape[] {
    return this.looks.filter(({ isWorthIt }) => isWorthIt).map(({ way }) => way);
  }
}

const NOTHING = Buffer.alloc(0);

/** The bytes around one escape after the other, undone. */
class Look {
  readonly way: Escape;
  isWorthIt = false;
  /** Up to where escapes were looked at. */
  done = 0;
  private text: Buffer = NOTHING;
  private readonly grams: Grams;
  private readonly isMark = new Uint8Array(256);
  private readonly undone = new Sink(64);
  /** The last bytes, undone, and how many of them in a row stand in values. */
  private readonly last = new Uint8Array(2 * GRAM);
  private count = 0;
  private run = 0;
  private streak = 0;

  constructor(way: Escape, grams: Grams) {
    this.way = way;
    this.grams = grams;
    for (const mark of way.marks) this.isMark[mark] = 1;
  }

  begin(text: Buffer): void {
    this.text = text;
    this.isWorthIt = false;
    this.done = 0;
    this.streak = 0;
  }

  /** One that may be at `start`, and those that follow it closely. */
  at(start: number): void {
    if (start < this.done || this.isWorthIt) return;
    const { text, way, grams } = this;
    const quick = way.quick === undefined ? ASK : (way.quick[text[start + 1] ?? 0] as number);
    if (quick === NONE || this.isMark[text[start] as number] === 0) return;
    const isAlone = quick >= 0 && grams.has[quick] === 0 && (ASKED[quick] === 0 || (quick === BACKSLASH && this.isPlainPair(start)));
    const length = isAlone ? 2 : this.read(start);
    if (length === 0) return;
    this.streak = start - this.done <= CLOSE ? this.streak : 0;
    if (isAlone) {
      this.done = start + 2;
      if (++this.streak >= STREAK) this.isWorthIt = true;
    } else this.isWorthIt = this.showsSomething(start, length);
  }

  /** `\\d` in a regular expression, `\\n` in a text. */
  private isPlainPair(start: number): boolean {
    const next = this.text[start + 2] ?? 0;
    const inner = this.way.quick?.[next] as number;
    return next !== BACKSLASH && (inner === NONE || (inner >= 0 && this.grams.has[inner] === 0));
  }

  private showsSomething(start: number, first: number): boolean {
    const { text } = this;
    let length = first;
    this.run = 0;
    for (let at = Math.max(start - GRAM + 1, 0); at < start; at++) this.push(text[at] as number);
    for (let at = start, quiet = 0; at < text.length && quiet < GRAM; ) {
      if (length > 0) {
        if (this.looksLikeMore(at, length)) return true;
        quiet = 0;
        for (let index = 0; index < this.undone.length; index++) if (this.push(this.undone.bytes[index] as number)) return true;
        at += length;
      } else {
        quiet++;
        if (this.push(text[at++] as number)) return true;
      }
      this.done = at;
      // What stands in no value parts what is before it from what follows.
      if (this.run === 0 && (quiet > 0 || this.undone.length > 0)) return false;
      length = this.read(at);
    }
    return false;
  }

  private read(at: number): number {
    if (this.isMark[this.text[at] ?? 0] === 0) return 0;
    this.undone.length = 0;
    return this.way.read(this.text, at, this.undone);
  }

  /** True where the bytes up to this one stand in a value in a row. */
  private push(byte: number): boolean {
    if (this.grams.has[byte] === 0) {
      this.run = 0;
      return false;
    }
    const place = this.count % GRAM;
    // Twice, so that the last ones are always in a row somewhere.
    this.last[place] = byte;
    this.last[place + GRAM] = byte;
    this.count++;
    return ++this.run >= GRAM && this.grams.mayHold(this.last, place + 1);
  }

  private looksLikeMore(at: number, length: number): boolean {
    if (++this.streak >= STREAK) return true;
    // What stands for nothing parts a key or a word as well as a value.
    if (this.undone.length === 0) return this.codedBefore(at, 1) + this.codedAfter(at + length, 1) === 2;
    if (this.undone.length !== 1) return false;
    const byte = this.undone.bytes[0] as number;
    const after = at + length;
    if (byte === LF) return this.endsCodedLine(at);
    if (byte === 0x5f || byte === 0x2d)
      return (
        this.codedBefore(at, KEY_LETTERS.before) === KEY_LETTERS.before && this.codedAfter(after, KEY_LETTERS.after) === KEY_LETTERS.after
      );
    if (byte === 0x2b || byte === 0x2f) return this.codedBefore(at, SIGN_LETTERS) + this.codedAfter(after, SIGN_LETTERS) >= SIGN_LETTERS;
    if (byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND) return this.holdsAnother(at);
    return false;
  }

  /** A line of base64, whose end may be two escapes; how long the next one is, and how far it is indented, says nothing. */
  private endsCodedLine(start: number): boolean {
    const { text } = this;
    const isReturn = text[start - 2] === BACKSLASH && text[start - 1] === 0x72;
    return this.codedBefore(isReturn ? start - 2 : start, LINE_LETTERS) === LINE_LETTERS;
  }

  /** How many letters of base64 end there, `most` at most. */
  private codedBefore(end: number, most: number): number {
    let count = 0;
    while (count < most && CODED[this.text[end - count - 1] ?? 0] === 1) count++;
    return count;
  }

  private codedAfter(start: number, most: number): number {
    let count = 0;
    while (count < most && CODED[this.text[start + count] ?? 0] === 1) count++;
    return count;
  }

  /** An escape that is itself escaped, and stands for what some value holds. */
  private holdsAnother(start: number): boolean {
    const outer = new Sink(INNER_LENGTH);
    const end = Math.min(this.text.length, start + 2 * INNER_LENGTH);
    for (let at = start; at < end && outer.length < INNER_LENGTH; ) {
      const length = this.isMark[this.text[at] as number] === 1 ? this.way.read(this.text, at, outer) : 0;
      if (length === 0) outer.put(this.text[at] as number);
      at += Math.max(length, 1);
    }
    const inner = outer.bytes[0] === BACKSLASH ? backslash : outer.bytes[0] === PERCENT ? percent : entity;
    const undone = new Sink(INNER_LENGTH);
    return inner.read(outer.text, 0, undone) > 0 && undone.text.every((byte) => this.grams.has[byte] === 1);
  }
}
