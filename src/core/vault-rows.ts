import { isEnvsealError } from "../errors.ts";
import type { Token } from "./token.ts";
import { parseVaultRow, readHeader, type VaultAssignment } from "./vault.ts";

/** One version of a vault as numbers of its rows in a table: versions share nearly all of them. */
export interface Sheet {
  environment: string;
  /** The vault's id, b64u. */
  id: string;
  rows: Int32Array;
  /** What keeps this version from being a vault as a writer leaves it; it is read as far as it goes. */
  problem: string | null;
}

/** An assignment in its place. */
export interface PlacedRow {
  /** In the table. */
  row: number;
  name: string;
  token: Token;
  shown: string | undefined;
  /** The name of the assignment before it. */
  previous: string;
}

type Known = VaultAssignment | { kind: "comment"; token: Token } | null;

/** Every different row of a vault's versions, each parsed once: a history of thousands of versions fits into memory. */
export class RowTable {
  private readonly numbers = new Map<string, number>();
  private readonly known: Known[] = [];

  /** @throws nothing: what does not read is left out, and said in `problem` */
  read(text: string): Sheet {
    const [head = "", ...rows] = text.split("\n");
    const sheet = { ...headerOf(head), rows: new Int32Array(0) };
    const numbers: number[] = [];
    rows.forEach((row, index) => {
      if (row === "" || row === "\r") return;
      try {
        numbers.push(this.number(row, index + 2));
      } catch (error) {
        if (!isEnvsealError(error)) throw error;
        sheet.problem ??= error.message;
      }
    });
    return { ...sheet, rows: Int32Array.from(numbers) };
  }

  private number(row: string, line: number): number {
    const known = this.numbers.get(row);
    if (known !== undefined) return known;
    const parsed = parseVaultRow(row.endsWith("\r") ? row.slice(0, -1) : row, line, "the vault");
    this.numbers.set(row, this.known.length);
    this.known.push(parsed.kind === "assignment" || parsed.kind === "comment" ? parsed : null);
    return this.known.length - 1;
  }

  /** Comments' tokens of the rows from `from` up to `to`. */
  comments({ rows }: Sheet, from = 0, to: number = rows.length): Token[] {
    const found: Token[] = [];
    for (let at = from; at < to; at++) {
      const row = this.known[rows[at] as number];
      if (row?.kind === "comment") found.push(row.token);
    }
    return found;
  }

  /** The assignments among the rows from `from` up to `to`, by name; of a name that stands twice, the last. */
  assignments({ rows }: Sheet, from = 0, to: number = rows.length): Map<string, PlacedRow> {
    const found = new Map<string, PlacedRow>();
    let previous = this.nameBefore(rows, from);
    for (let at = from; at < to; at++) {
      const number = rows[at] as number;
      const row = this.known[number];
      if (row?.kind !== "assignment") continue;
      const { name, token, shown } = row;
      found.set(name, { row: number, name, token, shown, previous });
      previous = name;
    }
    return found;
  }

  private nameBefore(rows: Int32Array, from: number): string {
    for (let at = from - 1; at >= 0; at--) {
      const row = this.known[rows[at] as number];
      if (row?.kind === "assignment") return row.name;
    }
    return "";
  }
}

function headerOf(row: string): Omit<Sheet, "rows"> {
  try {
    return { ...readHeader(row.endsWith("\r") ? row.slice(0, -1) : row, 1, "the vault"), problem: null };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { environment: "", id: "", problem: error.message };
  }
}

/** How far two versions are the same from the start and from the end: [from, to) of each is what differs. */
export function differingRows(before: Sheet, after: Sheet): { before: [number, number]; after: [number, number] } {
  const [a, b] = [before.rows, after.rows];
  const least = Math.min(a.length, b.length);
  let from = 0;
  while (from < least && a[from] === b[from]) from++;
  let back = 0;
  while (back < least - from && a[a.length - 1 - back] === b[b.length - 1 - back]) back++;
  return { before: [from, a.length - back], after: [from, b.length - back] };
}
