import { hkdf } from "#crypto";
import { concat, lp, unb64u, utf8 } from "../core/bytes.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { isEnvsealError } from "../errors.ts";
import { ensurePersonKey } from "../project/person-key.ts";
import type { RecordKeys } from "../project/record.ts";

/**
 * What vouches for the records of a project: this person's own key on this machine; or, where nothing can be kept outside the
 * project, a key that the environment's data keys give, the active one's first. None without either.
 */
export function recordKeys(keyring: Keyring | null): RecordKeys {
  const own = ensurePersonKey(process.env);
  if (own !== null) return [own];
  return keyring === null ? [] : dataKeys(keyring).map((key) => derived(keyring, key));
}

function dataKeys(keyring: Keyring): Uint8Array[] {
  const { statement } = keyring;
  return [statement.active, ...Object.keys(statement.keys).filter((keyId) => keyId !== statement.active)].flatMap((keyId) => {
    try {
      return [keyring.dataKey(keyId, "a record")];
    } catch (error) {
      if (isEnvsealError(error)) return [];
      throw error;
    }
  });
}

function derived({ manifest, environment }: Keyring, dataKey: Uint8Array): Uint8Array {
  return hkdf(dataKey, unb64u(manifest.project) as Uint8Array, concat(utf8("envseal/v1 record"), lp(environment)), 32);
}
