import { appendFileSync, chmodSync, lstatSync, readFileSync } from "node:fs";
import { ioError, isMissing } from "../project/read.ts";
import { writeAtomic } from "../project/write.ts";

/** Writes values to a file that only its owner reads, also where a file with another mode stood there. @throws IO */
export function writePrivate(root: string, path: string, text: string): void {
  try {
    if (lstatSync(path).isFile()) chmodSync(path, 0o600);
  } catch (error) {
    if (!isMissing(error)) throw ioError(error, `cannot write ${path}`);
  }
  writeAtomic(root, path, text, 0o600);
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
