import { scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { aeadOpen, hmac } from "#crypto";
import { openAgeFile } from "../../src/age/file.ts";
import { parseIdentity, recipientOf } from "../../src/age/keys.ts";
import { b64u, concat, lp, utf8 } from "../../src/core/bytes.ts";
import { signerOf } from "../../src/core/changes.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { commitmentOf, deriveLinkKey, linkAad, pinOf } from "../../src/core/keyring.ts";
import { serialiseManifest, taggedPart } from "../../src/core/manifest.ts";
import { accessTag, environmentTag, vaultTag } from "../../src/core/tags.ts";
import { keyringOf, manifest, manifestFile } from "./manifest.ts";
import { hex, id, type KeyRecord, unhex } from "./read.ts";

describe("manifest.json", () => {
  it("is written as it is read, and its tagged parts are RFC 8785", () => {
    expect(serialiseManifest(manifest)).toBe(manifestFile.text);
    for (const [environment, canonical] of Object.entries(manifestFile.canonical)) {
      expect(taggedPart(manifest.environments[environment] as NonNullable<(typeof manifest.environments)[string]>)).toBe(canonical);
      expect(canonicalJson(JSON.parse(canonical) as Json)).toBe(canonical);
    }
  });

  it.each(manifestFile.tags.map((vector) => [vector.about, vector] as const))("the tag of the %s", (about, vector) => {
    expect(`hmac:${vector.keyId}:${b64u(hmac(unhex(vector.manifestKey), unhex(vector.input)))}`).toBe(vector.tag);
    const made = Object.values(manifest.environments).flatMap((entry) => {
      const record = manifestFile.dataKeys.find(({ keyId }) => keyId === entry.active);
      const signer = signerOf(unhex(record?.dataKey as string), manifest.project, record?.environment as string);
      const vaults = Object.entries(manifest.vaults).map(([path, { id: vaultId }]) => [`vault ${path}`, vaultTag(signer, path, vaultId)]);
      const access = Object.keys(entry.access).map((name) => [
        `access of ${name} to ${signer.environment}`,
        accessTag(signer, name, manifest.recipients[name]?.recipient as string),
      ]);
      return [[`environment ${signer.environment}`, environmentTag(signer, entry)], ...vaults, ...access];
    });
    expect(made).toContainEqual([about, vector.tag]);
    expect(manifestFile.text).toContain(vector.tag);
  });

  it.each(manifestFile.links.map((vector) => [`${vector.from} to ${vector.to}`, vector] as const))("the link %s", (_, vector) => {
    const record = (wanted: string) => manifestFile.dataKeys.find(({ keyId }) => keyId === wanted) as KeyRecord;
    const [from, to] = [record(vector.from), record(vector.to)];
    expect(hex(deriveLinkKey(unhex(from.dataKey), id(manifest.project), vector.environment))).toBe(vector.linkKey);
    expect(hex(linkAad(vector.environment, vector.from, vector.to))).toBe(vector.aad);
    const bytes = id(vector.sealed.slice("aead:".length));
    expect(hex(bytes.subarray(0, 12))).toBe(vector.nonce);
    expect(hex(aeadOpen(unhex(vector.linkKey), bytes.subarray(0, 12), bytes.subarray(12), unhex(vector.aad)))).toBe(to.dataKey);
    expect(manifest.environments[vector.environment]?.keys[vector.from]?.links[vector.to]).toBe(vector.sealed);
  });

  it.each(manifestFile.access.map((vector) => [`${vector.name} to ${vector.environment}`, vector] as const))(
    "the access of %s",
    (_, { environment, name, recipient, identity, dataKey, wrapped }) => {
      const secret = parseIdentity(identity) as Uint8Array;
      expect(recipientOf(secret)).toBe(recipient);
      expect(hex(openAgeFile(id(wrapped.slice("age:".length)), secret))).toBe(dataKey);
      expect(manifest.environments[environment]?.access[name]?.wrapped).toBe(wrapped);
      expect(keyringOf(environment).accessIsGenuine(name)).toBe(true);
    },
  );

  it("leads from the newest key to every older one", () => {
    const keyring = keyringOf("production");
    expect(keyring.pins().map(hex)).toEqual(
      [3, 2, 1].map((version) => {
        const record = manifestFile.dataKeys.find((key) => key.environment === "production" && key.version === version);
        return hex(pinOf(commitmentOf(unhex(record?.dataKey as string))));
      }),
    );
  });

  it("holds a passphrase custody as section 7 has it", () => {
    const { passphrase, normalised, kek, aad, identity, sealed, name } = manifestFile.custody;
    expect(passphrase.normalize("NFKC").trim()).toBe(normalised);
    const custody = manifest.recipients[name]?.custody;
    if (custody?.kind !== "passphrase" || custody.kdf !== "scrypt") throw new Error("the vector has another custody");
    const { n: N, r, p } = custody;
    const key = scryptSync(normalised, id(custody.salt), 32, { N, r, p, maxmem: 2 ** 28 });
    expect(hex(key)).toBe(kek);
    const recipient = recipientOf(unhex(identity));
    expect(hex(concat(utf8("envseal/v1 custody"), lp(id(manifest.project)), lp(name), lp(recipient)))).toBe(aad);
    const bytes = id(sealed.slice("aead:".length));
    expect(hex(aeadOpen(key, bytes.subarray(0, 12), bytes.subarray(12), unhex(aad)))).toBe(identity);
    expect(custody.sealed).toBe(sealed);
  });
});
