import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readdirSync, readlinkSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive, startTime } from "./process.ts";

/** A folder may be shared with a machine or container whose processes cannot be asked: what is theirs is left for so long. */
const FOREIGN_MS = 7 * 86_400_000;

/** The machine and its process table: a container may have its host's name, and its process ids mean nothing outside it. */
export function processSpace(): string {
  let space = "";
  try {
    space = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux.
  }
  return createHash("sha256").update(`${hostname()}\0${space}`).digest("hex").slice(0, 12);
}

/** `tmp-<pid>-<start>-<process space>-<random>`: names unfinished work, so that a later run removes what a killed one left. */
export function stagingName(): string {
  return `tmp-${process.pid}-${startTime(process.pid)}-${processSpace()}-${randomBytes(6).toString("hex")}`;
}

/** A new folder for unfinished work, 0700. */
export function makeStaging(folder: string): string {
  const staging = join(folder, stagingName());
  mkdirSync(staging, { mode: 0o700 });
  return staging;
}

/** Removes what killed processes left in the folder: under a staging name, or under one behind the name of a file. */
export function sweepStaging(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    try {
      if (isAbandoned(folder, name)) rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // In a folder for everybody it is another user's.
    }
  }
}

function isAbandoned(folder: string, name: string): boolean {
  const parts = /^(?:\..+\.)?tmp-(\d+)-(\d*)-([0-9a-f]{12})-[0-9a-f]{12}$/.exec(name);
  if (parts === null) return false;
  const [, pid, started, space] = parts;
  if (space === processSpace()) return !isAlive(Number(pid)) || (started !== "" && startTime(Number(pid)) !== started);
  const age = Date.now() - (lstatSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age > FOREIGN_MS;
}

/** A new file, whole and on disk when this returns; fails where one is there. What it began it takes away again. */
export function writeNew(path: string, content: Uint8Array | string, mode: number): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const fd = openSync(path, "wx", mode);
  try {
    try {
      writeWhole(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** One call may write a part only. */
export function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

const WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** True where the file system knows no hard links. */
export function isWithoutLinks(error: unknown): boolean {
  return WITHOUT_LINKS.has((error as NodeJS.ErrnoException).code);
}
