import { existsSync, realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { gitOutput } from "./output.ts";
import { runGit } from "./process.ts";

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

/** A path as git names it. */
export function fromTop(top: string, path: string): string {
  return relative(realpathSync(top), resolve(path)).split(sep).join("/");
}
