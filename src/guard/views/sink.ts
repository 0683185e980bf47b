/** Shorter stretches are copied byte by byte: a call costs more. */
const SHORT = 24;

/** What a view is written into. It takes no more than the bytes it was made for. */
export class Sink {
  readonly bytes: Buffer;
  length = 0;
  /** Where in the text that stands which is written next. */
  from = 0;
  /** Where in the text the byte that was asked for comes from; -1 until it is written. */
  found = -1;
  private readonly wanted: number;

  /** @param wanted the place of a byte whose origin is asked for */
  constructor(size: number, wanted = -1) {
    this.bytes = Buffer.allocUnsafe(size);
    this.wanted = wanted;
  }

  get text(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  put(byte: number): void {
    if (this.length === this.bytes.length) return;
    if (this.length === this.wanted) this.found = this.from;
    this.bytes[this.length++] = byte;
  }

  /** A code point, as UTF-8; what is none is left out. */
  putPoint(point: number): void {
    if (point < 0x80) return this.put(point);
    if (point > 0x10ffff) return;
    if (point < 0x800) this.put(0xc0 | (point >> 6));
    else {
      if (point < 0x10000) this.put(0xe0 | (point >> 12));
      else {
        this.put(0xf0 | (point >> 18));
        this.put(0x80 | ((point >> 12) & 0x3f));
      }
      this.put(0x80 | ((point >> 6) & 0x3f));
    }
    this.put(0x80 | (point & 0x3f));
  }

  /** What stands in the text as it is. */
  copy(text: Buffer, start: number, end: number): void {
    const until = Math.min(end, start + this.bytes.length - this.length);
    if (this.wanted >= this.length && this.wanted < this.length + until - start) this.found = start + this.wanted - this.length;
    if (until - start > SHORT) text.copy(this.bytes, this.length, start, until);
    else for (let at = start, to = this.length; at < until; at++, to++) this.bytes[to] = text[at] as number;
    this.length += Math.max(until - start, 0);
  }

  /** Takes back what was written from there on. */
  back(length: number): void {
    this.length = length;
    if (this.wanted >= length) this.found = -1;
  }

  /** Between what did not stand together. */
  split(): void {
    if (this.length > 0 && this.bytes[this.length - 1] !== 0x0a) this.put(0x0a);
  }
}
