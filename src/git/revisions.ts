import { EnvsealError } from "../errors.ts";
import { isShallow } from "./clone.ts";
import { gitLines } from "./output.ts";
import { runGit } from "./process.ts";

export interface Commit {
  oid: string;
  /** RFC 3339. */
  date: string;
}

/** The stash's entries, the newest first. */
export function stashes(folder: string): Commit[] {
  // `git stash list` needs a work tree.
  if (runGit(folder, ["rev-parse", "--verify", "--quiet", "refs/stash"]).status !== 0) return [];
  return commits(gitLines(folder, ["log", "-g", "--first-parent", "--no-patch", "--format=%H %cI", "refs/stash", "--"]));
}

/** Every commit that a ref reaches, but for the stash, the newest first. */
export function reachableCommits(folder: string): Commit[] {
  return commits(gitLines(folder, ["log", "--exclude=refs/stash", "--all", "--format=%H %cI"]));
}

function commits(lines: readonly string[]): Commit[] {
  return lines.map((row) => ({ oid: row.slice(0, row.indexOf(" ")), date: row.slice(row.indexOf(" ") + 1) }));
}

/** The names of branches, remote branches and tags, and the commit each stands for. */
export function refs(folder: string): { name: string; oid: string }[] {
  const format = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:short)";
  return gitLines(folder, ["for-each-ref", `--format=${format}`, "refs/heads", "refs/remotes", "refs/tags"]).map((row) => ({
    oid: row.slice(0, row.indexOf(" ")),
    name: row.slice(row.indexOf(" ") + 1),
  }));
}

/**
 * The commit where two lines of history parted.
 * @throws GIT where one of them, or where they parted, is not in this clone, or they have nothing in common
 */
export function mergeBase(folder: string, from: string, to: string): string {
  const { status, stdout } = runGit(folder, ["merge-base", "--end-of-options", from, to]);
  if (status === 0) return stdout.toString().trim();
  // In a shallow clone they may have parted before its first commits.
  if (status !== 1 || isShallow(folder)) throw baseMissing();
  throw new EnvsealError("GIT", `${from} and ${to} have no commit in common: there is nothing to compare with`, {
    hint: `to check all that ${to} holds, check it out, then: ENVSEAL_BASE= envseal check --ci`,
  });
}

/** The commit that an object's name leads to, or null where it leads to none. */
export function commitOf(folder: string, name: string): string | null {
  const { status, stdout } = runGit(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  return status === 0 ? stdout.toString().trim() : null;
}

export function baseMissing(): EnvsealError {
  return new EnvsealError("GIT", "the base of the range is not in this clone", {
    hint: "fetch the whole history: git fetch --unshallow (in GitHub Actions: fetch-depth: 0, in GitLab CI: GIT_DEPTH: 0)",
  });
}

/** Of `names`, the commits that no other one of them reaches. */
export function independentOf(folder: string, names: readonly string[]): string[] {
  return names.length < 2 ? [...names] : gitLines(folder, ["merge-base", "--independent", "--end-of-options", ...names]);
}

/** The commit that a revision names. @throws USAGE */
export function requireCommit(top: string, revision: string): string {
  const commit = commitOf(top, revision);
  if (commit === null) throw unknownRevision(revision);
  return commit;
}

export function unknownRevision(revision: string): EnvsealError {
  return new EnvsealError("USAGE", `there is no commit ${revision.replace(/[^\w./@{}^~-]/g, "?").slice(0, 80)}`, {
    hint: "git log --oneline lists them; before the first commit there is nothing to compare with",
  });
}

/** Commit → its place in history, the newest first: for putting the entries of several vaults into one order. */
export function commitOrder(top: string): Map<string, number> {
  return new Map(gitLines(top, ["rev-list", "--topo-order", "HEAD"]).map((oid, index) => [oid, index]));
}
