import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readFileSync } from "node:fs";
import { EnvsealError } from "../errors.ts";
import { replaceFile } from "../project/own-file.ts";
import { ioError, isMissing } from "../project/read.ts";
import { writeWhole } from "../project/staging.ts";

/**
 * Writes values to a file that only its owner reads, also where one with another mode stood there. It is made beside its
 * place: in a container the project's folder may be read-only.
 */
export function writePrivate(path: string, text: string): void {
  try {
    refuseOther(path);
    replaceFile(path, text, 0o600);
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  }
}

/** Renaming would replace a link, a device or a pipe. */
function refuseOther(path: string): void {
  try {
    if (lstatSync(path).isFile()) return;
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new EnvsealError("IO", `${path} is no regular file, and writing would replace it`, {
    hint: "name another file, or leave --output away and redirect",
  });
}

/** Adds to what other steps wrote, all or nothing; a last line of theirs that is not ended is ended first. @throws IO */
export function appendPrivate(path: string, text: string): void {
  try {
    const added = Buffer.from(endsOpen(path) ? `\n${text}` : text);
    const fd = openSync(path, "a", 0o600);
    try {
      append(fd, added);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
  }
}

/** Half of it would be some of the variables, which a step that goes on after an error would take. */
function append(fd: number, bytes: Buffer): void {
  const before = fstatSync(fd);
  try {
    writeWhole(fd, bytes);
  } catch (error) {
    if (before.isFile()) ftruncateSync(fd, before.size);
    throw error;
  }
}

function endsOpen(path: string): boolean {
  try {
    const before = readFileSync(path);
    return before.length > 0 && before.at(-1) !== 0x0a;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
