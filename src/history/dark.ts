import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { classifyFile } from "../core/names.ts";
import { type BlobEntry, indexBlobs, readBlobs } from "../git/blobs.ts";
import { blobsAt, blobsEver, type Commit, reachableCommits, refs, stashes } from "../git/objects.ts";

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
  /** Some files' texts that seem to hold a value under the key, and their paths. */
  examples: { path: string; text: string }[];
}

const MOST_EXAMPLES = 50;
const VAULTS = ":(top,glob)**/.env*.vault";

/** Looks through work tree, index, stash and every ref of the repository that holds `root`. @param paths the vaults of the work tree */
export async function findUnderKey(root: string, paths: readonly string[], keyId: string): Promise<UnderKey> {
  const mark = Buffer.from(`.${keyId}:`);
  const present = paths.filter((path) => existsSync(join(root, path)));
  const workTree = present.filter((path) => readFileSync(join(root, path)).includes(mark));
  const found: UnderKey = { workTree, index: [], stashes: [], commits: [], allCommits: 0, refs: [], examples: [] };
  const [first] = workTree;
  if (first !== undefined) found.examples.push({ path: first, text: readFileSync(join(root, first), "utf8") });
  const holding = async (entries: readonly BlobEntry[]): Promise<Set<string>> => {
    const dark = new Set<string>();
    await readBlobs(root, entries, ({ oid, path }, content) => {
      if (!content.includes(mark)) return;
      dark.add(oid);
      if (found.examples.length < MOST_EXAMPLES) found.examples.push({ path, text: content.toString("utf8") });
    });
    return dark;
  };

  const staged = indexBlobs(root).filter(({ path }) => isVault(path));
  const darkStaged = await holding(staged);
  found.index = [...new Set(staged.filter(({ oid }) => darkStaged.has(oid)).map(({ path }) => path))];

  const stashed = stashes(root);
  // Only paths that ever held such a value are looked up in each commit.
  const versions = blobsEver(root, VAULTS).filter(({ path }) => isVault(path));
  const darkBlobs = await holding(versions.map((version) => ({ ...version, mode: "100644" })));
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
