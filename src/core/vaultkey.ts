import { hkdf, hkdfExpand } from "#crypto";
import { concat, lp, u32, utf8 } from "./bytes.ts";

export const COMMITMENT_BYTES = 32;
export const PIN_BYTES = 16;
export const KEY_ID_BYTES = 6;
export const VAULT_ID_BYTES = 12;

/** What opens and seals the tokens of one vault under one key version. */
export interface VaultKey {
  keyId: string;
  version: number;
  encrypt: Uint8Array;
  /** Made when first asked for: a loader never is. */
  nonce: () => Uint8Array;
  /** The part of every token's AAD that is the same for the whole vault. */
  aadPrefix: Uint8Array;
}

export interface VaultIdentity {
  environment: string;
  /** 12 bytes. */
  vaultId: Uint8Array;
}

/** FORMAT.md section 1: the 32-byte root of a vault's keys, which is all a read-only key string holds. */
export function deriveVaultRoot(dataKey: Uint8Array, { environment, vaultId }: VaultIdentity): Uint8Array {
  return hkdf(dataKey, vaultId, concat(utf8("envseal/v1 vault"), lp(environment)), 32);
}

/** @param pin the first 16 bytes of the data key's commitment */
export function vaultKeyFromRoot(
  root: Uint8Array,
  { environment, vaultId }: VaultIdentity,
  key: { keyId: string; version: number; pin: Uint8Array },
): VaultKey {
  let nonce: Uint8Array | undefined;
  return {
    keyId: key.keyId,
    version: key.version,
    encrypt: hkdfExpand(root, utf8("encrypt"), 32),
    nonce: () => (nonce ??= hkdfExpand(root, utf8("nonce"), 32)),
    aadPrefix: concat(utf8("envseal/v1 token"), lp(environment), lp(vaultId), lp(key.pin), u32(key.version)),
  };
}
