import { createHash } from "node:crypto";
import { readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../system/make-folder.ts";
import { exposed } from "../system/permissions.ts";
import { stateFolder } from "./own-folders.ts";

/**
 * The clones whose hooks this person armed, kept outside them: a repository that was unpacked with its `.git` may hold
 * whatever we write into one, and must not have its hooks tried out.
 */

/** Remembers a git folder (the common one of linked worktrees). A read-only or absent home is no error. */
export function rememberClone(env: NodeJS.ProcessEnv, gitFolder: string): void {
  const path = recordPath(env, gitFolder);
  if (path === null) return;
  try {
    makeFolder(dirname(path), 0o700);
    writeFileSync(path, idOf(gitFolder), { mode: 0o600 });
  } catch {
    // Its hooks are then not tried out.
  }
}

export function isOwnClone(env: NodeJS.ProcessEnv, gitFolder: string): boolean {
  const path = recordPath(env, gitFolder);
  try {
    return path !== null && readFileSync(path, "utf8") === idOf(gitFolder) && exposed(path) === null;
  } catch {
    return false;
  }
}

export function forgetClone(env: NodeJS.ProcessEnv, gitFolder: string): void {
  const path = recordPath(env, gitFolder);
  for (const kept of path === null ? [] : [path, `${path}.hooks`]) rmSync(kept, { force: true });
}

/** Where this person's own notes about a clone are; null without a home. */
export function recordPath(env: NodeJS.ProcessEnv, gitFolder: string): string | null {
  const folder = stateFolder(env);
  const name = createHash("sha256").update(realpathSync(gitFolder)).digest("hex").slice(0, 32);
  return folder === null ? null : join(folder, "clones", name);
}

/** Another folder that came to stand at the same path is another clone. */
function idOf(gitFolder: string): string {
  return `${statSync(gitFolder).ino}\n`;
}
