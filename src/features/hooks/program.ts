import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EnvsealError } from "../../errors.ts";
import { COPY, ORIGIN } from "../../project/own-program.ts";
import { makeFolder } from "../../system/make-folder.ts";
import { replaceFile } from "../../system/private-file.ts";
import { makeStaging } from "../../system/staging.ts";

/**
 * What git's hooks and drivers start is a copy in the git folder, under the digest of all its files. A program in the work tree
 * would be whatever a branch tracks under its name: git writes that before it runs post-checkout.
 */

/** The line of hooks/run that says where the program is. */
const PLACE = /^program=.*$/m;

interface ProgramFile {
  name: string;
  bytes: Buffer;
}

/** Copies the program, and its runner, which names the copy: before that, what was there is still started. @param bin the package's dist/bin */
export function installProgram(runner: string, bin: string): void {
  const folder = dirname(runner);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    throw new EnvsealError("GIT", `${folder} is a link, and what git starts must lie in the git folder itself`, {
      hint: "remove the link, then run envseal hooks install again",
    });
  makeFolder(folder, 0o700);
  const files = programFiles(bin);
  const name = nameOf(files);
  if (!holds(join(folder, name), files)) place(folder, name, files);
  replaceFile(join(folder, name, ORIGIN), `${join(bin, "cli.js")}\n`, 0o600);
  replaceFile(runner, runnerText(bin).replace(PLACE, `program=${name}`), 0o755);
  removePrograms(folder, name);
}

/** True where the copy is the program at `bin`, byte for byte, and the runner starts it. */
export function isProgramCurrent(runner: string, bin: string): boolean {
  if (!existsSync(runner)) return false;
  const files = programFiles(bin);
  const name = nameOf(files);
  return readFileSync(runner, "utf8") === runnerText(bin).replace(PLACE, `program=${name}`) && holds(join(dirname(runner), name), files);
}

/** Removes every copy but `kept`. */
export function removePrograms(folder: string, kept?: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.startsWith(COPY) && name !== kept) rmSync(join(folder, name), { recursive: true, force: true });
}

/** The files of the copies there, which hooks and drivers start. */
export function programPaths(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(COPY))
    .flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)));
}

/** A test may have put one beside it, and an installation its own: those are no part of the program. */
function programFiles(bin: string): ProgramFile[] {
  return readdirSync(bin, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:c?js|br)$|^package\.json$/.test(entry.name))
    .map(({ name }) => ({ name, bytes: readFileSync(join(bin, name)) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

const runnerText = (bin: string) => readFileSync(join(bin, "../../hooks/run"), "utf8");

function nameOf(files: readonly ProgramFile[]): string {
  const digest = createHash("sha256");
  for (const { name, bytes } of files) digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  return `${COPY}${digest.digest("hex").slice(0, 32)}`;
}

function holds(folder: string, files: readonly ProgramFile[]): boolean {
  try {
    if (lstatSync(folder).isSymbolicLink()) return false;
    const known = new Set([...files.map(({ name }) => name), ORIGIN]);
    if (readdirSync(folder).some((name) => !known.has(name))) return false;
    return files.every(({ name, bytes }) => lstatSync(join(folder, name)).isFile() && readFileSync(join(folder, name)).equals(bytes));
  } catch {
    return false;
  }
}

/** Whole, or not there: made in a folder beside it. */
function place(folder: string, name: string, files: readonly ProgramFile[]): void {
  const staging = makeStaging(folder);
  try {
    for (const { name: file, bytes } of files) writeFileSync(join(staging, basename(file)), bytes, { mode: 0o644, flag: "wx" });
    // As the runner is: a repository may be shared.
    chmodSync(staging, 0o755);
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(staging, join(folder, name));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
