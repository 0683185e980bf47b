import { execFileSync } from "node:child_process";
import { scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aeadOpen, hmac } from "#crypto";
import { openAgeFile } from "../../src/age/file.ts";
import { parseIdentity, recipientOf } from "../../src/age/keys.ts";
import { b64u, concat, lp, unb64u, utf8 } from "../../src/core/bytes.ts";
import { signerOf } from "../../src/core/changes.ts";
import { type LineEnd, parseDocument, serialise } from "../../src/core/document.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { commitmentOf, deriveLinkKey, Keyring, keyIdOf, linkAad, pinOf } from "../../src/core/keyring.ts";
import { encodeKeyString, parseKeyString } from "../../src/core/keystring.ts";
import { type Manifest, parseManifest, serialiseManifest, taggedPart } from "../../src/core/manifest.ts";
import { type KeySource, openValues, openVault } from "../../src/core/open.ts";
import { isPaddedFrom, pad, paddedLength } from "../../src/core/padding.ts";
import { sealDocument } from "../../src/core/seal.ts";
import { accessTag, deriveManifestKey, environmentTag, vaultTag } from "../../src/core/tags.ts";
import {
  decodeFlags,
  decodeLine,
  encodeFlags,
  encodeLine,
  KIND,
  type Kind,
  openToken,
  parseToken,
  sealToken,
} from "../../src/core/token.ts";
import { parseVault, serialiseVault } from "../../src/core/vault.ts";
import { deriveVaultRoot, type VaultKey, vaultKeyFromRoot } from "../../src/core/vaultkey.ts";
import { EnvsealError } from "../../src/errors.ts";
import { MUTATION } from "../support/arbitraries.ts";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;
const unhex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));
const id = (text: string) => unb64u(text) as Uint8Array;
const unbase64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

interface KeyRecord {
  version: number;
  keyId: string;
  dataKey: string;
}

function vaultKeyOf(dataKey: Uint8Array, version: number, environment: string, vaultId: Uint8Array): VaultKey {
  const identity = { environment, vaultId };
  const commitment = commitmentOf(dataKey);
  return vaultKeyFromRoot(deriveVaultRoot(dataKey, identity), identity, { keyId: keyIdOf(commitment), version, pin: pinOf(commitment) });
}

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

describe("padding.json", () => {
  const { lengths } = read<{ lengths: [number, number][] }>("padding.json");

  it.each(lengths)("%i bytes become %i", (length, padded) => {
    expect(paddedLength(length)).toBe(padded);
    const bytes = pad(new Uint8Array(length).fill(1));
    expect(bytes.length).toBe(padded);
    expect(isPaddedFrom(bytes, length)).toBe(true);
    expect(isPaddedFrom(concat(bytes, new Uint8Array(32)), length)).toBe(false);
  });

  it("grows with the length and by at most an eighth", () => {
    const wrong: number[] = [];
    for (let length = 1, before = 64; length <= 200_000; length++) {
      const padded = paddedLength(length);
      if (!(padded >= before && padded >= length && (length < 512 || padded <= length * 1.125))) wrong.push(length);
      before = padded;
    }
    expect(wrong).toEqual([]);
  });
});

interface TokenVector {
  about: string;
  kind: keyof typeof KIND;
  name: string;
  previous: string;
  since?: string;
  end?: LineEnd;
  raw?: string;
  flags?: number;
  plaintext: string;
  padded: string;
  nonce: string;
  aad: string;
  token: string;
}

describe("tokens.json", () => {
  const file = read<{ environment: string; version: number; vaultId: string; dataKey: string; tokens: TokenVector[] }>("tokens.json");
  const key = vaultKeyOf(unhex(file.dataKey), file.version, file.environment, id(file.vaultId));
  const placeOf = ({ kind, name, previous }: TokenVector) => ({ kind: KIND[kind], name, previous });

  it.each(file.tokens.map((vector) => [vector.about, vector] as const))("%s", (_, vector) => {
    const place = placeOf(vector);
    const sealed = sealToken(key, place, unhex(vector.plaintext));
    expect(sealed.text).toBe(vector.token);
    const token = parseToken(vector.token);
    expect(token).toEqual(sealed);
    if (token === null) return;
    const padded = openToken(key, place, token, true) as Uint8Array;
    expect(hex(padded)).toBe(vector.padded);
    if (vector.flags !== undefined) {
      const flags = decodeFlags(padded);
      expect(flags && hex(encodeFlags(flags))).toBe(vector.plaintext);
      expect(encodeFlags(flags as NonNullable<typeof flags>)[0]).toBe(vector.flags);
    } else {
      const content = decodeLine(padded, place.kind) as NonNullable<ReturnType<typeof decodeLine>>;
      expect({ since: hex(content.since), end: content.end, raw: content.raw }).toEqual({
        since: vector.since,
        end: vector.end,
        raw: vector.raw,
      });
      expect(hex(encodeLine(content))).toBe(vector.plaintext);
    }
    const bytes = id(vector.token.slice(vector.token.lastIndexOf(":") + 1));
    expect(hex(bytes.subarray(0, 12))).toBe(vector.nonce);
    expect(hex(aeadOpen(key.encrypt, bytes.subarray(0, 12), bytes.subarray(12), unhex(vector.aad)))).toBe(vector.padded);
    expect(hex(hmac(key.nonce(), concat(lp(unhex(vector.aad)), lp(unhex(vector.padded)))).subarray(0, 12))).toBe(vector.nonce);
  });

  it("open in their own place only", () => {
    for (const vector of file.tokens) {
      const token = parseToken(vector.token) as NonNullable<ReturnType<typeof parseToken>>;
      const own = placeOf(vector);
      for (const other of [
        { ...own, name: `${own.name}X` },
        { ...own, previous: `${own.previous}X` },
        ...Object.values(KIND)
          .filter((kind) => kind !== own.kind)
          .map((kind: Kind) => ({ ...own, kind })),
      ]) {
        expect(openToken(key, other, token, false), vector.about).toBeNull();
      }
    }
  });
});

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

interface ManifestFile {
  text: string;
  dataKeys: (KeyRecord & { environment: string })[];
  canonical: Record<string, string>;
  tags: { about: string; keyId: string; manifestKey: string; input: string; tag: string }[];
  links: { environment: string; from: string; to: string; linkKey: string; aad: string; nonce: string; sealed: string }[];
  access: { environment: string; name: string; recipient: string; identity: string; dataKey: string; wrapped: string }[];
  custody: { name: string; passphrase: string; normalised: string; kek: string; aad: string; identity: string; sealed: string };
}

const manifestFile = read<ManifestFile>("manifest.json");
const manifest: Manifest = parseManifest(manifestFile.text);
const keyringOf = (environment: string) => {
  const active = manifest.environments[environment]?.active;
  return new Keyring(manifest, environment, unhex(manifestFile.dataKeys.find(({ keyId }) => keyId === active)?.dataKey as string));
};

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

interface KeyStringVector {
  type: 1 | 3;
  environment: string;
  pin: string;
  identity?: string;
  vaultId?: string;
  version?: number;
  root?: string;
  text: string;
}

describe("keystrings.json", () => {
  const { valid, malformed } = read<{ valid: KeyStringVector[]; malformed: { about: string; text: string }[] }>("keystrings.json");

  it.each(valid.map((vector) => [`${vector.environment}, type ${vector.type}`, vector] as const))("%s", (_, vector) => {
    const parsed = parseKeyString(vector.text, "the vector");
    expect(encodeKeyString(parsed)).toBe(vector.text);
    const { type, text: _text, ...expected } = vector;
    const { type: kind, environment, ...fields } = parsed;
    const shown = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value instanceof Uint8Array ? hex(value) : value]),
    );
    expect({ environment, ...shown }).toEqual(expected);
    expect(kind).toBe(type === 1 ? "identity" : "read-only");
  });

  it.each(malformed.map(({ about, text }) => [about, text]))("refuses %s", (_, text) => {
    expect(() => parseKeyString(text, "the vector")).toThrow(expect.objectContaining({ code: "MALFORMED_KEY" }));
  });

  it("the read-only one opens its vault", () => {
    const vector = valid.find(({ type }) => type === 3) as Required<KeyStringVector>;
    const identity = { environment: vector.environment, vaultId: unhex(vector.vaultId) };
    const pin = unhex(vector.pin);
    const key = vaultKeyFromRoot(unhex(vector.root), identity, { keyId: b64u(pin.subarray(0, 6)), version: vector.version, pin });
    const { base } = read<{ base: string }>("refused.json");
    expect(openVault(parseVault(base), { keyFor: () => key }).assignments.get("API_KEY")?.value).toBe("hunter2");
  });
});

interface RefusedVector {
  about: string;
  code: string;
  line: number;
  bootOpens?: string;
  vault: string;
}

describe("refused.json", () => {
  const { base, refused } = read<{ base: string; refused: RefusedVector[] }>("refused.json");
  const keyring = keyringOf("production");
  const path = "apps/web/.env.production.vault";
  const keys = keyring.keysOf(manifest.vaults[path]?.id as string);

  const outcome = (open: () => unknown): { code: string; line: number } | "opened" => {
    try {
      open();
      return "opened";
    } catch (error) {
      if (!(error instanceof EnvsealError)) throw error;
      return { code: error.code, line: Number(/ line (\d+)/.exec(error.message)?.[1]) };
    }
  };

  it("the good one opens beside the manifest", () => {
    const vault = parseVault(base);
    keyring.checkVault(path, vault);
    expect(openVault(vault, keys).assignments.size).toBe(4);
    expect(openValues(vault, keys).size).toBe(4);
  });

  it.each(refused.map((vector) => [vector.about, vector] as const))("%s", (_, { code, line, bootOpens, vault }) => {
    expect(vault).not.toBe(base);
    expect(outcome(() => openVault(parseVault(vault), keys))).toEqual({ code, line });
    expect(outcome(() => openValues(parseVault(vault), keys))).toEqual(bootOpens === undefined ? { code, line } : "opened");
  });
});

describe.skipIf(MUTATION)("scripts/make-vectors.mjs", () => {
  it.each([
    ["node", []],
    ["portable", ["--conditions=envseal-portable"]],
  ])("makes the same bytes again, %s", (_, options) => {
    const output = execFileSync(process.execPath, [...options, "scripts/make-vectors.mjs", "--check"], { encoding: "utf8" });
    expect(output.trim().split("\n")).toHaveLength(7);
    expect(output).not.toMatch(/differs/);
  });
});
