import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDead, ownerText, readOwner, UNREADABLE } from "./lock-owner.ts";
import { linkOrCopy } from "./private-file.ts";
import { ioError } from "./read.ts";
import { stagingName, writeNew } from "./staging.ts";

/**
 * A file that says which process may write. One whose owner died is taken over: the one process that may remove it is the
 * one that created its claim file, which carries the dead lock's own token.
 */
export class LockFile {
  readonly path: string;
  private readonly folder: string;
  private readonly token = randomBytes(12).toString("hex");

  /** @param folder for unfinished work, on the same file system */
  constructor(path: string, folder: string) {
    this.path = path;
    this.folder = folder;
  }

  /** False while another process holds it. @throws IO where it cannot be made */
  take(): boolean {
    while (!create(this.path, ownerText(this.token), this.folder)) if (!takeOver(this.path, this.folder)) return false;
    return true;
  }

  release(): void {
    const owner = readOwner(this.path);
    // Somebody may have deleted it by hand, and another process may hold it now.
    if (owner === null || owner === UNREADABLE || owner.token !== this.token) return;
    rmSync(this.path, { force: true });
    sweepClaims(this.path);
  }
}

/** False if the file is there already. Linked from a finished file, so that a kill never leaves an empty lock. */
function create(path: string, content: string, folder: string): boolean {
  const finished = join(folder, stagingName());
  try {
    writeNew(finished, content, 0o600);
    linkOrCopy(finished, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw ioError(error, `cannot lock ${path}`);
  } finally {
    rmSync(finished, { force: true });
  }
}

/** True if a dead owner's lock was removed by this process, or is gone already. */
function takeOver(path: string, folder: string): boolean {
  const owner = readOwner(path);
  if (!isDead(owner)) return false;
  for (let attempt = 0; ; attempt++) {
    const claim = `${path}.${owner.token}.${attempt}`;
    if (create(claim, ownerText(""), folder)) break;
    if (!isDead(readOwner(claim))) return false;
  }
  const now = readOwner(path);
  if (!isDead(now) || now.token !== owner.token) return false;
  rmSync(path, { force: true });
  return true;
}

function sweepClaims(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(path), name), { force: true });
  }
}
