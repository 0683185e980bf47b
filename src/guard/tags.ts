import { LETTER, WORD } from "./bip39.ts";

const [OPEN, CLOSE, SLASH, SPACE] = [0x3c, 0x3e, 0x2f, 0x20];
/** Of bytes: with attributes a tag is seldom longer. */
const LONGEST = 400;

/** A part of a text whose tags say their names alone: `<li class="word">` is `<li>` there. */
export interface Bare {
  text: Buffer;
  /** Where a byte of it stands in the whole text. */
  source(at: number): number;
}

/**
 * Of a text that closes tags, the parts that may hold `count` words of BIP-39 in a row, for what their letters are, where some tag has
 * attributes. Only what is around such a tag is looked at: most of a text is not.
 */
export function* withoutAttributes(text: Buffer, count: number): Generator<Bare> {
  if (!text.includes("</")) return;
  let done = 0;
  for (let tag = nextTag(text, 0); tag !== -1; tag = nextTag(text, done)) {
    const from = stretchStart(text, tag, done);
    const { words, end } = stretchFrom(text, from);
    if (words >= count) yield bareOf(text, from, end);
    done = end;
  }
}

/** The next tag that has attributes; -1 where there is none. */
function nextTag(text: Buffer, from: number): number {
  let at = text.indexOf(OPEN, from);
  while (at !== -1 && !(opensTag(text[at + 1] ?? 0) && nameEnd(text, at) < closeOf(text, at))) at = text.indexOf(OPEN, at + 1);
  return at;
}

/** Where the list begins that a tag stands in, `least` or after it. What parts lists ends one, wherever it is read from. */
function stretchStart(text: Buffer, tag: number, least: number): number {
  for (let at = tag; at > least; ) {
    const byte = text[--at] as number;
    if (LETTER[byte] !== 0) {
      const end = at + 1;
      while (at > least && LETTER[text[at - 1] as number] !== 0) at--;
      const broken = Math.floor((end - at) / (WORD.most + 1)) * (WORD.most + 1);
      if (broken > 0) return at + broken;
    } else if (byte === CLOSE) at = openOf(text, at, least);
    else if (byte === OPEN && opensTag(text[at + 1] ?? 0)) return at + 1;
  }
  return least;
}

/** Up to what is in no such list: a longer word, or what is no tag. */
function stretchFrom(text: Buffer, from: number): { words: number; end: number } {
  let [words, letters] = [0, 0];
  for (let at = from; at < text.length; at++) {
    const byte = text[at] as number;
    if (LETTER[byte] !== 0) {
      if (++letters > WORD.most) return { words, end: at + 1 };
      continue;
    }
    if (letters >= WORD.least) words++;
    letters = 0;
    if (byte !== OPEN || !opensTag(text[at + 1] ?? 0)) continue;
    const close = closeOf(text, at);
    if (close === -1) return { words, end: at + 1 };
    at = close;
  }
  return { words: words + (letters >= WORD.least ? 1 : 0), end: text.length };
}

const opensTag = (byte: number) => LETTER[byte] !== 0 || byte === SLASH;

function bareOf(text: Buffer, from: number, end: number): Bare {
  const bare = Buffer.allocUnsafe(end - from);
  let [length, copied] = [0, from];
  for (let cut = nextCut(text, from, end); cut !== null; cut = nextCut(text, copied, end)) {
    length += text.copy(bare, length, copied, cut.start);
    copied = cut.end;
  }
  length += text.copy(bare, length, copied, end);
  return { text: bare.subarray(0, length), source: (at) => sourceOf(text, from, end, at) };
}

/** Gone through once more, since cuts are kept of nothing: a text may be full of them. */
function sourceOf(text: Buffer, from: number, end: number, at: number): number {
  let source = from + at;
  for (let cut = nextCut(text, from, end); cut !== null && cut.start <= source; cut = nextCut(text, cut.end, end))
    source += cut.end - cut.start;
  return source;
}

/** The attributes of the next tag that has some. */
function nextCut(text: Buffer, from: number, end: number): { start: number; end: number } | null {
  for (let at = text.indexOf(OPEN, from); at !== -1 && at < end; at = text.indexOf(OPEN, at + 1)) {
    if (!opensTag(text[at + 1] ?? 0)) continue;
    const close = closeOf(text, at);
    const start = nameEnd(text, at);
    if (close !== -1 && start < close) return { start, end: close };
  }
  return null;
}

function nameEnd(text: Buffer, at: number): number {
  let end = at + 1;
  while (end < text.length && (text[end] as number) > SPACE && text[end] !== CLOSE) end++;
  return end;
}

function closeOf(text: Buffer, at: number): number {
  const last = Math.min(at + LONGEST, text.length);
  for (let index = at + 1; index < last; index++) {
    if (text[index] === CLOSE) return index;
    if (text[index] === OPEN) return -1;
  }
  return -1;
}

/** Where the tag opens that closes at `close`, or `close` where none does. */
function openOf(text: Buffer, close: number, least: number): number {
  const first = Math.max(close - LONGEST + 1, least);
  for (let at = close - 1; at >= first; at--) {
    if (text[at] === OPEN) return opensTag(text[at + 1] ?? 0) ? at : close;
    if (text[at] === CLOSE) return close;
  }
  return close;
}
