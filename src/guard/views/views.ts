import { append } from "../../core/append.ts";
import type { Run } from "../key-runs.ts";
import { backslash, css, rtf } from "./backslash.ts";
import { base32Runs, joinedLines, undoBase32, undoBase64 } from "./base64.ts";
import { type CodedRuns, codedRuns } from "./coded-runs.ts";
import { entity } from "./entity.ts";
import { type Escape, undo } from "./escape.ts";
import { Grams } from "./grams.ts";
import { listRuns } from "./lists.ts";
import { doubled, doubledSigns, quotedPrintable, zeroWidth } from "./marks.ts";
import { holdsNumbers, NUMBERS, undoNumbers } from "./numbers.ts";
import { percent } from "./percent.ts";
import type { Sink } from "./sink.ts";
import { Sites } from "./sites.ts";
import { hasEscapes, softBreaks } from "./soft-breaks.ts";
import { TextParts } from "./text-parts.ts";
import { undoUu } from "./uuencode.ts";
import { undoWide } from "./wide.ts";

/** A text with one encoding undone, or two. */
export interface View {
  encoding: string;
  text: Buffer;
  /** Where in the file the byte at `at` comes from. */
  source(at: number): number;
}

/** How much the views of a text may hold, and whether some were left out for it. */
export interface Room {
  left: number;
  leftOut: boolean;
}

/** How a view is made, and made again to tell where a byte comes from. */
interface Maker {
  encoding: string;
  /** At most so many bytes. */
  size: number;
  make(wanted?: number): Sink;
  /** True where what it shows may be encoded itself. */
  isOuter?: boolean;
}

/** A file that is written so may hold what any other one does. */
const WIDE = "UTF-16 or UTF-32";
/** Shorter ones hold no value. */
const LEAST = 8;

/**
 * Of letters: the shortest run of one alphabet that is looked at, by the shortest value, which takes as many as base64 at least;
 * but no more than a line of a dump or of wrapped base64 has, for a long value stands on several.
 */
const RUN = { least: 23, most: 44, each: 1.4 };

/**
 * The views that a text's own escapes ask for, one after the other: each is one pass without a step back, and none is made where
 * there is nothing to undo.
 */
export class Views {
  /** True where quoted-printable escapes a byte of some value, and not line ends alone. */
  private readonly isEscaped: boolean;
  private readonly sites: readonly Sites[];
  private readonly signs: Sites;
  private readonly softened: Sites;
  private readonly shortestRun: number;

  /** @param values what is looked for, one letter a byte */
  constructor(values: readonly string[]) {
    const grams = new Grams(values);
    const shortest = values.reduce((least, { length }) => Math.min(least, length), Infinity);
    const families: Escape[][] = [[percent], [entity], [backslash, css, rtf], [zeroWidth]];
    this.isEscaped = grams.has.some((count, byte) => count > 0 && (byte < 0x20 || byte === 0x3d || byte > 0x7e));
    this.sites = families.map((ways) => new Sites(ways, grams));
    const signs = doubledSigns(grams.has);
    this.signs = new Sites(signs.map(doubled), grams);
    this.softened = new Sites([quotedPrintable], grams);
    this.shortestRun = Math.min(Math.max(Math.floor(shortest * RUN.each), RUN.least), RUN.most);
  }

  *of(text: Buffer, room: Room, isInner = false): Generator<View> {
    for (const makers of [this.byEscapes, this.byRuns]) yield* this.made(makers.call(this, text), room, isInner);
  }

  private *made(makers: readonly Maker[], room: Room, isInner: boolean): Generator<View> {
    for (const { encoding, size, make, isOuter = false } of makers) {
      if (size > room.left) {
        room.leftOut = true;
        continue;
      }
      const view: View = { encoding, text: make().text, source: (at) => Math.max(make(at).found, 0) };
      room.left -= view.text.length;
      if (view.text.length < LEAST) continue;
      yield view;
      if (isInner || !isOuter) continue;
      const parts = new TextParts(view.text);
      if (parts.text.length < LEAST) continue;
      for (const inner of this.of(parts.text, room, encoding !== WIDE)) {
        const source = (at: number) => view.source(parts.source(inner.source(at)));
        yield { encoding: `${inner.encoding} in ${encoding}`, text: inner.text, source };
      }
    }
  }

  /** Functions and no generators, as what looks through each byte: those are slower, and are compiled with all that they call. */
  private byEscapes(text: Buffer): Maker[] {
    const makers: Maker[] = [];
    for (const sites of this.sites) for (const way of sites.in(text)) makers.push(escaped(text, way));
    // What doubles one sign leaves the others as they are, and a value may hold two of these in a row.
    const twice = this.signs.in(text);
    for (const way of twice) makers.push(escaped(text, way));
    if (twice.length > 1) makers.push(escaped(text, doubled(twice.flatMap(({ marks }) => marks))));
    for (const way of this.quotedPrintable(text)) makers.push(escaped(text, way));
    if (text.includes(0)) makers.push({ encoding: WIDE, size: text.length, make: (wanted) => undoWide(text, wanted), isOuter: true });
    return makers;
  }

  private byRuns(text: Buffer): Maker[] {
    return byRuns(text, codedRuns(text, this.shortestRun));
  }

  /** Every program has `=`: what it escapes counts only where a value holds it, and a line that goes on is seen at its end. */
  private quotedPrintable(text: Buffer): Escape[] {
    if (this.isEscaped) return this.softened.in(text);
    const breaks = softBreaks(text);
    if (breaks.length === 0) return [];
    return hasEscapes(text, breaks) ? this.softened.in(text) : this.softened.at(text, breaks);
  }
}

function escaped(text: Buffer, way: Escape): Maker {
  return {
    encoding: way.encoding,
    size: text.length,
    make: (wanted) => undo(text, way, wanted),
    isOuter: way === backslash,
  };
}

function byRuns(text: Buffer, { base64, numbers, uu }: CodedRuns): Maker[] {
  const makers: Maker[] = [];
  const joined = joinedLines(text, base64);
  if (joined.length > 0)
    makers.push({ encoding: "base64", size: 3 * sizeOf(joined), make: (wanted) => undoBase64(text, joined, wanted), isOuter: true });
  const base32 = base32Runs(text, joined);
  if (base32.length > 0) makers.push({ encoding: "base32", size: 5 * sizeOf(base32), make: (wanted) => undoBase32(text, base32, wanted) });
  const written = numbers.filter((run) => holdsNumbers(text, run));
  const lists = listRuns(text, [...written, ...uu]);
  if (written.length + lists.length > 0) append(makers, byNumbers(text, written, lists));
  if (uu.length > 0) makers.push({ encoding: "uuencode", size: sizeOf(uu), make: (wanted) => undoUu(text, uu, wanted) });
  return makers;
}

function byNumbers(text: Buffer, runs: readonly Run[], lists: readonly Run[]): Maker[] {
  const numbers = undoNumbers(text, runs, lists);
  return NUMBERS.map((name) => {
    const made = numbers[name];
    const make = (wanted?: number) => (wanted === undefined ? made : undoNumbers(text, runs, lists, wanted)[name]);
    return { encoding: name, size: made.length, make, isOuter: name === "hex" };
  });
}

const sizeOf = (runs: readonly Run[]) => runs.reduce((sum, { start, end }) => sum + end - start, 0);
