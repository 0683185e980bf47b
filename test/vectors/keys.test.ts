import { describe, expect, it } from "vitest";
import { commitmentOf, deriveLinkKey, keyIdOf, pinOf } from "../../src/core/commitment.ts";
import { deriveManifestKey } from "../../src/core/keys/tags.ts";
import { deriveVaultRoot } from "../../src/core/vaultkey.ts";
import { hex, id, read, unhex, vaultKeyOf } from "./read.ts";

interface KeyVector extends Record<string, string | number> {
  environment: string;
  version: number;
  project: string;
  vaultId: string;
  dataKey: string;
}

describe("keys.json", () => {
  const { keys } = read<{ keys: KeyVector[] }>("keys.json");

  it.each(keys.map((key) => [`${key.environment} v${key.version}`, key] as const))("%s", (_, vector) => {
    const { environment, version } = vector;
    const dataKey = unhex(vector.dataKey);
    const commitment = commitmentOf(dataKey);
    const identity = { environment, vaultId: id(vector.vaultId) };
    const vaultKey = vaultKeyOf(dataKey, version, environment, identity.vaultId);
    expect({
      ...vector,
      commitment: hex(commitment),
      keyId: keyIdOf(commitment),
      pin: hex(pinOf(commitment)),
      vaultRoot: hex(deriveVaultRoot(dataKey, identity)),
      vaultKey: hex(vaultKey.encrypt),
      nonceKey: hex(vaultKey.nonce()),
      manifestKey: hex(deriveManifestKey(dataKey, id(vector.project), environment)),
      linkKey: hex(deriveLinkKey(dataKey, id(vector.project), environment)),
    }).toEqual(vector);
  });
});
