import { scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { aeadOpen, hmac } from "#crypto";
import { openAgeFile } from "../../src/age/file.ts";
import { parseIdentity, recipientOf } from "../../src/age/keys.ts";
import { digestOf, signatureHolds, signedBytes } from "../../src/core/authority/statement.ts";
import { pinOfManifest, trust } from "../../src/core/authority/trust.ts";
import { b64u, concat, lp, utf8 } from "../../src/core/bytes.ts";
import { commitmentOf, deriveLinkKey, linkAad, pinOf } from "../../src/core/commitment.ts";
import { taggerOf } from "../../src/core/keys/manifest-edits.ts";
import { accessTag, settingsTag, vaultTag } from "../../src/core/keys/tags.ts";
import { serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { dataKeyOf, keyringOf, later, manifest, manifestFile } from "./manifest.ts";
import { hex, id, type KeyRecord, unhex } from "./read.ts";

/** Every tag that the holder of some key of an environment makes for a manifest, by what it is of. */
function tagsOf(from: typeof manifest, prefix = ""): [string, string][] {
  return manifestFile.dataKeys.flatMap(({ environment, keyId }) => {
    const tagger = taggerOf(dataKeyOf(keyId), from.project, environment);
    const entry = from.environments[environment];
    if (entry === undefined) return [];
    const vaults = Object.entries(from.vaults).map(([path, vault]) => [`${prefix}vault ${path}`, vaultTag(tagger, path, vault)] as const);
    const access = Object.entries(entry.access).map(
      ([name, { recipient }]) => [`access of ${name} to ${environment}`, accessTag(tagger, name, recipient)] as const,
    );
    return [[`${prefix}settings of ${environment}`, settingsTag(tagger, entry.settings)] as const, ...vaults, ...access].map(
      ([about, tag]): [string, string] => [about, tag],
    );
  });
}

describe("manifest.json", () => {
  it("is written as it is read, with the members of later releases too", () => {
    expect(serialiseManifest(manifest)).toBe(manifestFile.text);
    expect(serialiseManifest(later)).toBe(manifestFile.later);
  });

  it("has the pin of its authority, and is trusted from it and from the first statement", () => {
    expect(b64u(pinOfManifest(manifest))).toBe(manifestFile.pin);
    expect(trust(manifest, { pins: [id(manifestFile.pin)], seen: null })).toBe("match");
    expect(trust(later, { pins: [id(manifestFile.pin)], seen: null })).toBe("newer");
    expect(trust(manifest, { pins: [], seen: null })).toBe("first");
  });

  it("does not open an environment on which a later member has a say", () => {
    expect(() => keyringOf("production", later)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }));
    expect(keyringOf("production").active.version).toBe(3);
  });

  it.each(manifestFile.statements.map((vector) => [vector.about, vector] as const))("the signature of the %s", (_, vector) => {
    const { kind, environment, canonical, signed, digest, name, signature } = vector;
    const scope = { project: manifest.project, environment };
    const members = JSON.parse(canonical) as object;
    // What was signed does not depend on the signature, nor on the order of the members.
    const bytes = signedBytes(kind, scope, { signatures: {}, ...members });
    expect([hex(bytes), hex(id(digestOf(bytes).slice("sha256:".length)))]).toEqual([signed, digest]);
    const head = manifest.authority.at(-1);
    const signer = head?.admins[name]?.signer ?? (head?.rotators[name]?.signer as string);
    expect(signatureHolds(signer, bytes, signature)).toBe(true);
    expect(signatureHolds(signer, bytes.subarray(1), signature)).toBe(false);
    expect(manifestFile.text + manifestFile.later).toContain(signature);
  });

  it.each(manifestFile.tags.map((vector) => [vector.about, vector] as const))("the tag of the %s", (about, vector) => {
    expect(`hmac:${vector.keyId}:${b64u(hmac(unhex(vector.manifestKey), unhex(vector.input)))}`).toBe(vector.tag);
    expect([...tagsOf(manifest), ...tagsOf(later, "later ")]).toContainEqual([about, vector.tag]);
    expect(manifestFile.text + manifestFile.later).toContain(vector.tag);
  });

  it("takes settings and listings by the key at the floor, and access by the active one alone", () => {
    const keyring = keyringOf("production");
    const tagged = new Set(Object.keys(manifest.vaults).map((path) => manifest.vaults[path]?.tag.split(":")[1]));
    expect(tagged.has(keyring.statement.floor)).toBe(true);
    expect(keyring.settings.tag.split(":")[1]).toBe(keyring.statement.floor);
    expect(keyring.statement.floor).not.toBe(keyring.statement.active);
    expect(Object.keys(manifest.vaults).filter((path) => path.startsWith("apps/") && !keyring.listsVault(path))).toEqual([]);
    expect(Object.values(keyring.access).flatMap(({ tag }) => (tag === undefined ? [] : [tag.split(":")[1]]))).toEqual(
      Array.from({ length: 4 }, () => keyring.statement.active),
    );
    expect([keyring.accessState("dora"), keyringOf("staging").accessState("carol")]).toEqual(["waiting", "waiting"]);
  });

  it.each(manifestFile.links.map((vector) => [`${vector.from} to ${vector.to}`, vector] as const))("the link %s", (_, vector) => {
    const record = (wanted: string) => manifestFile.dataKeys.find(({ keyId }) => keyId === wanted) as KeyRecord;
    const [from, to] = [record(vector.from), record(vector.to)];
    expect(hex(deriveLinkKey(unhex(from.dataKey), id(manifest.project), vector.environment))).toBe(vector.linkKey);
    expect(hex(linkAad(vector.environment, vector.from, vector.to))).toBe(vector.aad);
    const bytes = id(vector.sealed.slice("aead:".length));
    expect(hex(bytes.subarray(0, 12))).toBe(vector.nonce);
    expect(hex(aeadOpen(unhex(vector.linkKey), bytes.subarray(0, 12), bytes.subarray(12), unhex(vector.aad)))).toBe(to.dataKey);
    expect(manifest.environments[vector.environment]?.statement.keys[vector.from]?.links[vector.to]).toBe(vector.sealed);
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
    expect(keyring.keyPins().map(hex)).toEqual(
      [3, 2, 1].map((version) => {
        const record = manifestFile.dataKeys.find((key) => key.environment === "production" && key.version === version);
        return hex(pinOf(commitmentOf(unhex(record?.dataKey as string))));
      }),
    );
  });

  it("holds a passphrase custody as section 7 has it", () => {
    const { passphrase, normalised, kek, aad, identity, pin, sealed, name } = manifestFile.custody;
    expect(passphrase.normalize("NFKC").trim()).toBe(normalised);
    const custody = manifest.recipients[name]?.custody;
    if (custody?.kind !== "passphrase" || custody.kdf !== "scrypt") throw new Error("the vector has another custody");
    const { n: N, r, p } = custody;
    const key = scryptSync(normalised, id(custody.salt), 32, { N, r, p, maxmem: 2 ** 28 });
    expect(hex(key)).toBe(kek);
    const recipient = recipientOf(unhex(identity));
    expect(hex(concat(utf8("envseal/v1 custody"), lp(id(manifest.project)), lp(name), lp(recipient)))).toBe(aad);
    const bytes = id(sealed.slice("aead:".length));
    expect(hex(aeadOpen(key, bytes.subarray(0, 12), bytes.subarray(12), unhex(aad)))).toBe(identity + pin);
    expect(pin).toBe(hex(id(manifestFile.pin)));
    expect(custody.sealed).toBe(sealed);
  });
});
