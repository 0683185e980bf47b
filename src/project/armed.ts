import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findGitFolder } from "./gitdir.ts";
import { isOwnClone } from "./own-clone.ts";
import { settingsText } from "./read.ts";

/**
 * True unless the folder is in a git clone whose hooks were never armed: `hooks install` leaves its runner in the git folder,
 * the common one of linked worktrees, and this person's state folder knows that clone: a runner alone may have come with it. No process is started.
 */
export function hooksAreArmed(folder: string): boolean {
  const git = findGitFolder(folder);
  if (git === null) return true;
  const common = join(git, "commondir");
  const shared = resolve(git, settingsText(common).trim());
  return existsSync(join(shared, "envseal", "run")) && isOwnClone(process.env, shared);
}
