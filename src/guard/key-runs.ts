/** Letters, digits, `_` and `-`: what key strings are made of. */
const OF_KEYS = new Uint8Array(256);
for (const byte of Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")) OF_KEYS[byte] = 1;

export interface Run {
  start: number;
  end: number;
}

/**
 * Every run of letters, digits, `_` and `-` that cannot be longer, of at least `length` bytes, in order. Each window of so many
 * bytes is read from its end, and left behind at the first other byte: most of a text is never looked at.
 */
export function longRuns(text: Uint8Array, length: number): Run[] {
  const found: Run[] = [];
  for (let from = 0, last = length - 1; last < text.length; ) {
    let at = last;
    // It ends before `from` at the latest: there is another byte, or the text's start.
    while (OF_KEYS[text[at] as number] === 1) at--;
    if (at >= from) {
      from = at + 1;
    } else {
      const start = from;
      for (from = last + 1; OF_KEYS[text[from] as number] === 1; ) from++;
      found.push({ start, end: from });
    }
    last = from + length - 1;
  }
  return found;
}
