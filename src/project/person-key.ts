import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { exposed } from "../system/permissions.ts";
import { readPlain } from "../system/plain-file.ts";
import { createFile } from "../system/private-file.ts";
import { stateFolder } from "./own-folders.ts";

const BYTES = 32;

function keyPath(env: NodeJS.ProcessEnv): string | null {
  const folder = stateFolder(env);
  return folder === null ? null : join(folder, "records-key");
}

/**
 * 32 random bytes of this person on this machine, by which they know their own records; null where there are none yet, no home, or
 * others may know them.
 */
export function readPersonKey(env: NodeJS.ProcessEnv): Buffer | null {
  const path = keyPath(env);
  const key = path === null ? null : readPlain(path, BYTES);
  return path !== null && key?.length === BYTES && exposed(path) === null ? key : null;
}

/** The same, made where there is none. A read-only or absent home is no error. */
export function ensurePersonKey(env: NodeJS.ProcessEnv): Buffer | null {
  const known = readPersonKey(env);
  const path = keyPath(env);
  if (known !== null || path === null) return known;
  try {
    createFile(path, randomBytes(BYTES), 0o600);
  } catch {
    // Another process was first, or there is no place for it.
  }
  return readPersonKey(env);
}
