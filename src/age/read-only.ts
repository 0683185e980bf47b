import { entryOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { keyIdOf } from "../core/commitment.ts";
import type { KeyString } from "../core/keys/keystring.ts";
import { listedVault } from "../core/keys/listing.ts";
import type { KeySource } from "../core/vault/open-vault.ts";
import type { Vault } from "../core/vault/vault.ts";
import { type VaultIdentity, vaultKeyFromRoot } from "../core/vaultkey.ts";
import { EnvsealError } from "../errors.ts";

export type ReadOnlyKey = Extract<KeyString, { type: "read-only" }> & { source: string };

/** The key source of a read-only key string: one vault under one key version (FORMAT.md section 6). */
export function readOnlySource(key: ReadOnlyKey, environment: string): KeySource {
  const identity: VaultIdentity = { environment, vaultId: key.vaultId };
  const keyId = readOnlyKeyId(key);
  const vaultKey = vaultKeyFromRoot(key.root, identity, { keyId, version: key.version, pin: key.pin });
  return {
    keyFor: (token, where) => {
      if (token.keyId === keyId && token.version === key.version) return vaultKey;
      throw new EnvsealError(
        "KEY_UNKNOWN",
        `${where}: sealed under v${token.version} (${token.keyId}), and the read-only key in ${key.source} opens v${key.version} (${keyId}) only`,
        {
          hint: `after a rotation create a new one: envseal deploy-key create NAME --read-only -e ${key.environment}`,
        },
      );
    },
  };
}

/**
 * A read-only key proves nothing about a manifest, but one at hand can only add refusals.
 * @returns the names that must be there
 * @throws UNLISTED_VAULT, FOREIGN_VAULT, KEY_DESTROYED, BELOW_FLOOR
 */
export function checkReadOnly(manifest: Manifest, listed: string, vault: Vault, key: ReadOnlyKey): string[] {
  listedVault(manifest, listed, vault);
  const entry = entryOf(manifest, vault.environment);
  if (entry === undefined) return [];
  const { keys, floor } = entry.statement;
  const keyId = readOnlyKeyId(key);
  if (Object.hasOwn(keys, keyId)) refuseRetired(keys[keyId]?.state === "destroyed", key, keyId, keys[floor]?.version ?? 0);
  return entry.settings.required;
}

function refuseRetired(destroyed: boolean, key: ReadOnlyKey, keyId: string, floor: number): void {
  const hint = `create a new one: envseal deploy-key create NAME --read-only -e ${key.environment}`;
  const subject = `the read-only key in ${key.source} is of v${key.version} (${keyId})`;
  if (destroyed) throw new EnvsealError("KEY_DESTROYED", `${subject}, which was destroyed`, { hint });
  if (key.version < floor) throw new EnvsealError("BELOW_FLOOR", `${subject}, below the floor of ${key.environment}, v${floor}`, { hint });
}

function readOnlyKeyId(key: ReadOnlyKey): string {
  return keyIdOf(key.pin);
}
