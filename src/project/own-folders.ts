import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { isBelow } from "./below.ts";
import { projectTop } from "./gitdir.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What leads elsewhere for each process, as a relative path does: `/proc/self/cwd` is a folder of the repository. */
const MOVING = /^\/(?:proc|dev\/fd)(?:\/|$)/;

/**
 * Where the person's own files are (XDG base directories; `%APPDATA%` and `%LOCALAPPDATA%` on Windows), or null without a home.
 * A place that a variable names and that is not the person's own counts for nothing, as a relative path does by the XDG standard.
 */
function base(env: Env, xdg: string, windows: string, fallback: readonly string[]): string | null {
  const set = process.platform === "win32" ? env[windows] : env[xdg];
  if (set !== undefined && isOwnPlace(set)) return join(set, "envseal");
  const home = homeFolder();
  return home === null ? null : join(home, ...fallback, "envseal");
}

function homeFolder(): string | null {
  try {
    const home = homedir();
    return isFixed(home) ? home : null;
  } catch {
    return null;
  }
}

/**
 * False where a repository may have put what is found there: wherever envseal runs, and in the work tree at hand. Variables come
 * from committed files too (Bun, `node --env-file`), and what is kept there decides whom this person trusts. A home that is the
 * work tree, or lies in it, is the person's own all the same: dotfiles, containers.
 */
export function isOwnPlace(folder: string): boolean {
  if (!isFixed(folder)) return false;
  const top = projectTop();
  if (top === null) return true;
  const [real, home] = [realpathSync.native(top), homeFolder()];
  return !isBelow(real, whereItIs(folder)) || (home !== null && isBelow(real, whereItIs(home)));
}

function isFixed(folder: string): boolean {
  return isAbsolute(folder) && !MOVING.test(normalize(folder));
}

/** As far as it is there. */
function whereItIs(folder: string): string {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  return realpathSync.native(there);
}

export function configFolder(env: Env): string | null {
  return base(env, "XDG_CONFIG_HOME", "APPDATA", [".config"]);
}

export function stateFolder(env: Env): string | null {
  return base(env, "XDG_STATE_HOME", "LOCALAPPDATA", [".local", "state"]);
}
