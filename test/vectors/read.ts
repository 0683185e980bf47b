import { readFileSync } from "node:fs";
import { unb64u } from "../../src/core/bytes.ts";
import { commitmentOf, keyIdOf, pinOf } from "../../src/core/commitment.ts";
import { deriveVaultRoot, type VaultKey, vaultKeyFromRoot } from "../../src/core/vaultkey.ts";

export const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;
export const unhex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
export const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));
export const id = (text: string) => unb64u(text) as Uint8Array;
export const unbase64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

export interface KeyRecord {
  version: number;
  keyId: string;
  dataKey: string;
}

export function vaultKeyOf(dataKey: Uint8Array, version: number, environment: string, vaultId: Uint8Array): VaultKey {
  const identity = { environment, vaultId };
  const commitment = commitmentOf(dataKey);
  return vaultKeyFromRoot(deriveVaultRoot(dataKey, identity), identity, { keyId: keyIdOf(commitment), version, pin: pinOf(commitment) });
}
