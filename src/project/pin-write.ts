import { dirname } from "node:path";
import { checkPin } from "../age/unlock.ts";
import { b64u } from "../core/bytes.ts";
import { type Json, prettyJson } from "../core/json.ts";
import type { Keyring } from "../core/keyring.ts";
import { isEnvsealError } from "../errors.ts";
import { LockFile } from "./lock-file.ts";
import { makeFolder } from "./make-folder.ts";
import { replaceFile } from "./own-file.ts";
import { type Pins, pinsPath, readPins } from "./pins.ts";

/** Whoever has the file for longer than it takes to write it was stopped in the middle. */
const WAIT_MS = 2000;
const POLL_MS = 5;

/**
 * Records the active key of a keyring that this process made as this machine's pin.
 * @returns the pin, or null where nothing could be written (a read-only or absent home is no error)
 */
export function movePin(env: NodeJS.ProcessEnv, project: string, keyring: Keyring): string | null {
  return changePins(env, project, keyring, () => true);
}

/**
 * The same for a keyring that was opened: only where it leads to the pin that there is now. Another process may have moved
 * that one on since this one compared them.
 */
export function followPin(env: NodeJS.ProcessEnv, project: string, keyring: Keyring): string | null {
  return changePins(env, project, keyring, (pins) => leads(keyring, pins));
}

function leads(keyring: Keyring, pins: Pins): boolean {
  try {
    const verdict = checkPin(keyring, null, pins[keyring.environment]);
    return verdict === "first" || verdict === "newer";
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

/** Processes write one after the other, in whatever clones they work. */
function changePins(env: NodeJS.ProcessEnv, project: string, keyring: Keyring, moves: (pins: Pins) => boolean): string | null {
  const path = pinsPath(env, project);
  if (path === null) return null;
  // A damaged file is told of before anything is written beside it.
  readPins(env, project);
  const lock = new LockFile(`${path}.lock`, dirname(path));
  try {
    makeFolder(dirname(path), 0o700);
    if (!taken(lock)) return null;
  } catch {
    return null;
  }
  try {
    const before = readPins(env, project);
    const next = moves(before) ? moved(before, keyring) : before;
    if (next !== before) replaceFile(path, prettyJson(next as unknown as Json), 0o600);
    return next[keyring.environment]?.pin ?? null;
  } catch (error) {
    if (isEnvsealError(error)) throw error;
    return null;
  } finally {
    lock.release();
  }
}

function taken(lock: LockFile): boolean {
  for (let waited = 0; !lock.take(); waited += POLL_MS) {
    if (waited > WAIT_MS) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  return true;
}

function moved(pins: Pins, keyring: Keyring): Pins {
  const before = pins[keyring.environment];
  const [pin = "", ...older] = keyring.pins().map(b64u);
  const verified = new Set([...(before?.verified ?? []), before?.pin ?? pin, ...older]);
  verified.delete(pin);
  return { ...pins, [keyring.environment]: { pin, verified: [...verified] } };
}
