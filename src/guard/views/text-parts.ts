/** So many bytes in a row that can be an escaped value, plain letters or zeros as in UTF-16, make a part. */
const LEAST = 8;
/** Between parts: of no alphabet and no escape. */
const BREAK = 0x01;

/** What may be an escaped value by itself, and what may stand between such bytes in one: line ends, and letters beyond ASCII. */
const [PLAIN, TEXT] = [new Uint8Array(256), new Uint8Array(256)];
for (let byte = 0; byte < 256; byte++) {
  PLAIN[byte] = byte === 0 || (byte >= 0x20 && byte < 0x7f) ? 1 : 0;
  TEXT[byte] = PLAIN[byte] === 1 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte >= 0x80 ? 1 : 0;
}

/** The parts of some bytes that can be text, in a row. Most of what base64 holds is pictures, programs and ciphertext. */
export class TextParts {
  readonly text: Buffer;
  /** Where each part begins, here and there. */
  private readonly starts: { here: number; there: number }[] = [];

  constructor(bytes: Uint8Array) {
    const kept = Buffer.alloc(bytes.length + 1);
    let length = 0;
    for (let at = 0; at < bytes.length; ) {
      if (TEXT[bytes[at] as number] === 0) {
        at++;
        continue;
      }
      const start = at;
      let [plain, most] = [0, 0];
      for (; at < bytes.length && TEXT[bytes[at] as number] === 1; at++) {
        plain = PLAIN[bytes[at] as number] === 1 ? plain + 1 : 0;
        if (plain > most) most = plain;
      }
      if (most < LEAST) continue;
      this.starts.push({ here: length, there: start });
      kept.set(bytes.subarray(start, at), length);
      length += at - start;
      // A part is followed by at least one byte that is left out, or by the end.
      kept[length++] = BREAK;
    }
    this.text = kept.subarray(0, length);
  }

  /** Where the byte at `at` comes from. */
  source(at: number): number {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle]?.here as number) <= at) low = middle;
      else high = middle;
    }
    const start = this.starts[low];
    return start === undefined ? at : start.there + at - start.here;
  }
}
