import { lstatSync } from "node:fs";
import { hostname } from "node:os";
import { readPlain } from "./plain-file.ts";
import { isAlive, startTime } from "./process.ts";
import { processSpace } from "./staging.ts";

/** What a lock file says of the process that made it. */
export interface Owner {
  pid: number;
  /** Empty where the system does not tell, as everything below it. */
  started: string;
  host: string;
  space: string;
  since: string;
  token: string;
}

const MAX_BYTES = 4096;

/** A lock that does not say whose it is. */
export const UNREADABLE = Symbol("unreadable");

export function ownerText(token: string): string {
  const owner: Owner = {
    pid: process.pid,
    started: startTime(process.pid),
    host: hostname(),
    space: processSpace(),
    since: new Date().toISOString(),
    token,
  };
  return JSON.stringify(owner);
}

/** Null where there is no lock any more. */
export function readOwner(path: string): Owner | typeof UNREADABLE | null {
  const bytes = readPlain(path, MAX_BYTES);
  if (bytes === null && lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  try {
    const { pid, started, host, space = "", since = "", token } = JSON.parse(String(bytes));
    const texts = [started, host, space, since, token];
    // The token becomes part of a file's name, and the rest of a message.
    const isSound =
      Number.isInteger(pid) &&
      pid > 0 &&
      texts.every((value) => typeof value === "string" && !/[^\x20-\x7e]/.test(value)) &&
      /^[A-Za-z0-9]*$/.test(token);
    return isSound ? { pid, started, host, space, since, token } : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

/** Only of a process of this very machine and process table can it be said. */
export function isDead(owner: Owner | typeof UNREADABLE | null): owner is Owner {
  if (owner === null || owner === UNREADABLE || owner.host !== hostname()) return false;
  if (owner.space !== "" && owner.space !== processSpace()) return false;
  return !isAlive(owner.pid) || (owner.started !== "" && startTime(owner.pid) !== owner.started);
}
