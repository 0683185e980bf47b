import { statSync } from "node:fs";
import { join } from "node:path";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import { ensurePrivateFolder, localFolder } from "./gitdir.ts";
import { readText } from "./read.ts";
import { writeAtomic } from "./write.ts";

/**
 * `.git/envseal/sync/<vault id>`: the vault's text when plaintext and vault last agreed. It is sealed, it says what the
 * plaintext was then, and it is the base of a three-way merge (docs/decisions/sync-record.md).
 */
function recordPath(root: string, vaultId: string): string {
  return join(localFolder(root), "sync", vaultId);
}

export function readSyncRecord(root: string, vaultId: string): string | null {
  return readText(recordPath(root, vaultId), MAX_VAULT_BYTES, "IO");
}

export function writeSyncRecord(root: string, vaultId: string, vaultText: string): void {
  if (readSyncRecord(root, vaultId) === vaultText) return;
  ensurePrivateFolder(join(localFolder(root), "sync"));
  writeAtomic(root, recordPath(root, vaultId), vaultText, 0o600);
}

/** When vault and plaintext were last known to agree, in ms since 1970; null where they never were. */
export function syncRecordTime(root: string, vaultId: string): number | null {
  return statSync(recordPath(root, vaultId), { throwIfNoEntry: false })?.mtimeMs ?? null;
}
