import { RowTable, type Sheet } from "../../core/vault/vault-rows.ts";
import { readBlobs } from "../../git/blobs.ts";
import { isShallow } from "../../git/clone.ts";
import { blobsAt, VAULT_FILES } from "../../git/objects.ts";
import { gitLines, gitOutput } from "../../git/output.ts";
import { FORM, parseLog, type Version } from "./commits.ts";
import { SheetReader } from "./version-reader.ts";

export type { Version } from "./commits.ts";

/** A vault does not change its place often; a cycle of renames must not go on for ever. */
const MAX_PLACES = 50;

/**
 * Every version of the vault at `path` (from the repository's top) that `revision` reaches, the newest first, every commit
 * before its parents. A vault that stood at another path before, be it on one side of a merge, is followed there by its id.
 * @throws GIT
 */
export async function vaultVersions(folder: string, path: string, revision = "HEAD"): Promise<Version[]> {
  const found = new Map<string, Version>();
  const queue = [{ path, revision }];
  let left = MAX_PLACES;
  for (const place of queue) {
    if (found.get(place.revision)?.path === place.path) continue;
    if (left-- === 0) break;
    const versions = versionsAt(folder, place.path, place.revision);
    // A commit that moves the vault has it at one of its two places.
    const fresh = versions.filter(({ commit, blob }) => !found.has(commit) || (blob !== null && found.get(commit)?.blob === null));
    for (const version of fresh) found.set(version.commit, version);
    for (const { version, parent, earlier } of await placesBefore(folder, fresh, versions)) {
      const [tip] = versionsAt(folder, earlier, parent);
      if (tip === undefined) continue;
      const gone = (oid: string) => found.get(oid)?.blob === null || oid === tip.commit;
      version.parents = [...version.parents.filter((oid) => !gone(oid)), tip.commit];
      queue.push({ path: earlier, revision: tip.commit });
    }
  }
  return inOrder(found);
}

/** Every commit before its parents, line by line as git has them. */
function inOrder(found: ReadonlyMap<string, Version>): Version[] {
  const later = new Map<string, number>();
  for (const { parents } of found.values()) for (const oid of parents) later.set(oid, (later.get(oid) ?? 0) + 1);
  const ready = [...found.values()].filter(({ commit }) => !later.has(commit)).reverse();
  const ordered: Version[] = [];
  for (let version = ready.pop(); version !== undefined; version = ready.pop()) {
    ordered.push(version);
    for (const oid of version.parents) {
      const left = (later.get(oid) ?? 0) - 1;
      later.set(oid, left);
      const parent = found.get(oid);
      if (left === 0 && parent !== undefined) ready.push(parent);
    }
  }
  return ordered;
}

function versionsAt(folder: string, path: string, revision: string): Version[] {
  const output = gitOutput(folder, [
    "log",
    "--topo-order",
    "--parents",
    ...FORM,
    "--end-of-options",
    revision,
    "--",
    `:(top,literal)${path}`,
  ]);
  const versions = parseLog(output).map(({ version, blobs: [blob] }) => ({ version: { ...version, path }, blob: blob?.oid }));
  // git shows no blob for a merge.
  const left = versions.filter(({ blob }) => blob === undefined);
  const blobs =
    left.length === 0
      ? []
      : blobsAt(
          folder,
          left.map(({ version: { commit } }) => ({ oid: commit, path })),
        );
  left.forEach((entry, index) => {
    entry.blob = blobs[index] ?? null;
  });
  return versions.map(({ version, blob }) => ({ ...version, blob: blob ?? null }));
}

/** The parents at which a version's vault stood elsewhere, and where. @param all of the same place: what they deleted may have been moved */
async function placesBefore(folder: string, fresh: readonly Version[], all: readonly Version[]) {
  const deleted = new Set(all.flatMap(({ commit, blob }) => (blob === null ? [commit] : [])));
  const byCommit = new Map(fresh.flatMap((version) => (version.blob === null ? [] : [[version.commit, version] as const])));
  if (byCommit.size === 0) return [];
  // The log told the parents that have the vault here alone.
  const rows = gitLines(folder, ["rev-list", "--no-walk", "--parents", "--stdin"], { input: `${[...byCommit.keys()].join("\n")}\n` });
  const pairs = rows.flatMap((row) => {
    const [commit = "", ...parents] = row.split(" ");
    const version = byCommit.get(commit) as Version;
    const asked = parents.length > 1 || version.parents.length === 0 || version.parents.some((oid) => deleted.has(oid));
    return asked ? parents.map((parent) => ({ version, parent })) : [];
  });
  if (pairs.length === 0) return [];
  const there = blobsAt(
    folder,
    pairs.map(({ version, parent }) => ({ oid: parent, path: version.path })),
  );
  const found: { version: Version; parent: string; earlier: string }[] = [];
  for (const [index, { version, parent }] of pairs.entries()) {
    const earlier = there[index] == null ? await placeBefore(folder, version, parent) : null;
    if (earlier !== null) found.push({ version, parent, earlier });
  }
  return found;
}

/** Where the vault stood before the commit that has it here: a vault of the same id that the commit took away from its parent. */
async function placeBefore(folder: string, { commit, path, blob }: Version, parent: string): Promise<string | null> {
  const form = ["-r", "--no-renames", "--raw", "-z", "--no-abbrev", "--diff-filter=D"];
  const fields = gitLines(folder, ["diff-tree", ...form, "--end-of-options", parent, commit, "--", VAULT_FILES], { nul: true });
  const gone: { path: string; oid: string }[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2)
    gone.push({ oid: (fields[index] as string).split(" ")[2] ?? "", path: fields[index + 1] as string });
  if (gone.length === 0) return null;
  const table = new RowTable();
  const ids = new Map<string, string>();
  await readBlobs(folder, [{ path, oid: blob as string }, ...gone], (entry, content) => {
    ids.set(entry.oid, table.read(content.toString("utf8").split("\n", 1)[0] ?? "").id);
  });
  const id = ids.get(blob as string);
  return gone.find(({ oid }) => id !== "" && ids.get(oid) === id)?.path ?? null;
}

/** A vault's history with the rows of each of its versions. */
export interface VaultHistory {
  path: string;
  versions: Version[];
  table: RowTable;
  /** By blob. */
  sheets: Map<string, Sheet>;
  /** True where the clone is shallow: earlier versions may be missing. */
  cut: boolean;
}

/** @throws GIT where an object cannot be read, as in a partial clone */
export async function readHistory(folder: string, path: string, revision = "HEAD"): Promise<VaultHistory> {
  const versions = await vaultVersions(folder, path, revision);
  const table = new RowTable();
  const sheets = new Map<string, Sheet>();
  const reader = new SheetReader(table);
  const entries = versions.flatMap((version) => (version.blob === null ? [] : [{ path: version.path, oid: version.blob }]));
  await readBlobs(folder, entries, ({ oid }, content) => {
    if (!sheets.has(oid)) sheets.set(oid, reader.read(content));
  });
  const cut = isShallow(folder);
  return { path, versions, table, sheets, cut };
}

/** The vault as a version left it; null where it was not there. */
export function sheetOf({ sheets }: VaultHistory, version: Version | undefined): Sheet | null {
  return version?.blob == null ? null : (sheets.get(version.blob) ?? null);
}
