import { MANIFEST_NAME } from "../core/names.ts";
import { gitLines, gitOutput } from "./output.ts";
import { stashes } from "./revisions.ts";

/** The pathspec of every file whose name may be a vault's, wherever in the repository. */
export const VAULT_FILES = ":(top,glob)**/.env*.vault";
/** That of every manifest. */
export const MANIFEST_FILES = `:(top,glob)**/${MANIFEST_NAME}`;

/** The blob at each commit and path, in order; null where there is none. One process. */
export function blobsAt(folder: string, queries: readonly { oid: string; path: string }[]): (string | null)[] {
  const safe = queries.map(({ oid, path }) => (path.includes("\n") ? "\n" : `${oid}:${path}\n`));
  const answers = gitOutput(folder, ["cat-file", "--batch-check=%(objecttype) %(objectname)"], safe.join("")).toString("utf8").split("\n");
  return queries.map((_query, index) => (answers[index]?.startsWith("blob ") ? answers[index].slice("blob ".length) : null));
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

/** Every version of a file that any commit of any ref or stash entry ever added. */
export function changesEver(folder: string): Version[] {
  const input = reached(
    stashes(folder).map(({ oid }) => oid),
    [],
  );
  return rawLog(folder, ["-c", "--diff-filter=d", "--all", "--stdin"], input);
}

/** The text of a blob. @throws GIT */
export function blobText(top: string, oid: string): string {
  return gitOutput(top, ["cat-file", "blob", oid]).toString("utf8");
}
