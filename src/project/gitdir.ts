import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { ioError } from "./read.ts";

/**
 * The git folder that belongs to this work tree (`.git`, or what a `.git` file of a linked worktree or submodule names),
 * from `folder` upwards; null outside git. Without a git process: `get` and `set` cannot afford one.
 */
export function findGitFolder(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, ".git");
    if (existsSync(candidate)) return statSync(candidate).isDirectory() ? candidate : linkedGitFolder(at, candidate);
    if (dirname(at) === at) return null;
  }
}

/** The folder that holds the nearest `.git`, or null outside git. */
export function workTreeTop(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return null;
  }
}

function linkedGitFolder(workTree: string, file: string): string | null {
  const match = /^gitdir: (.+)$/m.exec(readFileSync(file, "utf8"));
  const folder = match === null ? null : resolve(workTree, match[1] as string);
  return folder !== null && existsSync(folder) ? folder : null;
}

const OUTSIDE_GIT = ".envseal";

/** Where locks, the sync record and unfinished writes live: `.git/envseal`, or `.envseal` beside the manifest outside git. */
export function localFolder(root: string): string {
  const git = findGitFolder(root);
  return git === null ? join(root, OUTSIDE_GIT) : join(git, "envseal");
}

export function ensurePrivateFolder(path: string): string {
  try {
    makeFolder(path, 0o700);
    for (const folder of [path, dirname(path)]) if (basename(folder) === OUTSIDE_GIT) keepOutOfGit(folder);
  } catch (error) {
    throw ioError(error, `cannot make the folder ${path}`);
  }
  return path;
}

/** A repository may be made around it later, and nothing of this machine is for others. */
function keepOutOfGit(folder: string): void {
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
