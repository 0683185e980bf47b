import { EnvsealError } from "../errors.ts";

export interface GitObject {
  oid: string;
  type: "blob" | "commit" | "tag" | "tree";
  size: number;
}

/** Of an object of over 16 MiB, whose bytes come in parts: where this one begins, and whether it is the last. */
interface Part {
  from: number;
  last: boolean;
  /** True where nothing is in the row that the object stands in. */
  clean?: boolean;
}

/** What is done with each object, in order. What a visitor is given is valid until it returns. */
export type Visit = (object: GitObject, content: Buffer, part: Part) => void;

/**
 * Asked of many objects in a row, trees among them; where it says true, none of them but the trees is visited. Whatever it looks
 * for in an object it finds in the row too.
 */
export type Skip = (row: Buffer) => boolean;

/** No vault and no manifest is larger. What is comes in parts, so that a file of any size takes bounded memory. */
export const WHOLE = 16 << 20;
/** What is gathered before it is looked at: less than what git can write meanwhile, so that both work at the same time. */
const ROW = 128 << 10;
/** In the place of git's headers: an id is a number of 20 bytes, and goes on what a file without a line end ends with. */
const NOTHING = 0x01;

/** An object, or a part of one, of the bytes that were gathered. */
interface Piece {
  object: GitObject;
  start: number;
  end: number;
  part: Part;
}

/** The stream of `cat-file --batch`: a line with id, type and size, then the bytes and a line end. */
export class BatchReader {
  /** Objects that were looked at to their end. */
  count = 0;
  private readonly visit: Visit;
  private readonly skip: Skip | undefined;
  /** Used again and again: a new one for each row costs as much as the search in it. */
  private bytes = Buffer.allocUnsafe(2 * ROW);
  private length = 0;
  /** How many bytes are worth a look: a row, or what a larger object lacks. */
  private enough = ROW;
  private current: { object: GitObject; from: number } | null = null;

  constructor(visit: Visit, skip?: Skip) {
    this.visit = visit;
    this.skip = skip;
  }

  get idle(): boolean {
    return this.current === null && this.length === 0;
  }

  push(chunk: Buffer): void {
    const needed = Math.max(this.length + chunk.length, this.enough);
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(needed + ROW);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    chunk.copy(this.bytes, this.length);
    this.length += chunk.length;
    if (this.length >= this.enough) this.look();
  }

  /** Looks at what has been gathered; what is not there to its end waits for more. @throws GIT at an object that git has not */
  look(): void {
    const pieces: Piece[] = [];
    let at = 0;
    let lacking: EnvsealError | null = null;
    this.enough = ROW;
    for (;;) {
      if (this.current === null) {
        const end = this.bytes.indexOf(0x0a, at);
        if (end === -1 || end >= this.length) break;
        const [oid = "", type = "", size = ""] = this.bytes.toString("latin1", at, end).split(" ");
        if (size === "") {
          lacking = unreadable(oid, type);
          break;
        }
        this.current = { object: { oid, type: type as GitObject["type"], size: Number(size) }, from: 0 };
        this.bytes.fill(NOTHING, at, end);
        at = end + 1;
      }
      const { object, from } = this.current;
      const size = Math.min(object.size - from, WHOLE);
      const last = object.size - from <= WHOLE;
      const taken = size + (last ? 1 : 0);
      if (this.length - at < taken) {
        this.enough = Math.max(ROW, taken);
        break;
      }
      pieces.push({ object, start: at, end: at + size, part: { from, last } });
      at += taken;
      this.current = last ? null : { object, from: from + size };
    }
    this.show(pieces, at);
    this.bytes.copyWithin(0, at, this.length);
    this.length -= at;
    if (lacking !== null) throw lacking;
  }

  private show(pieces: readonly Piece[], end: number): void {
    const whole = pieces.length > 0 && pieces.every(({ part }) => part.from === 0 && part.last);
    const skipped = whole && this.skip?.(this.bytes.subarray(0, end)) === true;
    for (const { object, start, end, part } of pieces) {
      part.clean = skipped;
      if (!skipped || object.type === "tree") this.visit(object, this.bytes.subarray(start, end), part);
      if (part.last) this.count++;
    }
  }
}

export function unreadable(oid: string, complaint: string): EnvsealError {
  const [first = ""] = complaint.split("\n");
  return new EnvsealError("GIT", `git cannot read ${oid}${first === "" ? "" : ` (${first})`}`, {
    hint: `git fsck shows what is damaged; a partial clone fetches it by: git cat-file -e ${oid}`,
  });
}

/** The names in a tree object. What is no tree has none. */
export function namesIn({ oid }: GitObject, tree: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const end = space === -1 ? -1 : tree.indexOf(0, space);
    if (end === -1) break;
    names.push(tree.toString("utf8", space + 1, end));
    at = end + 1 + oid.length / 2;
  }
  return names;
}
