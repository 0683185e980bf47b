import { constants, copyFileSync, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { untilWritten } from "./signals.ts";
import { isWithoutLinks, stagingName, sweepStaging, writeNew } from "./staging.ts";

/**
 * Files outside a project, such as a person's pins and identities: made beside their place, since they belong to no git folder,
 * and moved there when they are whole and on disk. What a killed process left beside them goes with the next write.
 */
export function replaceFile(path: string, content: Uint8Array | string, mode: number): void {
  beside(path, content, mode, (temporary) => renameSync(temporary, path));
}

/** As replaceFile, and never over a file that is there (EEXIST). */
export function createFile(path: string, content: Uint8Array | string, mode: number): void {
  beside(path, content, mode, (temporary) => linkOrMove(temporary, path));
}

/** Keeps a file that is to be replaced under another name, which nothing reads. */
export function setAside(path: string): void {
  if (existsSync(path)) renameSync(path, `${path}.${new Date().toISOString().replaceAll(":", "")}.old`);
}

function beside(path: string, content: Uint8Array | string, mode: number, place: (temporary: string) => void): void {
  makeFolder(dirname(path), 0o700);
  sweepStaging(dirname(path));
  const temporary = nameBeside(path);
  const done = untilWritten();
  try {
    writeNew(temporary, content, mode);
    place(temporary);
  } finally {
    rmSync(temporary, { force: true });
    done();
  }
}

/** For a file that is not whole yet, or not any more. */
export function nameBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${stagingName()}`);
}

/** Some file systems know no hard links (FAT, some network shares): there, nobody else may be writing the same file. */
function linkOrMove(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    if (existsSync(path)) throw Object.assign(error as Error, { code: "EEXIST" });
    renameSync(temporary, path);
  }
}

/** A second name for a file, or a copy of it where there are no hard links. Fails where the name is taken (EEXIST). */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
