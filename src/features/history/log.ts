import { type Change, diffVaults, type RowOpener, type VaultDiff } from "../../core/vault/vault-diff.ts";
import { sheetOf, type VaultHistory, type Version } from "./versions.ts";

/** What one commit did to one vault. */
export interface LogEntry extends VaultDiff {
  version: Version;
  /** Where the vault stood before, if the commit moved it. */
  movedFrom: string | null;
  created: boolean;
  deleted: boolean;
  /** What keeps this version from being read as a whole. */
  problem: string | null;
}

/** Every commit that changed the vault, the newest first. A commit where lines met has what no line had brought. */
export function logOf(history: VaultHistory, opener: RowOpener): LogEntry[] {
  const byCommit = new Map(history.versions.map((version) => [version.commit, version]));
  return history.versions.map((version) => {
    const parents = version.parents.map((oid) => byCommit.get(oid));
    const after = sheetOf(history, version);
    const [diff, ...others] = (parents.length === 0 ? [undefined] : parents).map((parent) =>
      diffVaults(history.table, sheetOf(history, parent), after, opener),
    );
    const { changes, comments } = diff as VaultDiff;
    const [first] = parents;
    return {
      version,
      changes: changes.filter((change) => others.every((other) => other.changes.some(({ name }) => name === change.name))),
      comments: others.length === 0 ? comments : { added: 0, removed: 0 },
      movedFrom: first !== undefined && first.path !== version.path && first.blob !== null ? first.path : null,
      created: after !== null && parents.every((parent) => sheetOf(history, parent) === null),
      deleted: after === null,
      problem: after?.problem ?? null,
    };
  });
}

/** The changes of one variable, under every name that its value has had: a rename is followed to the earlier name. */
export function changesOf(entries: readonly LogEntry[], name: string): { entry: LogEntry; change: Change }[] {
  const names = new Set([name]);
  const found: { entry: LogEntry; change: Change }[] = [];
  for (const entry of entries) {
    for (const change of entry.changes) {
      if (!names.has(change.name)) continue;
      found.push({ entry, change });
      if (change.kind === "renamed" && change.from !== undefined) names.add(change.from);
    }
  }
  return found;
}
