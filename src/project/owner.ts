import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { EnvsealError } from "../errors.ts";

/**
 * Whose files we may keep things among. git refuses a repository that belongs to another user, unless `safe.directory` of the
 * person's own configuration lets it through: whoever owns a folder decides what stands in it, whatever the modes say.
 */

/** Everybody whose files are ours: this user, and whoever became root by sudo. Undefined where files have no such owner (Windows). */
function ourselves(): readonly number[] | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  const sudo = process.env.SUDO_UID ?? "";
  return own === 0 && /^\d{1,10}$/.test(sudo) ? [own, Number(sudo)] : [own];
}

/** @param more another owner who will do */
export function isOurs({ uid }: Pick<Stats, "uid">, more?: number): boolean {
  return uid === more || (ourselves()?.includes(uid) ?? true);
}

/**
 * As git would: the work tree's top, what stands there as `.git`, and the git folder must be ours. git itself, which costs
 * time, is asked only where one is not.
 * @param entry the `.git` of the work tree @throws GIT
 */
export function refuseOthersGit(entry: string, gitFolder: string): void {
  const top = dirname(entry);
  if ([top, entry, gitFolder].every((path) => isOurs(lstatSync(path))) || gitTakes(top, gitFolder)) return;
  throw new EnvsealError("GIT", `${entry} belongs to another user, so git does not use it, and nothing is kept in it`, {
    hint: `if it is yours: git config --global --add safe.directory '${top}'; if not, work elsewhere, or have it removed`,
  });
}

function gitTakes(top: string, gitFolder: string): boolean {
  // A git folder that is named is one that git does not ask about.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|COMMON_DIR)$/.test(name)));
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, stdout } = spawnSync("git", ["rev-parse", "--absolute-git-dir"], { cwd: top, env });
  return status === 0 && realpathSync(stdout.toString().trimEnd()) === realpathSync(gitFolder);
}
