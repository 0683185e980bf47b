import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { MANIFEST_NAME } from "../core/names.ts";
import { EnvsealError } from "../errors.ts";
import { isShallow } from "./clone.ts";
import { runGit } from "./process.ts";

/** What git prints. @throws GIT with git's own first line, which names paths and options */
export function gitOutput(folder: string, args: readonly string[], input: string | Buffer = "", hooks = false): Buffer {
  const { status, stdout, stderr, error } = runGit(folder, args, { input, hooks });
  if (status === 0) return stdout;
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT" && existsSync(folder)) throw noGit(error);
  const [first = ""] = stderr.toString().split("\n");
  throw new EnvsealError("GIT", `git ${args[0]} failed: ${first}`, { hint: "run the same git command by hand to see more", cause: error });
}

function noGit(cause: Error | undefined): EnvsealError {
  return new EnvsealError("GIT", "git is not installed, or not in PATH", {
    hint: "install it (in an image: apt-get install git, apk add git); envseal get, run and the loader need none",
    cause,
  });
}

/** What git prints, by line; or by NUL, where names of files stand in it. @throws GIT */
export function gitLines(
  folder: string,
  args: readonly string[],
  { nul = false, input = "" }: { nul?: boolean; input?: string } = {},
): string[] {
  return gitOutput(folder, args, input)
    .toString("utf8")
    .split(nul ? "\0" : "\n")
    .filter(Boolean);
}

/** The pathspec of every file whose name may be a vault's, wherever in the repository. */
export const VAULT_FILES = ":(top,glob)**/.env*.vault";
/** That of every manifest. */
export const MANIFEST_FILES = `:(top,glob)**/${MANIFEST_NAME}`;

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

/** The blob at each commit and path, in order; null where there is none. One process. */
export function blobsAt(folder: string, queries: readonly { oid: string; path: string }[]): (string | null)[] {
  const safe = queries.map(({ oid, path }) => (path.includes("\n") ? "\n" : `${oid}:${path}\n`));
  const answers = gitOutput(folder, ["cat-file", "--batch-check=%(objecttype) %(objectname)"], safe.join("")).toString("utf8").split("\n");
  return queries.map((_query, index) => (answers[index]?.startsWith("blob ") ? answers[index].slice("blob ".length) : null));
}

/** The names of branches, remote branches and tags, and the commit each stands for. */
export function refs(folder: string): { name: string; oid: string }[] {
  const format = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:short)";
  return gitLines(folder, ["for-each-ref", `--format=${format}`, "refs/heads", "refs/remotes", "refs/tags"]).map((row) => ({
    oid: row.slice(0, row.indexOf(" ")),
    name: row.slice(row.indexOf(" ") + 1),
  }));
}

export interface Version {
  path: string;
  oid: string;
  /** As git records it, where that is known. */
  mode?: string;
}

/**
 * Every version that reachable commits (of all refs and stash entries, and of `more`) give a file matching the pathspec, each
 * once.
 */
export function blobsEver(folder: string, pathspec: string, more: readonly string[] = []): Version[] {
  return blobsIn(folder, ["--all", "--stdin"], pathspec, reached([...stashes(folder).map(({ oid }) => oid), ...more], []));
}

/** Every version that the commits reached by `revisions` give a file matching the pathspec, each once. */
export function blobsOf(folder: string, revisions: readonly string[], pathspec: string): Version[] {
  return blobsIn(folder, ["--end-of-options", ...revisions], pathspec);
}

function blobsIn(folder: string, args: readonly string[], pathspec: string, input = ""): Version[] {
  const versions = rawLog(folder, ["-m", "--diff-filter=d", ...args, "--", pathspec], input);
  return [...new Map(versions.map((version) => [version.oid, version])).values()];
}

/** Each change of a file that `git log` shows; one that was removed is of no oid. */
function rawLog(folder: string, args: readonly string[], input = ""): Version[] {
  const form = ["--no-renames", "--raw", "-z", "--no-abbrev", "--format="];
  const fields = gitOutput(folder, ["log", ...form, ...args], input)
    .toString("utf8")
    .split("\0");
  const found: Version[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    // A merge's has the modes and ids of all its parents in front; the last of each are what it made.
    const parts = (fields[index] as string).split(" ");
    const oid = parts.at(-2) ?? "";
    found.push({ oid: isNone(oid) ? "" : oid, path: fields[index + 1] as string, mode: parts[(parts.length - 3) / 2] ?? "" });
  }
  return found;
}

/** As git writes that there is no object. */
export const isNone = (oid: string) => /^0+$/.test(oid);

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

/**
 * oid → path (empty for commits, tags and top trees) of every object that `wanted` reaches and `known` do not.
 * @param lazily without those that a partial clone has not fetched
 */
export function objectsIn(folder: string, wanted: readonly string[], known: readonly string[], lazily = false): Map<string, string> {
  const named = gitLines(folder, ["rev-list", "--objects", ...(lazily ? ["--missing=allow-promisor"] : []), "--stdin"], {
    input: reached(wanted, known),
  });
  return new Map(
    named.map((row) => {
      const space = row.indexOf(" ");
      return space === -1 ? [row, ""] : [row.slice(0, space), row.slice(space + 1)];
    }),
  );
}

/** For git's --stdin: what `wanted` reach and `known` do not. */
function reached(wanted: readonly string[], known: readonly string[]): string {
  return [...wanted, ...known.map((commit) => `^${commit}`)].map((row) => `${row}\n`).join("");
}

/** How many objects that `wanted` reach and `known` do not a partial clone lacks. */
export function unfetchedIn(folder: string, wanted: readonly string[], known: readonly string[]): number {
  const named = gitLines(folder, ["rev-list", "--objects", "--missing=print", "--stdin"], { input: reached(wanted, known) });
  return named.filter((row) => row.startsWith("?")).length;
}

/**
 * The path of every file that a commit which `wanted` reach and `known` do not adds, changes or removes, and what that commit
 * gives it; all of a root's.
 */
export function changesIn(folder: string, wanted: readonly string[], known: readonly string[]): { changed: Version[]; removed: string[] } {
  const all = rawLog(folder, ["-c", "--stdin"], reached(wanted, known));
  return { changed: all.filter(({ oid }) => oid !== ""), removed: all.flatMap(({ oid, path }) => (oid === "" ? path : [])) };
}

/** What changed from one commit to another, in files that match the pathspecs: the path of each, and of those that are gone. */
export function changedBetween(
  folder: string,
  from: string,
  to: string,
  pathspecs: readonly string[] = [],
): { changed: string[]; gone: string[] } {
  const args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options", from, to, "--", ...pathspecs];
  const fields = gitOutput(folder, args).toString("utf8").split("\0");
  const [changed, gone]: [string[], string[]] = [[], []];
  for (let index = 0; index + 1 < fields.length; index += 2)
    ((fields[index] as string).endsWith(" D") ? gone : changed).push(fields[index + 1] as string);
  return { changed, gone };
}

/** Of `names`, the commits that no other one of them reaches. */
export function independentOf(folder: string, names: readonly string[]): string[] {
  return names.length < 2 ? [...names] : gitLines(folder, ["merge-base", "--independent", "--end-of-options", ...names]);
}

/** Every version of a file that any commit of any ref or stash entry ever added. */
export function changesEver(folder: string): Version[] {
  const input = reached(
    stashes(folder).map(({ oid }) => oid),
    [],
  );
  return rawLog(folder, ["-c", "--diff-filter=d", "--all", "--stdin"], input);
}

/**
 * The work tree's top folder (a bare repository's own) and the git folder. git starts hooks at the top, and says where the
 * git folder is where that is not `.git` there: so mostly there is nothing to ask.
 * @throws GIT
 */
export function workTreeAndGitFolder(folder: string, env: NodeJS.ProcessEnv): { top: string; gitFolder: string } {
  const usual = resolve(folder, ".git");
  const named = env.GIT_DIR || env.GIT_WORK_TREE || env.GIT_COMMON_DIR;
  return !named && existsSync(join(usual, "HEAD")) ? { top: resolve(folder), gitFolder: usual } : foldersOf(folder);
}

function foldersOf(folder: string): { top: string; gitFolder: string } {
  const { status, stdout } = runGit(folder, ["rev-parse", "--show-toplevel", "--absolute-git-dir"]);
  const [top = "", gitFolder = ""] = stdout.toString("utf8").split("\n");
  if (status === 0) return { top, gitFolder };
  const bare = gitOutput(folder, ["rev-parse", "--is-bare-repository"]).toString().trim() === "true";
  if (!bare) gitOutput(folder, ["rev-parse", "--show-toplevel"]);
  const own = gitOutput(folder, ["rev-parse", "--absolute-git-dir"]).toString("utf8").replace(/\n$/, "");
  return { top: own, gitFolder: own };
}

/** The work tree's top folder, or a bare repository's own. @throws GIT outside of one, with git's own reason (such as "dubious ownership") */
export function workTree(folder: string): string {
  return foldersOf(folder).top;
}
