import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { settingsText } from "../system/read.ts";
import { findGitFolder, workTreeTop } from "./gitdir.ts";
import { changedHookFiles } from "./hook-files.ts";
import { isOwnClone } from "./trusted-clones.ts";

/**
 * What is to be said of the hooks of the git clone that the folder is in; null where they are armed, or there is no git. `hooks install`
 * leaves its runner in the git folder, the common one of linked worktrees, and this person's state folder knows that clone, and what was
 * put there: a runner alone may have come with it, and an emptied one stops nothing. No process is started.
 */
export function hooksFault(folder: string): string | null {
  const git = findGitFolder(folder);
  if (git === null) return null;
  const shared = resolve(git, settingsText(join(git, "commondir")).trim());
  const runner = join(shared, "envseal", "run");
  if (!isOwnClone(process.env, shared) || lacksHookFiles(folder, git, shared)) return UNARMED;
  const [changed] = changedHookFiles(process.env, shared) ?? (isWhole(settingsText(runner)) ? [] : [runner]);
  if (changed !== undefined && existsSync(changed)) return `${changed} is not what envseal installed`;
  return changed === undefined ? null : existsSync(runner) ? `${changed}, which envseal installed, is gone` : UNARMED;
}

const UNARMED = "the git hooks are not armed in this clone";

/** True where this person armed the hooks of the clone, and something has changed them. */
export function hooksWereChanged(folder: string): string | null {
  const fault = hooksFault(folder);
  return fault === UNARMED ? null : fault;
}

/** Of a runner about which nothing was noted, as earlier versions left it. */
function isWhole(runner: string): boolean {
  return /^program=program-/m.test(runner) && runner.endsWith("\nexit 1\n");
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
