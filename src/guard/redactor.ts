import type { Templates } from "../project/templates.ts";
import { Matcher } from "./matcher.ts";
import { needlesOf } from "./redaction-needles.ts";

/** A tail no longer than this may be shown while more could follow it: so much of a secret that comes in drips can be seen. */
const SHOWN_EARLY = 3;

/**
 * Masks secrets in a stream of bytes, wherever it is cut. Only what may be the start of a secret is held back: the longest
 * form minus one byte at most. Secrets that overlap become one mark.
 */
export class Redactor {
  private readonly needles: readonly Buffer[];
  private readonly marks: readonly Buffer[];
  private readonly matcher: Matcher;
  /** Needles by their first two bytes, and which first bytes there are. */
  private readonly starts = new Map<number, Buffer[]>();
  private readonly firsts = new Set<number>();
  private readonly longest: number;
  private held: Buffer = Buffer.alloc(0);
  /** How many of the held bytes were written or masked already: they are kept for what may begin in them. */
  private done = 0;
  /** Up to where the last mark reaches into the held bytes. */
  private covered = 0;

  /** @param secrets values by name; which of them are worth masking is decided here */
  constructor(secrets: Iterable<readonly [name: string, value: string]>, templates?: Templates) {
    const found = needlesOf(secrets, templates);
    this.needles = found.map(({ bytes }) => bytes);
    this.marks = found.map(({ name }) => Buffer.from(`[${name} redacted]`));
    this.matcher = new Matcher(this.needles.map((needle) => needle.toString("latin1")));
    this.longest = this.needles.reduce((most, { length }) => Math.max(most, length), 0);
    for (const needle of this.needles) {
      this.firsts.add(needle[0] as number);
      const key = needle.readUInt16BE(0);
      const same = this.starts.get(key);
      if (same === undefined) this.starts.set(key, [needle]);
      else same.push(needle);
    }
  }

  /** @returns what of the stream so far is certain */
  push(chunk: Uint8Array): Buffer {
    return this.take(chunk, false);
  }

  /** The stream is over: nothing more can follow what was held back. */
  end(): Buffer {
    return this.take(Buffer.alloc(0), true);
  }

  /** The stream rests: shows a short tail, such as a prompt's end. What it may be the start of is still masked from there on. */
  rest(): Buffer {
    if (this.held.length > SHOWN_EARLY) return Buffer.alloc(0);
    const shown = this.held.subarray(this.done);
    this.done = this.held.length;
    return shown;
  }

  private take(chunk: Uint8Array, last: boolean): Buffer {
    const text = Buffer.concat([this.held, chunk]);
    const hold = last ? text.length : this.holdFrom(text);
    const parts: Buffer[] = [];
    let at = this.done;
    for (const match of this.matches(text)) {
      // One that begins in what is held is found again, when it is known whether a longer one begins before it.
      if (match.at >= hold) break;
      if (match.at >= this.covered) {
        parts.push(text.subarray(at, match.at), this.marks[match.needle] as Buffer);
      }
      this.covered = Math.max(this.covered, match.end);
      at = Math.max(at, this.covered);
    }
    parts.push(text.subarray(at, hold));
    this.held = Buffer.from(text.subarray(hold));
    this.done = Math.max(at - hold, 0);
    this.covered = Math.max(this.covered - hold, 0);
    return Buffer.concat(parts);
  }

  /** In order; the longest first of those that begin together. */
  private matches(text: Buffer): { needle: number; at: number; end: number }[] {
    return this.matcher
      .search(text)
      .map(({ needle, at }) => ({ needle, at, end: at + (this.needles[needle] as Buffer).length }))
      .sort((a, b) => a.at - b.at || b.end - a.end);
  }

  /** Where the longest tail begins that a needle begins with and is longer than; the text's end where there is none. */
  private holdFrom(text: Buffer): number {
    const { length } = text;
    for (let from = Math.max(length - this.longest + 1, 0); from < length - 1; from++) {
      const some = this.starts.get(text.readUInt16BE(from));
      if (some?.some((needle) => needle.length > length - from && text.compare(needle, 0, length - from, from) === 0)) return from;
    }
    return this.firsts.has(text[length - 1] as number) ? length - 1 : length;
  }
}
