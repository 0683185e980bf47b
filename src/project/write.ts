import { chmodSync, closeSync, copyFileSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EnvsealError } from "../errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { ioError, isMissing } from "../system/read.ts";
import { untilWritten } from "../system/signals.ts";
import { makeStaging, sweepStaging, writeNew } from "../system/staging.ts";
import { refuseWayOut } from "./below.ts";
import { ensurePrivateFolder, localFolder } from "./gitdir.ts";

/**
 * Writes a file so that its path always holds either the old or the whole new content: into a private folder that git
 * never sees, synced, then renamed over the target.
 * @param mode for a new file; one that is replaced keeps its own
 * @throws IO; the target is then unchanged
 */
export function writeAtomic(root: string, path: string, content: Uint8Array | string, mode = 0o644): void {
  refuseWayOut(root, path);
  refuseLink(path);
  const kept = modeOf(path);
  replaceAtomic(root, path, content, kept ?? mode, kept !== undefined);
}

/** The same with this very mode, and in place of whatever stands there, be it a link. */
export function replaceAtomic(root: string, path: string, content: Uint8Array | string, mode: number, exact = true): void {
  const done = untilWritten();
  try {
    makeFolder(dirname(path));
    const staging = makeStaging(ensurePrivateFolder(localFolder(root)));
    try {
      const temporary = join(staging, basename(path));
      writeNew(temporary, content, mode);
      // What a umask took away.
      if (exact) chmodSync(temporary, mode);
      moveOver(temporary, path);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
    syncFolder(dirname(path));
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  } finally {
    done();
  }
}

function refuseLink(path: string): void {
  try {
    if (!lstatSync(path).isSymbolicLink()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw ioError(error, `cannot write ${path}`);
  }
  throw new EnvsealError("IO", `${path} is a symbolic link, and writing would replace it`, {
    hint: "remove the link, or name the file it points to",
  });
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}

/** Windows refuses a rename while a scanner or editor has the target open; a few retries outlast those. */
function moveOver(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EXDEV") return moveAcross(from, to);
      const passing = process.platform === "win32" && (code === "EPERM" || code === "EACCES" || code === "EBUSY");
      if (!passing || attempt === 20) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
}

/** The git folder is on another file system (a linked worktree may be): stage beside the target instead. */
function moveAcross(from: string, to: string): void {
  sweepStaging(dirname(to));
  const staging = makeStaging(dirname(to));
  try {
    const near = join(staging, basename(to));
    copyFileSync(from, near);
    const fd = openSync(near, "r+");
    fsyncSync(fd);
    closeSync(fd);
    renameSync(near, to);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
