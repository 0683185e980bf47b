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
 * attributes. Most of a text is gone through byte by byte and no more.
 */
export function* withoutAttributes(text: Buffer, count: number): Generator<Bare> {
  if (!text.includes("</")) return;
  for (let from = 0; from < text.length; ) {
    const { words, isTagged, end } = stretchFrom(text, from);
    if (words >= count && isTagged) yield bareOf(text, from, end);
    from = end;
  }
}

/** Up to what is in no such list: a longer word, or what is no tag. */
function stretchFrom(text: Buffer, from: number): { words: number; isTagged: boolean; end: number } {
  let [words, letters] = [0, 0];
  let isTagged = false;
  for (let at = from; at < text.length; at++) {
    const byte = text[at] as number;
    if (LETTER[byte] !== 0) {
      if (++letters > WORD.most) return { words, isTagged, end: at + 1 };
      continue;
    }
    if (letters >= WORD.least) words++;
    letters = 0;
    if (byte !== OPEN || !opensTag(text[at + 1] ?? 0)) continue;
    const close = closeOf(text, at);
    if (close === -1) return { words, isTagged, end: at + 1 };
    isTagged ||= nameEnd(text, at) < close;
    at = close;
  }
  return { words: words + (letters >= WORD.least ? 1 : 0), isTagged, end: text.length };
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
  for (let at = from; at < end; at++) {
    if (text[at] !== OPEN || !opensTag(text[at + 1] ?? 0)) continue;
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
