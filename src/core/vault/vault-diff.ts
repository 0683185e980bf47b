import type { PlacedRow, RowTable, Sheet } from "./vault-rows.ts";

/**
 * `changed` another value · `format` the same value with other quotes, spaces or inline comment · `rotated` the same line
 * under another key · `public`, `secret` shown in clear from now on, or no longer · `edited` some change that cannot be
 * opened to tell which, be it only the name before it · `renamed` a value that left one name for another
 */
export type ChangeKind = "added" | "removed" | "changed" | "renamed" | "format" | "public" | "secret" | "rotated" | "edited";

/** An assignment as one version has it. */
export interface Seen {
  version: number;
  keyId: string;
  /** Undefined where it could not be opened. */
  value: string | undefined;
  public: boolean;
}

export interface Change {
  name: string;
  kind: ChangeKind;
  /** The name that a renamed value had. */
  from?: string;
  before?: Seen;
  after?: Seen;
  /** Why a side could not be opened. */
  problem?: string;
}

export interface VaultDiff {
  changes: Change[];
  /** Comment lines that came and went. */
  comments: { added: number; removed: number };
}

/** One vault's diff, with what became of the file. */
export interface DiffedVault extends VaultDiff {
  path: string;
  movedFrom: string | null;
  created: boolean;
  deleted: boolean;
  /** What keeps a side from being read as a whole. */
  problem: string | null;
}

export interface OpenedRow {
  value: string;
  /** The exact text of the assignment. */
  raw: string;
  /** b64u: the key under which the value was first sealed. */
  since: string;
}

/** A row that could not be opened, and why: in a word or two. */
export interface ClosedRow {
  problem: string;
  value?: undefined;
}

/** Opens an assignment or a comment in its place. */
export interface RowOpener {
  assignment(sheet: Sheet, row: PlacedRow): OpenedRow | ClosedRow;
  /** The comment's text, or null. */
  comment(sheet: Sheet, token: PlacedRow["token"]): string | null;
}

/** Shorter values are too common to say that one moved from a name to another. */
const RENAMED_LENGTH = 6;

const NOTHING: Sheet = { environment: "", id: "", rows: new Int32Array(0), problem: null };

/** What changed from one version of a vault to another, by name, in the order of the later one. A missing version is an empty one. */
export function diffVaults(table: RowTable, before: Sheet | null, after: Sheet | null, opener: RowOpener): VaultDiff {
  const [from, to] = [before ?? NOTHING, after ?? NOTHING];
  const { before: old, after: now, comments } = table.changes(before, after);
  const changes: Change[] = [];
  for (const [name, row] of now) {
    const was = old.get(name);
    const change = was === undefined ? one("added", to, row, opener) : compare(from, was, to, row, opener);
    if (change !== null) changes.push(change);
  }
  for (const [name, row] of old) if (!now.has(name)) changes.push(one("removed", from, row, opener));
  const textOf = (sheet: Sheet) => (token: PlacedRow["token"]) => opener.comment(sheet, token) ?? token.text;
  const [gone, come] = [comments.before.map(textOf(from)), comments.after.map(textOf(to))];
  return { changes: withRenames(changes), comments: { added: excess(come, gone), removed: excess(gone, come) } };
}

function seen(sheet: Sheet, row: PlacedRow, opener: RowOpener): Seen {
  const { version, keyId } = row.token;
  return { version, keyId, value: opener.assignment(sheet, row).value, public: row.shown !== undefined };
}

/** A name that one version alone has. */
function one(kind: "added" | "removed", sheet: Sheet, row: PlacedRow, opener: RowOpener): Change {
  const opened = opener.assignment(sheet, row);
  const side = seen(sheet, row, opener);
  return {
    name: row.name,
    kind,
    ...(kind === "added" ? { after: side } : { before: side }),
    ...("problem" in opened && { problem: opened.problem }),
  };
}

/** Null for a line that only came to stand behind another one. */
function compare(from: Sheet, was: PlacedRow, to: Sheet, row: PlacedRow, opener: RowOpener): Change | null {
  const [before, after] = [seen(from, was, opener), seen(to, row, opener)];
  const change = (kind: ChangeKind): Change => ({ name: row.name, kind, before, after });
  const [old, now] = [opener.assignment(from, was), opener.assignment(to, row)];
  // Another line put before it changes its token too; but a changed value would hide behind such a line.
  const unopened = ({ problem }: ClosedRow) => ({ ...change(before.keyId === after.keyId ? "edited" : "rotated"), problem });
  if ("problem" in now) return unopened(now);
  if ("problem" in old) return unopened(old);
  if (old.value !== now.value) return change("changed");
  if (before.public !== after.public) return change(after.public ? "public" : "secret");
  if (old.raw !== now.raw) return change("format");
  return before.keyId === after.keyId ? null : change("rotated");
}

/** A value that left one name and came under another in the same step was renamed. */
function withRenames(changes: readonly Change[]): Change[] {
  const gone = changes.filter(({ kind, before }) => kind === "removed" && (before?.value?.length ?? 0) >= RENAMED_LENGTH);
  const taken = new Set<Change>();
  const renamed = changes.map((change): Change => {
    if (change.kind !== "added") return change;
    const source = gone.find((other) => !taken.has(other) && other.before?.value === change.after?.value);
    if (source?.before === undefined) return change;
    taken.add(source);
    return { ...change, kind: "renamed", from: source.name, before: source.before };
  });
  return renamed.filter((change) => !taken.has(change));
}

/** How many of `items` `others` do not have, counted. */
function excess(items: readonly string[], others: readonly string[]): number {
  const left = new Map<string, number>();
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  }).length;
}
