import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** How the folders are called, in a git folder, in which git's hooks and drivers have their copy of the program. */
export const COPY = "program-";
/** A file of such a folder: where the program was copied from. Nothing is started by it. */
export const ORIGIN = "origin";

/** True for a file of such a copy. */
export function isCopied(file: string): boolean {
  const folder = dirname(file);
  return basename(folder).startsWith(COPY) && basename(dirname(folder)) === "envseal";
}

/** The installed program: this one, or the one that this was copied from. */
export function installedProgram(): string {
  const started = process.argv[1] ?? "";
  if (!isCopied(started)) return started;
  try {
    return readFileSync(join(dirname(started), ORIGIN), "utf8").trimEnd();
  } catch {
    return started;
  }
}

/** This program's own file, without the links that lead to it: npm starts it by one in node_modules/.bin. */
export function realProgram(): string {
  return realpathSync(installedProgram());
}
