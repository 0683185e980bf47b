import { hostname } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { EnvsealError } from "../errors.ts";
import { LockFile } from "../system/lock-file.ts";
import { readOwner, UNREADABLE } from "../system/lock-owner.ts";
import { beforeSignal } from "../system/signals.ts";
import { sweepStaging } from "../system/staging.ts";
import { ensurePrivateFolder, findGitFolder, localFolder } from "./gitdir.ts";

const WAIT_MS = 60_000;
const POLL_MS = 15;
/** From then on whoever waits is told for whom, and a lock that says nothing is given up. */
const PATIENCE_MS = 2000;

/**
 * Runs `action` while no other envseal process writes to this project. A signal ends the process only between writes, and the
 * lock goes first.
 * @throws LOCKED after a minute, naming the file and its owner
 */
export async function withLock<T>(root: string, { quiet }: { quiet: boolean }, action: () => T | Promise<T>): Promise<T> {
  const git = findGitFolder(root);
  const folder = ensurePrivateFolder(localFolder(root));
  const lock = new LockFile(git === null ? join(folder, "lock") : join(git, "envseal.lock"), folder);
  await acquire(lock, quiet);
  const release = () => lock.release();
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

async function acquire(lock: LockFile, quiet: boolean): Promise<void> {
  let told = quiet;
  for (let waited = 0; !lock.take(); ) {
    const owner = readOwner(lock.path);
    if (waited > PATIENCE_MS && owner === UNREADABLE) throw unreadable(lock.path);
    if (waited > WAIT_MS) throw locked(lock.path, owner);
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
