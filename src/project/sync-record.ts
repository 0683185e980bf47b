import { lstatSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8 } from "../core/bytes.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import { localFolder } from "./gitdir.ts";
import { type RecordKeys, readRecord, writeRecord } from "./record.ts";

/**
 * `.git/envseal/sync/<vault id>`: the vault's text when plaintext and vault last agreed. It is sealed, it says what the
 * plaintext was then, and it is the base of a three-way merge (docs/explanation/decisions/sync-record.md).
 */
const nameOf = (vaultId: string) => `sync/${vaultId}`;

export function readSyncRecord(root: string, vaultId: string, keys: RecordKeys): string | null {
  const bytes = readRecord(root, nameOf(vaultId), MAX_VAULT_BYTES, keys);
  return bytes === null ? null : fromUtf8(bytes);
}

export function writeSyncRecord(root: string, vaultId: string, vaultText: string, keys: RecordKeys): void {
  if (readSyncRecord(root, vaultId, keys) !== vaultText) writeRecord(root, nameOf(vaultId), vaultText, keys);
}

/** When vault and plaintext were last known to agree, in ms since 1970; null where they never were. */
export function syncRecordTime(root: string, vaultId: string): number | null {
  const stats = lstatSync(join(localFolder(root), nameOf(vaultId)), { throwIfNoEntry: false });
  return stats?.isFile() ? stats.mtimeMs : null;
}
