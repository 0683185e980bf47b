import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findGitFolder, workTreeTop } from "./gitdir.ts";
import { isOwnClone } from "./own-clone.ts";
import { settingsText } from "./read.ts";

/**
 * True unless the folder is in a git clone whose hooks were never armed, or in a work tree of it where git has no hook to start:
 * `hooks install` leaves its runner in the git folder, the common one of linked worktrees, and this person's state folder knows that
 * clone: a runner alone may have come with it. No process is started.
 */
export function hooksAreArmed(folder: string): boolean {
  const git = findGitFolder(folder);
  if (git === null) return true;
  const shared = resolve(git, settingsText(join(git, "commondir")).trim());
  return existsSync(join(shared, "envseal", "run")) && isOwnClone(process.env, shared) && !lacksHookFiles(folder, git, shared);
}

/**
 * husky has git look in `.husky/_` of each work tree (core.hooksPath), which is in no commit: a new linked worktree, and one that was
 * cleaned, has none until packages are installed there. git starts nothing then, and says nothing.
 */
function lacksHookFiles(folder: string, git: string, shared: string): boolean {
  const settings = settingsText(join(shared, "config")) + settingsText(join(git, "config.worktree"));
  const [, path = ""] = [...settings.matchAll(/^\s*hooksPath\s*=\s*"?([^"\r\n]*?)"?\s*$/gim)].at(-1) ?? [];
  // Of a home, or set to nothing: git knows. Hooks of the configuration are started whatever files there are.
  if (path === "" || path.startsWith("~") || settings.includes('[hook "envseal-')) return false;
  return !existsSync(resolve(workTreeTop(folder) ?? folder, path, "pre-commit"));
}
