import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { classifyFile } from "../../core/names.ts";
import { type BlobEntry, indexBlobs, readBlobs } from "../../git/blobs.ts";
import { blobsAt, blobsEver, VAULT_FILES } from "../../git/objects.ts";
import { type Commit, reachableCommits, refs, stashes } from "../../git/revisions.ts";

/** Where values stand under one key: what would go dark without it. */
export interface UnderKey {
  /** Files of the work tree and of the index. */
  workTree: string[];
  index: string[];
  /** `stash@{0}` and so on. */
  stashes: string[];
  /** Commits whose vaults hold a value under the key, the newest first, of how many there are. */
  commits: Commit[];
  allCommits: number;
  /** Branches and tags that stand on such a commit. */
  refs: string[];
}

/** A file's text that seems to hold a value under some key. */
export interface Example {
  path: string;
  text: string;
}

const MOST_EXAMPLES = 50;

/** Files of the work tree alone: all there is to look at outside git. */
export function underKeyOnDisk(root: string, paths: readonly string[], keyId: string): UnderKey {
  const workTree = paths.filter((path) => existsSync(join(root, path)) && readFileSync(join(root, path)).includes(markOf(keyId)));
  return { workTree, index: [], stashes: [], commits: [], allCommits: 0, refs: [] };
}

/** What stands in a vault's text before every token under the key. */
function markOf(keyId: string): Buffer {
  return Buffer.from(`.${keyId}:`);
}

/** Up to 50 files for each key that seem to hold a value under it, from work tree, index and history: each object is read once. */
export async function findExamples(root: string, paths: readonly string[], keyIds: readonly string[]): Promise<Map<string, Example[]>> {
  const marks = keyIds.map((keyId) => ({ mark: markOf(keyId), examples: [] as Example[], keyId }));
  const look = (path: string, content: Buffer) => {
    for (const { mark, examples } of marks)
      if (examples.length < MOST_EXAMPLES && content.includes(mark)) examples.push({ path, text: content.toString("utf8") });
  };
  for (const path of paths) if (existsSync(join(root, path))) look(path, readFileSync(join(root, path)));
  const recorded = [...indexBlobs(root), ...blobsEver(root, VAULT_FILES)].filter(({ path }) => isVault(path));
  await readBlobs(root, recorded, ({ path }, content) => look(path, content));
  return new Map(marks.map(({ keyId, examples }) => [keyId, examples]));
}

/** Looks through work tree, index, stash and every ref of the repository that holds `root`. @param paths the vaults of the work tree */
export async function findUnderKey(root: string, paths: readonly string[], keyId: string): Promise<UnderKey> {
  const mark = markOf(keyId);
  const found = underKeyOnDisk(root, paths, keyId);
  const holding = async (entries: readonly BlobEntry[]): Promise<Set<string>> => {
    const dark = new Set<string>();
    await readBlobs(root, entries, ({ oid }, content) => {
      if (content.includes(mark)) dark.add(oid);
    });
    return dark;
  };

  const staged = indexBlobs(root).filter(({ path }) => isVault(path));
  const darkStaged = await holding(staged);
  found.index = [...new Set(staged.filter(({ oid }) => darkStaged.has(oid)).map(({ path }) => path))];

  const stashed = stashes(root);
  // Only paths that ever held such a value are looked up in each commit.
  const versions = blobsEver(root, VAULT_FILES).filter(({ path }) => isVault(path));
  const darkBlobs = await holding(versions);
  const held = [...new Set(versions.filter(({ oid }) => darkBlobs.has(oid)).map(({ path }) => path))];
  const darkOf = (oids: readonly string[]): Set<string> => {
    const queries = oids.flatMap((oid) => held.map((path) => ({ oid, path })));
    const blobs = blobsAt(root, queries);
    return new Set(queries.filter((_query, index) => darkBlobs.has(blobs[index] ?? "")).map(({ oid }) => oid));
  };

  const commits = reachableCommits(root);
  const dark = darkOf(commits.map(({ oid }) => oid));
  found.commits = commits.filter(({ oid }) => dark.has(oid));
  found.allCommits = commits.length;
  // A stash entry keeps the index and untracked files in parents of its own.
  const parts = darkOf(stashed.flatMap(({ oid }) => [oid, `${oid}^2`, `${oid}^3`]));
  found.stashes = stashed.flatMap(({ oid }, index) =>
    [oid, `${oid}^2`, `${oid}^3`].some((part) => parts.has(part)) ? [`stash@{${index}}`] : [],
  );
  found.refs = refs(root).flatMap(({ oid, name }) => (dark.has(oid) ? [name] : []));
  return found;
}

function isVault(path: string): boolean {
  return classifyFile(path.slice(path.lastIndexOf("/") + 1))?.kind === "vault";
}
