import { rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ownMember } from "../core/authority/authority.ts";
import { authorityOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { nowSeen, type Opened, type SeenProject } from "../core/authority/seen.ts";
import { isBehind } from "../core/authority/trust.ts";
import { isLongerThan } from "../core/limits.ts";
import { isEnvsealError } from "../errors.ts";
import { LockFile } from "../system/lock-file.ts";
import { makeFolder } from "../system/make-folder.ts";
import { replaceFile } from "../system/private-file.ts";
import { MAX_SEEN_BYTES, pinsPath, readSeen } from "./pins.ts";

/** Whoever has the file for longer than it takes to write it was stopped in the middle. */
const WAIT_MS = 2000;
/** After that, whose lock it is does not matter: a host name may have changed, or a power cut emptied it. */
const STALE_MS = 60_000;
const POLL_MS = 5;

/**
 * Records the authority of a manifest as the newest that this machine accepts: somebody confirmed its pin, or it was made here.
 * One that is older than what was seen changes nothing.
 * @param chosen environments of which a person says that the branch here is the one that stays
 * @returns false where nothing could be written (a read-only or absent home is no error)
 */
export function recordSeen(env: NodeJS.ProcessEnv, manifest: Manifest, chosen: readonly string[] = []): boolean {
  return change(env, manifest, () => true, undefined, chosen);
}

/**
 * The same for a manifest that was opened: only where its pin was confirmed before, and it goes on from what there is now.
 * Another process may have moved that on since this one compared them.
 */
export function followSeen(env: NodeJS.ProcessEnv, manifest: Manifest, opened?: Opened): boolean {
  return change(env, manifest, (seen) => seen !== null && authorityOf(manifest).contains(seen.digests.at(-1) as string), opened);
}

/** Processes write one after the other, in whatever clones they work. */
function change(
  env: NodeJS.ProcessEnv,
  manifest: Manifest,
  moves: (seen: SeenProject | null) => boolean,
  opened?: Opened,
  chosen?: readonly string[],
): boolean {
  const path = pinsPath(env, manifest.project);
  if (path === null) return false;
  // A damaged file is reported before anything is written.
  if (isSame(readSeen(env, manifest.project), manifest, opened)) return true;
  const lock = new LockFile(`${path}.lock`, dirname(path));
  try {
    makeFolder(dirname(path), 0o700);
    if (!taken(lock)) return false;
  } catch {
    return false;
  }
  try {
    const before = readSeen(env, manifest.project);
    if (!moves(before)) return false;
    // It never goes back: who means an older checkout says so each time.
    if (before !== null && isBehind(manifest, before)) return true;
    // Of another line, nothing that was seen says anything of this one.
    const known = before !== null && authorityOf(manifest).contains(before.digests.at(-1) as string) ? before : null;
    // Without white space: what a manifest may hold is no larger here, and can be read again.
    const text = JSON.stringify(nowSeen(manifest, known, opened, chosen));
    if (isLongerThan(text, MAX_SEEN_BYTES)) return false;
    replaceFile(path, `${text}\n`, 0o600);
    return true;
  } catch (error) {
    if (isEnvsealError(error)) throw error;
    return false;
  } finally {
    lock.release();
  }
}

/** Nearly always: nothing is to be written then. */
function isSame(seen: SeenProject | null, manifest: Manifest, opened?: Opened): boolean {
  const { head, headDigest } = authorityOf(manifest);
  if (seen === null || seen.digests.at(-1) !== headDigest) return false;
  if (opened !== undefined && !isNoted(seen, manifest, opened)) return false;
  return Object.keys(head.environments).every((name) => {
    const [known, statement] = [ownMember(seen.environments, name), ownMember(manifest.environments, name)?.statement];
    if (known === undefined || known.revision !== statement?.revision || known.floor !== statement.floor) return false;
    // Of one revision there may be two, with other keys.
    return Object.keys(statement.keys).every((keyId) => Object.hasOwn(known.keys, keyId));
  });
}

function isNoted({ environments: seen }: SeenProject, { environments }: Manifest, { environment, recipient }: Opened): boolean {
  const revision = ownMember(environments, environment)?.statement.revision;
  return ownMember(ownMember(seen, environment)?.opened ?? {}, recipient) === revision;
}

function taken(lock: LockFile): boolean {
  for (let waited = 0; !lock.take(); waited += POLL_MS) {
    if (isStale(lock.path)) rmSync(lock.path, { force: true });
    else if (waited > WAIT_MS) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  return true;
}

function isStale(path: string): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made > STALE_MS;
}
