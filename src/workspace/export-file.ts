import { appendFileSync, lstatSync, readFileSync } from "node:fs";
import { EnvsealError } from "../errors.ts";
import { replaceFile } from "../project/own-file.ts";
import { ioError, isMissing } from "../project/read.ts";

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

/** Adds to what other steps wrote; a last line of theirs that is not ended is ended first. @throws IO */
export function appendPrivate(path: string, text: string): void {
  try {
    appendFileSync(path, endsOpen(path) ? `\n${text}` : text, { mode: 0o600 });
  } catch (error) {
    throw ioError(error, `cannot write ${path}`);
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
