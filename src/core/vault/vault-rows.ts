import { isEnvsealError } from "../../errors.ts";
import { MAX_ROWS } from "../limits.ts";
import type { Token } from "./token.ts";
import { parseVaultRow, readHeader, type VaultAssignment } from "./vault.ts";

/** Why a version has no rows that count: no reader opens it. */
export const TOO_MANY_ROWS = `the file has more than ${MAX_ROWS} lines`;

/** After these, a version is no vault that a merge left in conflict, and each one takes an error to make. */
export const MOST_BAD_ROWS = 1000;

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

/** What two versions do not have in common. */
export interface RowChanges {
  before: Map<string, PlacedRow>;
  after: Map<string, PlacedRow>;
  comments: { before: Token[]; after: Token[] };
}

/** Every different row of a vault's versions, each parsed once: a history of thousands of versions fits into memory. */
export class RowTable {
  private readonly numbers = new Map<string, number>();
  private readonly known: Known[] = [];
  private marks = new Uint32Array(1024);
  private mark = 0;

  /** @throws nothing: what does not read is left out, and said in `problem` */
  read(text: string): Sheet {
    const [head = "", ...rows] = text.split("\n", MAX_ROWS + 2);
    const sheet = { ...readHead(head), rows: new Int32Array(0) };
    if (rows.length > MAX_ROWS) return { ...sheet, problem: TOO_MANY_ROWS };
    const numbers: number[] = [];
    let bad = 0;
    for (const [index, row] of rows.entries()) {
      if (row === "" || row === "\r") continue;
      if (bad === MOST_BAD_ROWS) break;
      try {
        numbers.push(this.number(row, index + 2));
      } catch (error) {
        if (!isEnvsealError(error)) throw error;
        sheet.problem ??= error.message;
        bad++;
      }
    }
    return { ...sheet, rows: Int32Array.from(numbers) };
  }

  /** The number of a row that is neither blank nor the header. @throws MALFORMED_VAULT, CONFLICT_MARKERS */
  number(row: string, line: number): number {
    const known = this.numbers.get(row);
    if (known !== undefined) return known;
    const parsed = parseVaultRow(row.endsWith("\r") ? row.slice(0, -1) : row, line, "the vault");
    this.numbers.set(row, this.known.length);
    this.known.push(parsed.kind === "assignment" || parsed.kind === "comment" ? parsed : null);
    return this.known.length - 1;
  }

  /** The assignments by name; of a name that stands twice, the last. @param wanted of which row numbers; all by default */
  assignments(sheet: Sheet, wanted?: (row: number) => boolean): Map<string, PlacedRow> {
    return this.select(sheet, wanted).assignments;
  }

  /** What stands in one version and not in the other. A missing version has nothing. */
  changes(before: Sheet | null, after: Sheet | null): RowChanges {
    const [old, now] = [this.select(before, this.notIn(after)), this.select(after, this.notIn(before))];
    return { before: old.assignments, after: now.assignments, comments: { before: old.comments, after: now.comments } };
  }

  /** Tells which rows a version lacks. The answer holds until it is asked of another one. */
  private notIn(sheet: Sheet | null): (row: number) => boolean {
    if (this.marks.length < this.known.length) this.marks = new Uint32Array(this.known.length * 2);
    const mark = ++this.mark;
    for (const row of sheet?.rows ?? []) this.marks[row] = mark;
    return (row) => this.marks[row] !== mark;
  }

  private select(
    sheet: Sheet | null,
    wanted: (row: number) => boolean = () => true,
  ): { assignments: Map<string, PlacedRow>; comments: Token[] } {
    const assignments = new Map<string, PlacedRow>();
    const comments: Token[] = [];
    let previous = "";
    for (const number of sheet?.rows ?? []) {
      const row = this.known[number];
      if (row == null) continue;
      const taken = wanted(number);
      if (row.kind === "comment") {
        if (taken) comments.push(row.token);
        continue;
      }
      const { name, token, shown } = row;
      if (taken) assignments.set(name, { row: number, name, token, shown, previous });
      previous = name;
    }
    return { assignments, comments };
  }
}

/** A version without its rows yet: what its first line says. */
export function readHead(row: string): Omit<Sheet, "rows"> {
  try {
    return { ...readHeader(row.endsWith("\r") ? row.slice(0, -1) : row, 1, "the vault"), problem: null };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { environment: "", id: "", problem: error.message };
  }
}
