import { resolve } from "node:path";
import { openWithPassphrase } from "../age/passphrase-file.ts";
import type { Context } from "../context.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { Verdict } from "../core/authority/seen.ts";
import { pinOfManifest, trust } from "../core/authority/trust.ts";
import { MAX_BACKUP_BYTES } from "../core/limits.ts";
import { type Backup, parseBackup } from "../core/manifest/backup.ts";
import { EnvsealError } from "../errors.ts";
import { readSeen } from "../project/pins.ts";
import { readText } from "../system/read.ts";
import { hidden } from "../ui/prompt.ts";
import { givenPassphrase } from "./identity.ts";

/** Opens a backup file and checks every key in it. @throws IO, BACKUP, WRONG_PASSPHRASE, NEEDS_TERMINAL */
export async function readBackup(path: string, context: Context): Promise<Backup> {
  const file = readText(resolve(context.cwd, path), MAX_BACKUP_BYTES, "BACKUP");
  if (file === null) throw new EnvsealError("IO", `there is no backup at ${path}`, { hint: "check the path" });
  const passphrase = givenPassphrase(context) ?? (await hidden("passphrase of the backup", "add --passphrase-file PATH"));
  return parseBackup(await openWithPassphrase(file, passphrase.normalize("NFKC").trim()));
}

/**
 * Compares a project's authority with what this machine has seen of it, or where it has seen none, with the backup's, which only
 * whoever had its passphrase made: what stands in a work tree is anybody's to write.
 * @throws PIN_MISMATCH, FORGED_MANIFEST
 */
export function vouchFor(backup: Backup, manifest: Manifest, { env }: Context): Verdict {
  const seen = readSeen(env, manifest.project);
  return trust(manifest, { pins: seen === null ? [pinOfManifest(backup.manifest)] : [], seen });
}
