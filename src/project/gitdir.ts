import { chmodSync, existsSync, lstatSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { MANIFEST_NAME } from "../core/names.ts";
import { EnvsealError } from "../errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { ioError, settingsText } from "../system/read.ts";
import { isOurs, refuseOthersGit } from "./owner.ts";

/**
 * The git folder that belongs to this work tree (`.git`, or what a `.git` file of a linked worktree or submodule names),
 * from `folder` upwards; null outside git. Without a git process: `get` and `set` cannot afford one.
 */
export function findGitFolder(folder: string): string | null {
  const entry = findGitEntry(folder);
  return entry === null ? null : gitFolderOf(entry);
}

/** The folder that holds the nearest `.git`, or null outside git. */
export function workTreeTop(folder: string): string | null {
  const entry = findGitEntry(folder);
  return entry === null ? null : dirname(entry);
}

/** The top of the project that this process runs in: its work tree, or outside git where its manifest is; null where it is in none. */
export function projectTop(): string | null {
  let folder: string;
  try {
    folder = process.cwd();
  } catch {
    // It was removed.
    return null;
  }
  const entry = findGitEntry(folder) ?? findUpwards(folder, MANIFEST_NAME);
  return entry === null ? null : dirname(entry);
}

/** The nearest `.git`, whatever it is. */
function findGitEntry(folder: string): string | null {
  return findUpwards(folder, ".git");
}

function findUpwards(folder: string, name: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, name);
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return null;
  }
}

function gitFolderOf(entry: string): string | null {
  return statSync(entry).isDirectory() ? entry : linkedGitFolder(dirname(entry), entry);
}

function linkedGitFolder(workTree: string, file: string): string | null {
  const match = /^gitdir: (.+)$/m.exec(settingsText(file));
  const folder = match === null ? null : resolve(workTree, match[1] as string);
  return folder !== null && existsSync(folder) ? folder : null;
}

const OUTSIDE_GIT = ".envseal";

/**
 * Where locks, records and unfinished writes live: `.git/envseal`, or `.envseal` beside the manifest outside git.
 * @throws GIT where git would not use this `.git`
 */
export function localFolder(root: string): string {
  const entry = findGitEntry(root);
  const git = entry === null ? null : gitFolderOf(entry);
  if (entry === null || git === null) return join(root, OUTSIDE_GIT);
  refuseOthersGit(entry, git);
  return join(git, "envseal");
}

/**
 * A folder that nobody else writes to: made where it is not there, and neither a link nor another user's.
 * @param path below a folder of git's, or beside a manifest: whoever owns that may own this
 * @throws IO
 */
export function ensurePrivateFolder(path: string): string {
  try {
    makeFolder(path, 0o700);
    const stats = lstatSync(path);
    if (!stats.isDirectory()) throw refused(path, "is a symbolic link, which is not followed");
    if (!isOurs(stats, lstatSync(dirname(path)).uid)) throw refused(path, "belongs to another user");
    if ((stats.mode & 0o022) !== 0 && isOurs(stats)) chmodSync(path, 0o700);
    for (const folder of [path, dirname(path)]) if (basename(folder) === OUTSIDE_GIT) keepOutOfGit(folder);
  } catch (error) {
    throw ioError(error, `cannot make the folder ${path}`);
  }
  return path;
}

function refused(path: string, what: string): EnvsealError {
  return new EnvsealError("IO", `${path} ${what}: nothing is kept there`, { hint: "remove it, then run it again" });
}

/** A repository may be made around it later, and nothing of this machine is for others. */
function keepOutOfGit(folder: string): void {
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
