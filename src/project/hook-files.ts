import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, statSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { recordPath } from "./trusted-clones.ts";

/**
 * What this person's `hooks install` left in a git folder, kept outside it: an empty hook, or an empty runner, ends with 0 for every
 * commit, and whatever can write one there may write a mark of ours, too.
 */

/** Of bytes: of a larger file the size is compared alone, as a boot waits for it. */
const LARGE = 64 << 10;
/** pre-commit moves a hook that it finds there, and runs it. */
const MOVED = ["", ".legacy"];

interface Kept {
  path: string;
  size: number;
  digest: string;
  runs: boolean;
}

/** @param paths absolute, below the git folder. A read-only or absent home is no error */
export function rememberHookFiles(env: NodeJS.ProcessEnv, gitFolder: string, paths: readonly string[]): void {
  const record = recordPath(env, gitFolder);
  if (record === null) return;
  const kept = paths.map((path): Kept => ({ path: relative(gitFolder, path), ...stateOf(path) }));
  try {
    writeFileSync(`${record}.hooks`, JSON.stringify(kept), { mode: 0o600 });
  } catch {
    // They are then told apart by what the runner says alone.
  }
}

/** Absolute paths of those that are gone, or are not what they were; null where nothing is known about them. */
export function changedHookFiles(env: NodeJS.ProcessEnv, gitFolder: string): string[] | null {
  const kept = readKept(env, gitFolder);
  if (kept === null) return null;
  return kept.flatMap((file) => {
    const path = resolve(gitFolder, file.path);
    return MOVED.some((suffix) => isSame(path + suffix, file)) ? [] : [path];
  });
}

function readKept(env: NodeJS.ProcessEnv, gitFolder: string): Kept[] | null {
  try {
    const kept: unknown = JSON.parse(readFileSync(`${recordPath(env, gitFolder)}.hooks`, "utf8"));
    // A boot must not end over a note that is damaged.
    return Array.isArray(kept) && kept.every(isKept) ? kept : null;
  } catch {
    return null;
  }
}

function isKept(one: Partial<Kept> | null): one is Kept {
  return typeof one?.path === "string" && typeof one.size === "number" && typeof one.digest === "string" && typeof one.runs === "boolean";
}

function isSame(path: string, { size, digest, runs }: Kept): boolean {
  try {
    if (statSync(path).size !== size) return false;
    const now = size > LARGE ? null : stateOf(path);
    return now === null || (now.digest === digest && (now.runs || !runs));
  } catch {
    return false;
  }
}

function stateOf(path: string): Omit<Kept, "path"> {
  const bytes = readFileSync(path);
  return { size: bytes.length, digest: createHash("sha256").update(bytes).digest("hex"), runs: mayRun(path) };
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
