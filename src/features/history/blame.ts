import type { RowOpener } from "../../core/vault/vault-diff.ts";
import type { PlacedRow, Sheet } from "../../core/vault/vault-rows.ts";
import { sheetOf, type VaultHistory, type Version } from "./versions.ts";

/** A variable of the newest version, and the commit that gave it the value it has. */
export interface Blamed {
  row: PlacedRow;
  version: Version;
}

/**
 * For each assignment the commit its value came from, passed from each version to whichever parent has the same value: a
 * rotation or a new neighbour changes the token, and quotes or a comment the text, and neither gives a value.
 */
export function blameOf(history: VaultHistory, opener: RowOpener): { sheet: Sheet; lines: Blamed[] } | null {
  const [newest] = history.versions;
  const sheet = sheetOf(history, newest);
  if (newest === undefined || sheet === null) return null;
  /** Rows that cannot be opened are the same where their token is, or where only the key or the neighbour is another. */
  const isSame = (a: Sheet | null, row: PlacedRow | undefined, b: Sheet | null, other: PlacedRow | undefined): boolean => {
    if (a === null || b === null || row === undefined || other === undefined) return false;
    if (row.row === other.row) return true;
    const [one, two] = [opener.assignment(a, row), opener.assignment(b, other)];
    if ("problem" in one || "problem" in two) return row.token.keyId !== other.token.keyId || row.previous !== other.previous;
    return one.value === two.value;
  };
  const byCommit = new Map(history.versions.map((version) => [version.commit, version]));
  const open = new Map<string, Set<string>>([[newest.commit, new Set(history.table.assignments(sheet).keys())]]);
  const blamed = new Map<string, Version>();
  for (const version of history.versions) {
    const names = open.get(version.commit);
    if (names === undefined) continue;
    open.delete(version.commit);
    const own = sheetOf(history, version);
    for (const oid of version.parents) {
      const parent = sheetOf(history, byCommit.get(oid));
      if (parent === null) continue;
      const { before, after } = history.table.changes(parent, own);
      const kept = [...after].filter(([name, row]) => names.has(name) && !isSame(own, row, parent, before.get(name))).map(([name]) => name);
      const passed = new Set(names);
      for (const name of kept) passed.delete(name);
      for (const name of passed) names.delete(name);
      open.set(oid, new Set([...(open.get(oid) ?? []), ...passed]));
    }
    for (const name of names) blamed.set(name, version);
  }
  const lines = [...history.table.assignments(sheet).values()].map((row) => ({ row, version: blamed.get(row.name) ?? newest }));
  return { sheet, lines };
}
