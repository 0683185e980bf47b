/** Of words that are kept at once: a file of nothing else has millions. */
const MOST = 4096;

/**
 * Words of BIP-39 in a row, in lists of numbers: an object for each would cost a file of them hundreds of megabytes. A row that is full
 * is looked at, and goes on with its end.
 */
export class WordRow {
  length = 0;
  readonly at = new Int32Array(MOST);
  readonly number = new Int16Array(MOST);
  /** How many line ends stand before each in its list. */
  readonly line = new Int32Array(MOST);
  /** 1 where it may be what a word is called: `WORD1=`, `"word":`, `<li>`. */
  readonly isLabel = new Uint8Array(MOST);

  get isFull(): boolean {
    return this.length === MOST;
  }

  add(at: number, number: number, line: number, isLabel: boolean): void {
    this.at[this.length] = at;
    this.number[this.length] = number;
    this.line[this.length] = line;
    this.isLabel[this.length++] = isLabel ? 1 : 0;
  }

  clear(): void {
    this.length = 0;
  }

  /** Leaves what a row of `count` words may have begun in: as many that are no labels, where the half of all holds them. */
  keepEnd(count: number): void {
    let from = this.length;
    for (let left = count - 1; left > 0 && from > MOST / 2; from--) if (this.isLabel[from - 1] === 0) left--;
    from = Math.min(from, Math.max(this.length - count + 1, 0));
    for (const list of [this.at, this.number, this.line, this.isLabel]) list.copyWithin(0, from, this.length);
    this.length -= from;
  }

  withoutLabels(): WordRow | null {
    return this.isLabel.subarray(0, this.length).includes(1) ? this.filter((index) => this.isLabel[index] === 0) : null;
  }

  filter(isLeft: (index: number) => boolean): WordRow {
    const left = new WordRow();
    for (let index = 0; index < this.length; index++)
      if (isLeft(index)) left.add(this.at[index] as number, this.number[index] as number, this.line[index] as number, false);
    return left;
  }
}
