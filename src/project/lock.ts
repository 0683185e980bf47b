import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvsealError } from "../errors.ts";
import { ensurePrivateFolder, findGitFolder, localFolder } from "./gitdir.ts";
import { isAlive, startTime } from "./process.ts";
import { ioError, isMissing } from "./read.ts";
import { sweepStaging } from "./write.ts";

const WAIT_MS = 60_000;
const POLL_MS = 15;

/**
 * Runs `action` while no other envseal process writes to this project. A lock whose owner died is taken over: the one
 * process that may remove it is the one that created its claim file, which carries the dead lock's own token.
 * @throws LOCKED after a minute, naming the file
 */
export async function withLock<T>(root: string, action: () => T | Promise<T>): Promise<T> {
  const git = findGitFolder(root);
  const folder = ensurePrivateFolder(localFolder(root));
  const path = git === null ? join(folder, "lock") : join(git, "envseal.lock");
  const owner = JSON.stringify({
    pid: process.pid,
    started: startTime(process.pid),
    host: hostname(),
    token: randomBytes(12).toString("hex"),
  });
  for (const deadline = Date.now() + WAIT_MS; !create(path, owner, folder); ) {
    if (takeOver(path, folder)) continue;
    if (Date.now() > deadline) {
      throw new EnvsealError("LOCKED", `another envseal process holds ${path}`, {
        hint: "wait for it to end; if none runs on any machine that shares this folder, delete the file",
      });
    }
    await sleep(POLL_MS + Math.random() * POLL_MS);
  }
  try {
    sweepStaging(folder);
    return await action();
  } finally {
    rmSync(path, { force: true });
    sweepClaims(path);
  }
}

/** False if the file is there already. Linked from a finished file, so that a kill never leaves an empty lock. */
function create(path: string, content: string, folder: string): boolean {
  const finished = join(folder, `tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  try {
    writeFileSync(finished, content, { mode: 0o600, flag: "wx" });
    linkSync(finished, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw ioError(error, `cannot lock ${path}`);
  } finally {
    rmSync(finished, { force: true });
  }
}

interface Owner {
  pid: number;
  started: string;
  host: string;
  token: string;
}

function readOwner(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw ioError(error, `cannot read ${path}`);
  }
}

function isDead({ pid, started, host }: Owner): boolean {
  if (host !== hostname()) return false;
  return !isAlive(pid) || (started !== "" && startTime(pid) !== started);
}

/** True if a dead owner's lock was removed by this process, or is gone already. */
function takeOver(path: string, folder: string): boolean {
  const owner = readOwner(path);
  if (owner === null || !isDead(owner)) return false;
  const self = JSON.stringify({ pid: process.pid, started: startTime(process.pid), host: hostname(), token: "" });
  for (let attempt = 0; ; attempt++) {
    const claim = `${path}.${owner.token}.${attempt}`;
    if (create(claim, self, folder)) break;
    const claimant = readOwner(claim);
    if (claimant === null || !isDead(claimant)) return false;
  }
  if (readOwner(path)?.token !== owner.token) return false;
  rmSync(path, { force: true });
  return true;
}

function sweepClaims(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(path), name), { force: true });
  }
}
