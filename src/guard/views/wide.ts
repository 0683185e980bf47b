import { Sink } from "./sink.ts";

/** Fewer letters in a row are chance, in a binary file. */
const LEAST = 6;

/**
 * What UTF-16 and UTF-32 of either order write of the letters of Latin-1, with or without a mark in front: one or three zero
 * bytes between any two.
 */
export function undoWide(text: Buffer, wanted = -1): Sink {
  const sink = new Sink(text.length, wanted);
  for (let at = text.indexOf(0); at !== -1; ) {
    const zeros = zerosAt(text, at);
    const end = zeros === 1 || zeros === 3 ? undoLetters(text, at, zeros, sink) : at + zeros;
    at = text[end] === 0 ? end : text.indexOf(0, end);
  }
  return sink;
}

function zerosAt(text: Buffer, from: number): number {
  let at = from;
  while (text[at] === 0) at++;
  return at - from;
}

/** @returns where they end */
function undoLetters(text: Buffer, first: number, zeros: number, sink: Sink): number {
  const step = zeros + 1;
  // The letter before the first zero is one, where the low byte comes first.
  const start = first - 1;
  let end = first + zeros;
  let count = 0;
  while (end < text.length && text[end] !== 0) {
    count++;
    if (zerosAt(text, end + 1) !== zeros) break;
    end += step;
  }
  if (count < LEAST) return Math.min(Math.max(end, first + zeros), text.length);
  for (let at = start; at <= end && at < text.length; at += step) {
    const letter = text[at] ?? 0;
    if (letter === 0) continue;
    sink.from = at;
    sink.putPoint(letter);
  }
  sink.split();
  return Math.min(end + 1, text.length);
}
