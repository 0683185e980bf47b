import { describe, expect, it } from "vitest";
import { openAgeFile } from "../../../src/age/file.ts";
import { unlock } from "../../../src/age/unlock.ts";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { b64u, concat, lp, unb64u } from "../../../src/core/bytes.ts";
import { deriveLinkKey, linkAad } from "../../../src/core/commitment.ts";
import { parseStrictJson } from "../../../src/core/json.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { encodeKeyString, parseKeyString } from "../../../src/core/keys/keystring.ts";
import { withStatement } from "../../../src/core/keys/manifest-edits.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { openValues, openVault } from "../../../src/core/vault/open-vault.ts";
import { isPaddedFrom, pad, paddedLength } from "../../../src/core/vault/padding.ts";
import { encodeFlags, encodeLine, KIND, NO_SINCE, type Place, sealToken } from "../../../src/core/vault/token.ts";
import { parseVault } from "../../../src/core/vault/vault.ts";
import * as suite from "../../../src/crypto/node.ts";
import { PROJECT, person } from "../../support/authority.ts";
import { Ring } from "../../support/keyring-builder.ts";
import { ADMIN, keyOf, manifestOf, reallyWrapped } from "../../support/manifests.ts";
import { MemoryProject } from "../../support/vaults.ts";

/** What someone who does hold the key, or a faulty writer, could seal: it is refused all the same. */

const project = new MemoryProject();
const id = b64u(project.vaultId);
const key = project.keyring.vaultKey(project.keyring.active.keyId, id);
const SINCE = Uint8Array.from(project.keyring.keyPin.subarray(0, 6));

const assignment = (name: string, previous: string, raw: string, kind: Place["kind"] = KIND.secret) =>
  sealToken(key, { kind, name, previous }, encodeLine({ since: SINCE, end: 0, raw })).text;
const comment = (raw: string) =>
  sealToken(key, { kind: KIND.comment, name: "", previous: "" }, encodeLine({ since: NO_SINCE, end: 0, raw })).text;
const end = (previous: string, flags = encodeFlags({ bom: false, eol: 1, finalNewline: true })) =>
  sealToken(key, { kind: KIND.end, name: "", previous }, flags).text;
const vault = (rows: string[], last: string) => `# envseal:1 default ${id}\n${rows.map((row) => `${row}\n`).join("\n")}#end ${last}\n`;

function errorOf(text: string, strict: boolean): string {
  try {
    (strict ? openVault : openValues)(parseVault(text), project.keyring.keysOf(id));
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Seals with a nonce that is not the synthetic one, or a padding that is not ours. */
function rawToken(place: Place, padded: Uint8Array, nonce: Uint8Array): string {
  const aad = concat(key.aadPrefix, Uint8Array.of(place.kind), lp(place.name), lp(place.previous));
  return `enc:v1.${key.keyId}:${b64u(concat(nonce, suite.aeadSeal(key.encrypt, nonce, padded, aad)))}`;
}

describe("what a key holder seals against the format", () => {
  it.each([
    ["another name's assignment", vault([`A=${assignment("A", "", "B=1")}`], end("A"))],
    ["two assignments", vault([`A=${assignment("A", "", "A=1\nB=2")}`], end("A"))],
    ["no assignment", vault([`A=${assignment("A", "", "# A=1")}`], end("A"))],
    ["nothing", vault([`A=${assignment("A", "", "")}`], end("A"))],
    [
      "a comment's content",
      vault(
        [`A=${sealToken(key, { kind: KIND.secret, name: "A", previous: "" }, encodeLine({ since: NO_SINCE, end: 0, raw: "A=1" })).text}`],
        end("A"),
      ),
    ],
    [
      "a line end that does not exist",
      vault(
        [`A=${sealToken(key, { kind: KIND.secret, name: "A", previous: "" }, encodeLine({ since: SINCE, end: 5 as 4, raw: "A=1" })).text}`],
        end("A"),
      ),
    ],
    ["flags that do not exist", vault([`A=${assignment("A", "", "A=1")}`], end("A", Uint8Array.of(0x12)))],
    ["no default line end", vault([`A=${assignment("A", "", "A=1")}`], end("A", Uint8Array.of(0)))],
    ["another shown value", vault([`A='2' # ${assignment("A", "", "A=1", KIND.public)}`], end("A"))],
  ])("%s is refused at both doors", (_, text) => {
    expect(errorOf(text, true)).toBe("TAMPERED");
    expect(errorOf(text, false)).toBe("TAMPERED");
  });

  it.each([
    ["a comment that overrides a value", vault([`A=${assignment("A", "", "A=1")}`, `# ${comment("A=2")}`], end("A"))],
    ["a comment that sets a name", vault([`A=${assignment("A", "", "A=1")}`, `# ${comment("PWN=1")}`], end("A"))],
    [
      "a quote that swallows the next line",
      vault([`A=${assignment("A", "", "A='x\\'")}`, `B=${assignment("B", "A", "B='\ny'")}`], end("B")),
    ],
    ["text that cannot be read", vault([`# ${comment("A='x")}`], end(""))],
  ])("%s is refused when the file is opened whole", (_, text) => {
    expect(errorOf(text, true)).toBe("TAMPERED");
  });

  it("a nonce that is not the synthetic one is refused by all but the loader", () => {
    const padded = pad(encodeLine({ since: SINCE, end: 0, raw: "A=1" }));
    const text = vault([`A=${rawToken({ kind: KIND.secret, name: "A", previous: "" }, padded, new Uint8Array(12).fill(7))}`], end("A"));
    expect(errorOf(text, true)).toBe("TAMPERED");
    expect(errorOf(text, false)).toBe("none");
  });

  it("padding of another length or content is refused", () => {
    const content = encodeLine({ since: SINCE, end: 0, raw: "A=1" });
    const place: Place = { kind: KIND.secret, name: "A", previous: "" };
    const dirty = pad(content);
    dirty[63] = 1;
    const longer = concat(pad(content), new Uint8Array(32));
    for (const padded of [content, dirty, longer]) {
      expect(errorOf(vault([`A=${rawToken(place, padded, new Uint8Array(12))}`], end("A")), false)).toBe("TAMPERED");
    }
    expect(isPaddedFrom(pad(content), content.length)).toBe(true);
    expect([0, 64, 65, 96, 97, 512, 513, 1000, 65_537].map(paddedLength)).toEqual([64, 64, 96, 96, 128, 512, 544, 1024, 67_584]);
  });

  it("names of any length are bound", () => {
    const [long, other] = ["A".repeat(200), `${"A".repeat(199)}B`];
    const text = vault([`${long}=${assignment(long, "", `${long}=1`)}`, `B=${assignment("B", long, "B=1")}`], end("B"));
    expect(errorOf(text, true)).toBe("none");
    expect(errorOf(text.replace(`${long}=`, `${other}=`), true)).toBe("TAMPERED");
    const unchained = vault([`${long}=${assignment(long, "", `${long}=1`)}`, `B=${assignment("B", other, "B=1")}`], end("B"));
    expect(errorOf(unchained, true)).toBe("TAMPERED");
  });

  it("a vault entry, a link or an access entry that the key did not make is refused", async () => {
    const forged = {
      ...project.manifest,
      vaults: { ".env.vault": { environment: "default", id, tag: `hmac:${key.keyId}:${b64u(new Uint8Array(32))}` } },
    };
    expect(() => new Keyring(forged, "default", project.dataKey).checkVault(".env.vault", { environment: "default", id })).toThrow(
      /made or changed by someone without the key/,
    );

    const newKey = new Uint8Array(32).fill(77);
    const ring = new Ring(project.manifest, project.dataKey).rotate(77).fence();
    const { active } = ring;
    const nonce = new Uint8Array(12).fill(1);
    const linkKey = deriveLinkKey(newKey, unb64u(PROJECT) as Uint8Array, "default");
    const wrong = concat(nonce, suite.aeadSeal(linkKey, nonce, new Uint8Array(32).fill(66), linkAad("default", active, key.keyId)));
    const { keys } = ring.statement;
    const linked = { ...keys, [active]: { ...(keys[active] as KeyEntry), links: { [key.keyId]: `aead:${b64u(wrong)}` } } };
    const relinked = new Keyring(withStatement(ring.manifest, "default", { keys: linked }, ADMIN), "default", newKey);
    expect(() => relinked.dataKey(key.keyId, "x")).toThrow(/is not genuine/);

    const people = [person("bob", 4), person("eve", 5)];
    const granted = await reallyWrapped(manifestOf({ environments: { default: { access: people } } }));
    const bob = { type: "identity", identity: keyOf(4), pins: [], personal: false, environment: null, source: "a test" } as const;
    expect(unlock(granted, "default", bob).active.version).toBe(1);
    const access = granted.environments.default?.access.bob as AccessEntry;
    const withBob = (change: Partial<AccessEntry>) => new Ring(granted, keyOf(1)).forged({ access: { bob: { ...access, ...change } } });
    const { tag } = forged.vaults[".env.vault"];
    expect(() => unlock(withBob({ tag }), "default", bob)).toThrow(/changed by someone without the right/);
    expect(() => unlock(withBob({ since: 2 }), "default", bob)).toThrow(/changed by someone without the right/);
    const eve = { ...bob, identity: keyOf(5) };
    expect(() => unlock(withBob({ recipient: people[1]?.recipient as string }), "default", eve)).toThrow(/does not open with the identity/);
    expect(openAgeFile(Buffer.from((access.wrapped as string).slice(4), "base64url"), keyOf(5))).toBeNull();
  });
});

describe("strict reading", () => {
  it("refuses JSON that JSON.parse would take", () => {
    for (const bad of [
      '{"a":1,"a":2}',
      '{"a":{"b":1,"b":1}}',
      '{"a":1.5}',
      '{"a":1e400}',
      '{"a":"\\ud800"}',
      "[".repeat(40) + "]".repeat(40),
      '{"a":9007199254740993}',
      "",
      "{",
      "{}x",
    ]) {
      expect(parseStrictJson(bad), bad).toHaveProperty("problem");
    }
    expect(parseStrictJson('{"a":"\\"b\\":","c":["d"]}')).toEqual({ value: { a: '"b":', c: ["d"] } });
    expect(parseStrictJson('{"__proto__":1,"__proto__":2}')).toHaveProperty("problem");
  });

  it("refuses a manifest with anything that it does not know", () => {
    const text = serialiseManifest(project.manifest);
    expect(parseManifest(text)).toEqual(project.manifest);
    const edits: [string, string][] = [
      ['"envseal": 1', '"envseal": 1,\n  "x": 1'],
      ['"state": "active"', '"state": "alive"'],
      ['"version": 1', '"version": 0'],
      ['"active": "', '"active": "A'],
      [".env.vault", "../.env.vault"],
      [".env.vault", "a//.env.vault"],
      [".env.vault", "a/.ENV.vault"],
      ['"required": []', '"required": ["__proto__"]'],
      ['"cryptoperiodDays": 365', '"cryptoperiodDays": "365"'],
    ];
    for (const [from, to] of edits) {
      expect(text).toContain(from);
      expect(() => parseManifest(text.replace(from, to)), to).toThrow(/cannot be read/);
    }
    expect(() => parseManifest(text.replace('"envseal": 1', '"envseal": 2'))).toThrow(/format 2; this release reads format 1/);
    expect(() => parseManifest(text.replace('  "project"', '<<<<<<< HEAD\n  "project"'))).toThrow(/line \d+: the file holds unresolved/);
  });

  it("refuses key strings that are cut, mistyped, renamed or of an unknown kind", () => {
    const good = encodeKeyString({
      type: "identity",
      environment: "production",
      pin: new Uint8Array(16).fill(1),
      identity: new Uint8Array(32).fill(2),
    });
    expect(parseKeyString(good, "a test")).toMatchObject({ type: "identity", environment: "production" });
    expect(good).toHaveLength("esk_production_".length + 71);
    const body = concat(Uint8Array.of(2), new Uint8Array(48));
    const unknown = `esk_a_${b64u(concat(body, new Uint8Array(4)))}`;
    for (let at = 0; at < good.length; at++) {
      const typo = good.slice(0, at) + (good[at] === "x" ? "y" : "x") + good.slice(at + 1);
      expect(() => parseKeyString(typo, "a test"), `${at}`).toThrow(/the key in a test/);
    }
    for (const bad of [
      good.slice(0, -1),
      `${good}A`,
      good.replace("production", "staging"),
      unknown,
      "esk_",
      "esk__AAAA",
      "esk_../x_AAAA",
      `${good}=`,
    ]) {
      expect(() => parseKeyString(bad, "a test"), bad).toThrow(/the key in a test/);
    }
  });
});
