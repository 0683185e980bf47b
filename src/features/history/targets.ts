import { realpathSync } from "node:fs";
import { basename, join, parse, relative } from "node:path";
import type { Context } from "../../context.ts";
import { environmentOfFile, MANIFEST_NAME } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import { VAULT_FILES } from "../../git/objects.ts";
import { gitLines } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";
import { fromTop, workTree } from "../../git/work-tree.ts";
import { workTreeTop } from "../../project/gitdir.ts";
import { inGit, type Project, selectTargets } from "../../workspace/project.ts";

/** A vault by its place in the repository and in the manifest. */
export interface HistoryTarget {
  /** From the repository's top, with `/`. */
  path: string;
  /** As the manifest lists it. */
  listed: string;
  /** Absolute. */
  file: string;
}

/** The top of the repository around the project. @throws GIT where there is none */
export function repositoryTop(project: Project): string {
  if (!inGit(project))
    throw new EnvsealError("GIT", "there is no git repository, and so no history", { hint: "git init, and commit the vaults" });
  // Without a process where a look at the folders tells.
  return workTreeTop(project.root) ?? workTree(project.root);
}

/** The vaults that a history command is about: the files named, -f, or all listed ones (of -e). */
export function historyTargets(project: Project, top: string, context: Context): HistoryTarget[] {
  const root = realpathSync(project.root);
  return selectTargets(project, context).map(({ path, listed }) => ({
    path: fromTop(top, join(root, relative(project.root, path))),
    listed,
    file: path,
  }));
}

/** The vaults below the project that today's manifest does not list any more, and what leads to HEAD had; none where some are chosen with -f. */
export function goneTargets(project: Project, top: string, listed: readonly HistoryTarget[], context: Context): HistoryTarget[] {
  if (context.file !== undefined) return [];
  const form = ["--format=", "--name-only", "-z", "--no-renames", "--full-history", "-m", "--diff-filter=A"];
  const known = new Set(listed.map(({ path }) => path));
  const own = fromTop(top, realpathSync(project.root));
  const others = gitLines(top, ["ls-files", "-z", "--", `:(top,glob)**/${MANIFEST_NAME}`], { nul: true })
    .map((path) => path.slice(0, -MANIFEST_NAME.length))
    .filter((folder) => folder !== (own === "" ? "" : `${own}/`));
  const isOurs = (path: string) =>
    (own === "" || path.startsWith(`${own}/`)) && !others.some((folder) => folder.length > own.length && path.startsWith(folder));
  return [...new Set(gitLines(top, ["log", ...form, "HEAD", "--", VAULT_FILES], { nul: true }))].flatMap((path) => {
    const environment = environmentOfFile(basename(path));
    if (environment === null || known.has(path) || !isOurs(path)) return [];
    if (context.environment !== undefined && context.environment !== environment) return [];
    return [{ path, listed: own === "" ? path : path.slice(own.length + 1), file: join(top, path) }];
  });
}

/** The pager that git would use, for a terminal, without what the repository's own configuration says: it may be a stranger's. */
export function gitPager(top: string): string | undefined {
  if (!process.stdout.isTTY) return undefined;
  const { status, stdout } = runGit(parse(top).root, ["var", "GIT_PAGER"]);
  return status === 0 ? stdout.toString("utf8").trim() : undefined;
}
