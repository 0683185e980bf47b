import { MAX_ROWS } from "../../core/limits.ts";
import { MOST_BAD_ROWS, type RowTable, readHead, type Sheet, TOO_MANY_ROWS } from "../../core/vault/vault-rows.ts";
import { isEnvsealError } from "../../errors.ts";

const LF = 0x0a;
/** Compared at once: most of a version is what the one before it was. */
const STRETCH = 4096;

/** Where each row of a version starts, and how long it is. */
interface Read {
  bytes: Buffer;
  sheet: Sheet;
  starts: number[];
  lengths: number[];
}

/**
 * Reads versions of one vault one after the other: what is byte for byte as in the version read before is not taken apart
 * again. Gives what `RowTable.read` gives.
 */
export class SheetReader {
  private readonly table: RowTable;
  private last: Read | undefined;

  constructor(table: RowTable) {
    this.table = table;
  }

  /** @param content valid until this returns */
  read(content: Buffer): Sheet {
    // What did not read is not among the rows, so that version helps with no other.
    const last = this.last?.sheet.problem === null ? this.last : undefined;
    const bytes = Buffer.from(content);
    const rows: number[] = [];
    const read: Read = { bytes, sheet: { environment: "", id: "", rows: new Int32Array(0), problem: null }, starts: [], lengths: [] };
    const take = (row: number, start: number, length: number) => {
      rows.push(row);
      read.starts.push(start);
      read.lengths.push(length);
    };
    const headEnd = endOf(bytes, 0);
    const head = readHead(bytes.toString("utf8", 0, headEnd));
    if (hasTooManyRows(bytes)) return { ...head, rows: read.sheet.rows, problem: TOO_MANY_ROWS };
    let { problem } = head;
    let bad = 0;
    for (let at = headEnd + 1, next = 0; at < bytes.length && bad < MOST_BAD_ROWS; ) {
      if (bytes[at] === LF) {
        at++;
        continue;
      }
      const [from, to] = last === undefined ? [0, 0] : sameRows(last, next, bytes, at);
      if (last !== undefined && to > from) {
        const shift = at - (last.starts[from] as number);
        for (let index = from; index < to; index++)
          take(last.sheet.rows[index] as number, (last.starts[index] as number) + shift, last.lengths[index] as number);
        at = (last.starts[to - 1] as number) + shift + (last.lengths[to - 1] as number) + 1;
        next = to;
        continue;
      }
      const end = endOf(bytes, at);
      try {
        const row = bytes.toString("utf8", at, end);
        if (row !== "\r") take(this.table.number(row, 1), at, end - at);
      } catch (error) {
        if (!isEnvsealError(error)) throw error;
        problem ??= this.problemAt(bytes, at, end);
        bad++;
      }
      at = end + 1;
    }
    read.sheet = { ...head, problem, rows: Int32Array.from(rows) };
    this.last = read;
    return read.sheet;
  }

  /** The line's number is counted only where there is something to say about it. */
  private problemAt(bytes: Buffer, at: number, end: number): string {
    const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === LF ? 1 : 0), 1);
    try {
      this.table.number(bytes.toString("utf8", at, end), line);
    } catch (error) {
      if (isEnvsealError(error)) return error.message;
      throw error;
    }
    return "";
  }
}

function hasTooManyRows(bytes: Buffer): boolean {
  if (bytes.length <= MAX_ROWS) return false;
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1 && count <= MAX_ROWS; at = bytes.indexOf(LF, at + 1)) count++;
  return count > MAX_ROWS;
}

function endOf(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LF, at);
  return end === -1 ? bytes.length : end;
}

/** Which rows of the version before, from `next` on, stand at this place: a stretch of them, or one of the next three. */
function sameRows({ bytes: old, starts, lengths }: Read, next: number, bytes: Buffer, at: number): [from: number, to: number] {
  const start = starts[next];
  if (start === undefined) return [0, 0];
  if (isSame(old, start, bytes, at, STRETCH)) {
    let to = next;
    while (to < starts.length && (starts[to] as number) + (lengths[to] as number) < start + STRETCH) to++;
    if (to > next) return [next, to];
  }
  for (let index = next; index < next + 3 && index < starts.length; index++)
    if (isSame(old, starts[index] as number, bytes, at, (lengths[index] as number) + 1)) return [index, index + 1];
  return [0, 0];
}

function isSame(a: Buffer, from: number, b: Buffer, at: number, length: number): boolean {
  return from + length <= a.length && at + length <= b.length && a.compare(b, at, at + length, from, from + length) === 0;
}
