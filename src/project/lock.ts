import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { EnvsealError } from "../errors.ts";
import { ensurePrivateFolder, findGitFolder, localFolder } from "./gitdir.ts";
import { isDead, ownerText, readOwner, UNREADABLE } from "./lock-owner.ts";
import { linkOrCopy } from "./own-file.ts";
import { ioError } from "./read.ts";
import { beforeSignal } from "./signals.ts";
import { stagingName, sweepStaging, writeNew } from "./staging.ts";

const WAIT_MS = 60_000;
const POLL_MS = 15;
/** From then on whoever waits is told for whom, and a lock that says nothing is given up. */
const PATIENCE_MS = 2000;

/**
 * Runs `action` while no other envseal process writes to this project. A lock whose owner died is taken over: the one
 * process that may remove it is the one that created its claim file, which carries the dead lock's own token. A signal
 * ends the process only between writes, and the lock goes first.
 * @throws LOCKED after a minute, naming the file and its owner
 */
export async function withLock<T>(root: string, { quiet }: { quiet: boolean }, action: () => T | Promise<T>): Promise<T> {
  const git = findGitFolder(root);
  const folder = ensurePrivateFolder(localFolder(root));
  const path = git === null ? join(folder, "lock") : join(git, "envseal.lock");
  const token = randomBytes(12).toString("hex");
  await acquire(path, folder, token, quiet);
  const release = () => {
    const owner = readOwner(path);
    // Somebody may have deleted it by hand, and another process may hold it now.
    if (owner === null || owner === UNREADABLE || owner.token !== token) return;
    rmSync(path, { force: true });
    sweepClaims(path);
  };
  const done = beforeSignal(release);
  try {
    sweepStaging(folder);
    return await action();
  } finally {
    release();
    // A signal that came while the last thing was written is obeyed.
    await nextTurn();
    done();
  }
}

async function acquire(path: string, folder: string, token: string, quiet: boolean): Promise<void> {
  const text = ownerText(token);
  let told = quiet;
  for (let waited = 0; !create(path, text, folder); ) {
    if (takeOver(path, folder)) continue;
    const owner = readOwner(path);
    if (waited > PATIENCE_MS && owner === UNREADABLE) throw unreadable(path);
    if (waited > WAIT_MS) throw locked(path, owner);
    if (waited > PATIENCE_MS && !told && owner !== null) {
      told = true;
      process.stderr.write(`waiting for ${describe(owner)}, which is writing to this project\n`);
    }
    const pause = POLL_MS + Math.random() * POLL_MS;
    await sleep(pause);
    // Counted, not read from a clock: that one may be set back or forth meanwhile.
    waited += pause;
  }
}

function describe(owner: ReturnType<typeof readOwner>): string {
  if (owner === null || owner === UNREADABLE) return "another envseal process";
  const where = owner.host === hostname() ? "" : ` on ${owner.host}`;
  return `process ${owner.pid}${where}${owner.since === "" ? "" : ` (since ${owner.since})`}`;
}

function locked(path: string, owner: ReturnType<typeof readOwner>): EnvsealError {
  return new EnvsealError("LOCKED", `${describe(owner)} holds ${path}`, {
    hint: "wait for it to end; if none runs on any machine that shares this folder, delete the file",
  });
}

function unreadable(path: string): EnvsealError {
  return new EnvsealError("LOCKED", `${path} does not say whose it is: it is damaged, or no lock of envseal's`, {
    hint: "if no envseal runs on any machine that shares this folder, delete the file, then run it again",
  });
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
