import { gitLines } from "./output.ts";
import { runGit } from "./process.ts";

/** A file as a tree has it. */
export interface TreeFile {
  /** The commit, as it was named; empty for the index. */
  tree: string;
  path: string;
  oid: string;
  size: number;
}

/** The newest branches, remote branches and tags, the newest first, each commit once; and the ref that the current branch follows. */
export function newestRefs(folder: string, count: number): { commits: string[]; upstream: string | null } {
  const args = ["for-each-ref", "--sort=-creatordate", `--count=${count}`, "--format=%(objectname) %(HEAD) %(upstream)"];
  const { status, stdout } = runGit(folder, [...args, "refs/heads", "refs/remotes", "refs/tags"]);
  const rows = status === 0 ? stdout.toString().split("\n").filter(Boolean) : [];
  const current = rows.map((row) => row.split(" ")).find(([, head]) => head === "*");
  return { commits: [...new Set(rows.map((row) => row.slice(0, row.indexOf(" "))))], upstream: current?.[2] || null };
}

/** The commits that these names stand for; a name that stands for none is left out. */
export function commitsOf(folder: string, names: readonly string[]): string[] {
  const answers = gitLines(folder, ["cat-file", "--batch-check=%(objecttype) %(objectname)"], {
    input: names.map((name) => `${name}^{commit}\n`).join(""),
  });
  return [...new Set(answers.flatMap((row) => (row.startsWith("commit ") ? row.slice("commit ".length) : [])))];
}

/** The paths of the files that match the pathspec in a commit, and not in the index. */
export function missingInIndex(folder: string, commit: string, pathspec: string): string[] {
  const args = ["diff-index", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=D"];
  return gitLines(folder, [...args, "--end-of-options", commit, "--", pathspec], { nul: true });
}

/** What these trees have at these paths, in order. One process; a tree or a file that is not there is left out. */
export function filesAt(folder: string, trees: readonly string[], paths: readonly string[]): TreeFile[] {
  const wanted = trees.flatMap((tree) => paths.filter((path) => !path.includes("\n")).map((path) => ({ tree, path })));
  if (wanted.length === 0) return [];
  const answers = gitLines(folder, ["cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)"], {
    input: wanted.map(({ tree, path }) => `${tree}:${path}\n`).join(""),
  });
  return wanted.flatMap((each, index) => {
    const [type, oid = "", size = ""] = answers[index]?.split(" ") ?? [];
    return type === "blob" ? [{ ...each, oid, size: Number(size) }] : [];
  });
}
