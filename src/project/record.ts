import { createHmac, timingSafeEqual } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { lp } from "../core/bytes.ts";
import { isEnvsealError } from "../errors.ts";
import { readPlain } from "../system/plain-file.ts";
import { ensurePrivateFolder, localFolder } from "./gitdir.ts";
import { replaceAtomic } from "./write.ts";

/**
 * What envseal notes for itself below the project's local folder. A repository may come with whatever somebody put there, and
 * so each record starts with a MAC; one that has another, or is no plain file, is as good as none. No record is ever an order:
 * what it says can be done without it too.
 */

/** Keys for the MAC: the first makes it, each is good for reading. Without one, there are no records. */
export type RecordKeys = readonly Uint8Array[];

const MAC = 32;

/** @param name below the local folder, with `/`; it is part of what the MAC is over */
export function readRecord(root: string, name: string, limit: number, keys: RecordKeys): Buffer | null {
  return readRecordAt(pathOf(root, name), name, limit, keys);
}

/** The same for a record that linked worktrees share, wherever it is. */
export function readRecordAt(path: string, name: string, limit: number, keys: RecordKeys): Buffer | null {
  const bytes = keys.length === 0 ? null : readPlain(path, limit + MAC);
  if (bytes === null || bytes.length < MAC) return null;
  const [mac, content] = [bytes.subarray(0, MAC), bytes.subarray(MAC)];
  return keys.some((key) => timingSafeEqual(macOf(key, name, content), mac)) ? content : null;
}

/** In place of whatever stands there: nothing is written through a link. @throws IO, GIT */
export function writeRecord(root: string, name: string, content: Uint8Array | string, [key]: RecordKeys): void {
  if (key === undefined) return;
  const path = join(localFolder(root), name);
  ensurePrivateFolder(localFolder(root));
  ensurePrivateFolder(dirname(path));
  replaceAtomic(root, path, withMac(name, content, key), 0o600);
}

/** A record's bytes, for whoever puts them in their place. */
export function withMac(name: string, content: Uint8Array | string, key: Uint8Array): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([macOf(key, name, bytes), bytes]);
}

export function removeRecord(root: string, name: string): void {
  rmSync(join(localFolder(root), name), { force: true });
}

/** Empty, so that nothing is found, where git would not use the folder. */
function pathOf(root: string, name: string): string {
  try {
    return join(localFolder(root), name);
  } catch (error) {
    if (isEnvsealError(error)) return "";
    throw error;
  }
}

function macOf(key: Uint8Array, name: string, content: Uint8Array): Buffer {
  return createHmac("sha256", key).update("envseal/v1 record").update(lp(name)).update(content).digest();
}
