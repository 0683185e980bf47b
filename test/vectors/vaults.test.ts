import { describe, expect, it } from "vitest";
import { parseDocument, serialise } from "../../src/core/vault/document.ts";
import { type KeySource, openValues, openVault } from "../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../src/core/vault/vault.ts";
import type { VaultKey } from "../../src/core/vaultkey.ts";
import { hex, id, type KeyRecord, read, unbase64, unhex, vaultKeyOf } from "./read.ts";

interface VaultVector {
  about: string;
  shown: string[];
  plaintext: string;
  previous?: string;
  vault: string;
}

describe("vaults.json", () => {
  const file = read<{
    environment: string;
    vaultId: string;
    dataKeys: KeyRecord[];
    vaults: VaultVector[];
    lenient: { about: string; vault: string; plaintext: string }[];
  }>("vaults.json");
  const keys = file.dataKeys.map(({ dataKey, version }) => vaultKeyOf(unhex(dataKey), version, file.environment, id(file.vaultId)));
  const source: KeySource = { keyFor: (token) => keys.find(({ keyId }) => keyId === token.keyId) as VaultKey };

  it.each(file.vaults.map((vector) => [vector.about, vector] as const))("%s", (_, { shown, plaintext, previous, vault }) => {
    const bytes = unbase64(plaintext);
    const opened = openVault(parseVault(vault), source);
    expect(hex(serialise(opened.document))).toBe(hex(bytes));
    const values = openValues(parseVault(vault), source);
    expect([...values].map(([name, { value }]) => [name, value])).toEqual(
      [...opened.assignments].map(([name, { value }]) => [name, value]),
    );
    const before = previous === undefined ? opened : openVault(parseVault(previous), source);
    const common = { environment: file.environment, vaultId: file.vaultId, key: keys.at(-1) as VaultKey };
    const context = { ...common, isPublic: (name: string) => shown.includes(name) };
    const { document } = parseDocument(bytes);
    if (previous === undefined) expect(serialiseVault(sealDocument(document, context))).toBe(vault);
    expect(serialiseVault(sealDocument(document, { ...context, previous: [before] }))).toBe(vault);
    expect(serialiseVault(parseVault(vault))).toBe(vault);
  });

  it.each(file.lenient.map((vector) => [vector.about, vector] as const))("reads %s", (_, { vault, plaintext }) => {
    expect(hex(serialise(openVault(parseVault(vault), source).document))).toBe(hex(unbase64(plaintext)));
  });

  it("holds a vault whose tokens are of two keys", () => {
    const mixed = file.vaults.find(({ previous }) => previous !== undefined);
    expect(new Set(mixed?.vault.match(/enc:v\d+/g))).toEqual(new Set(["enc:v2", "enc:v3"]));
  });
});
