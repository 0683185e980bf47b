import { isEnvsealError } from "../../errors.ts";
import { authorityOf, hasEnvironment } from "../authority/authority-of.ts";
import type { Environment, Manifest } from "../authority/manifest.ts";
import type { Keyring } from "../keys/keyring.ts";
import { type Backup, backupKeyring } from "./backup.ts";

/**
 * How an environment of the project stands to the backup's: `healthy` has every key of the backup (it may have newer vault
 * entries) · `missing`, `damaged`, `older` are put back · `removed` an admin took it away since · `unknown` has an active key that the backup does not hold: it is
 * newer, or someone made it anew, and only people can tell.
 */
export type Condition = "healthy" | "missing" | "damaged" | "older" | "removed" | "unknown";

export function conditionOf(backup: Backup, environment: string, current: Manifest | null): Condition {
  if (current === null || !Object.hasOwn(current.environments, environment)) return "missing";
  if (!hasEnvironment(current, environment)) return "removed";
  const { statement: entry } = current.environments[environment] as Environment;
  if (!Object.hasOwn(backup.environments[environment] ?? {}, entry.active)) return "unknown";
  try {
    const keyring = backupKeyring(backup, environment, current);
    if (keyring === null) return "damaged";
    const { statement: saved } = backup.manifest.environments[environment] as Environment;
    const lacks = Object.keys(saved.keys).some((keyId) => !Object.hasOwn(entry.keys, keyId));
    if (lacks) return entry.active === saved.active ? "damaged" : "older";
    openEveryKey(keyring);
    return "healthy";
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return "damaged";
  }
}

/** @throws what a broken link throws */
function openEveryKey(keyring: Keyring): void {
  for (const [keyId, { state }] of Object.entries(keyring.statement.keys))
    if (state !== "destroyed") keyring.dataKey(keyId, "the manifest");
}

/** The manifest with these environments, their vaults and their recipients as the backup has them; the rest as it is. */
export function restored(backup: Backup, current: Manifest | null, environments: readonly string[]): Manifest {
  const saved = backup.manifest;
  const base: Manifest = current ?? { ...saved, environments: {}, vaults: {}, recipients: {} };
  // Of two authorities the one that goes on from the other, since what it signed is all that counts.
  const isBehind = authorityOf(saved).contains(authorityOf(base).headDigest);
  const next: Manifest = {
    ...base,
    authority: isBehind ? saved.authority : base.authority,
    environments: { ...base.environments },
    vaults: { ...base.vaults },
    recipients: { ...base.recipients },
  };
  for (const environment of environments) {
    const entry = saved.environments[environment] as Environment;
    next.environments[environment] = entry;
    for (const name of Object.keys(entry.access))
      if (Object.hasOwn(saved.recipients, name)) next.recipients[name] = saved.recipients[name] as Manifest["recipients"][string];
    const vaults = Object.entries(saved.vaults).filter(([, vault]) => vault.environment === environment);
    const ids = new Set(vaults.map(([, { id }]) => id));
    for (const [path, { id }] of Object.entries(next.vaults)) if (ids.has(id)) delete next.vaults[path];
    for (const [path, vault] of vaults) next.vaults[path] = vault;
  }
  return next;
}
