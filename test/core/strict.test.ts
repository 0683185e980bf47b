import { describe, expect, it } from "vitest";
import { b64u, concat, readU32, u32, unb64u, utf8 } from "../../src/core/bytes.ts";
import { withEntry, withVault } from "../../src/core/changes.ts";
import { crc32 } from "../../src/core/crc32.ts";
import { canonicalJson, parseStrictJson, prettyJson } from "../../src/core/json.ts";
import { commitmentOf, Keyring, listedVault } from "../../src/core/keyring.ts";
import { encodeKeyString, looksLikeKeyString, parseKeyString } from "../../src/core/keystring.ts";
import { type KeyEntry, type Manifest, manifestIn, parseManifest, serialiseManifest, taggedPart } from "../../src/core/manifest.ts";
import { isPaddedFrom, pad } from "../../src/core/padding.ts";
import { fenced, keepersOf, moved } from "../../src/core/rotate.ts";
import { tagMatches, vaultTag } from "../../src/core/tags.ts";
import {
  decodeFlags,
  decodeLine,
  encodeFlags,
  encodeLine,
  KIND,
  openToken,
  parseToken,
  peekToken,
  sealToken,
} from "../../src/core/token.ts";
import { parseVault, readHeader, serialiseVault, showValue } from "../../src/core/vault.ts";
import { errorOf } from "../support/folders.ts";
import { AT, idOf, keyOf, Ring, recipient, wrappedFor } from "../support/rings.ts";
import { MemoryProject } from "../support/vaults.ts";

const base = Ring.start().grant("ada", 11);
const third = base.rotate(2).rotate(3);
const second = base.rotate(2).active;
const text = serialiseManifest(third.manifest);

/** The third manifest as JSON, with a change that its reader must refuse. */
function refused(change: (manifest: Manifest & Record<string, unknown>) => void): string {
  const manifest = JSON.parse(text);
  change(manifest);
  return errorOf(() => parseManifest(JSON.stringify(manifest)))?.message ?? "accepted";
}
const entryOf = (manifest: Manifest) => manifest.environments.default as Manifest["environments"][string];

describe("what a manifest refers to", () => {
  it.each<[string, (manifest: Manifest) => void, string]>([
    [
      "an active key that is not there",
      (it) => Object.assign(entryOf(it), { active: "AAAAAAAA" }),
      "environments.default.active names no key",
    ],
    ["a floor that is not there", (it) => Object.assign(entryOf(it), { floor: "AAAAAAAA" }), "environments.default.floor names no key"],
    [
      "an active key in another state",
      (it) => Object.assign(entryOf(it), { active: second }),
      "environments.default has not exactly one active key",
    ],
    [
      "two active keys",
      (it) => Object.assign(entryOf(it).keys[second] as object, { state: "active" }),
      "environments.default has not exactly one active key",
    ],
    [
      "no active key",
      (it) => Object.assign(entryOf(it).keys[third.active] as object, { state: "deactivated" }),
      "environments.default has not exactly one active key",
    ],
    [
      "a key under another's id",
      (it) => Object.assign(entryOf(it).keys[second] as object, { commitment: entryOf(it).keys[third.active]?.commitment }),
      `environments.default.keys.${second} is not the id of its commitment`,
    ],
    [
      "a link to nothing",
      (it) => Object.assign(entryOf(it).keys[second] as object, { links: { AAAAAAAA: `aead:${b64u(new Uint8Array(60))}` } }),
      `environments.default.keys.${second} links to a key that is not there`,
    ],
    [
      "access for nobody",
      (it) => Object.assign(entryOf(it).access, { eve: entryOf(it).access.ada }),
      "environments.default.access names eve, who is no recipient",
    ],
    [
      "a vault of no environment",
      (it) => Object.assign(it.vaults[".env.vault"] as object, { environment: "x" }),
      "vaults..env.vault names an environment that is not there",
    ],
    [
      "a vault of another environment than its name says",
      (it) => Object.assign(it.vaults, { ".env.staging.vault": { ...it.vaults[".env.vault"], id: idOf(4) } }),
      "vaults..env.staging.vault is listed for another environment than its name says",
    ],
    [
      "a vault in a folder of another environment than its name says",
      (it) => Object.assign(it.vaults, { "a/.env.staging.vault": { ...it.vaults[".env.vault"], id: idOf(4) } }),
      "vaults.a/.env.staging.vault is listed for another environment than its name says",
    ],
    [
      "two vaults of one id",
      (it) => Object.assign(it.vaults, { "a/.env.vault": it.vaults[".env.vault"] }),
      "vaults.a/.env.vault has the id of another vault",
    ],
    [
      "two paths that are one on some disks",
      (it) =>
        Object.assign(it.vaults, {
          "a/.env.vault": { ...it.vaults[".env.vault"], id: idOf(4) },
          "A/.env.vault": { ...it.vaults[".env.vault"], id: idOf(5) },
        }),
      "differs from another path only by case",
    ],
  ])("is refused where it is %s", (_, change, message) => {
    expect(refused(change)).toContain(`envseal.json cannot be read: `);
    expect(refused(change)).toContain(message);
  });

  it("is read where it is sound, with vaults in folders of their own", () => {
    const more = third.apply((manifest, { signer }) => withVault(manifest, signer, "a/b/.env.vault", idOf(4)));
    expect(parseManifest(serialiseManifest(more.manifest))).toEqual(more.manifest);
  });

  it("is refused where the file is too large, in conflict, or of another format", () => {
    expect(errorOf(() => parseManifest(`${" ".repeat(16 << 20)}${text}`))?.message).toMatch(/larger than 16 MiB$/);
    const room = (16 << 20) - text.length;
    expect(parseManifest(" ".repeat(room) + text)).toEqual(third.manifest);
    for (const marker of ["<<<<<<< ours", "=======", ">>>>>>> theirs", "||||||| base"]) {
      expect(errorOf(() => parseManifest(`{\n\n${marker}\n}`, "m.json"))).toMatchObject({
        code: "CONFLICT_MARKERS",
        message: "m.json line 3: the file holds unresolved merge conflict markers",
      });
      expect(errorOf(() => parseManifest(`{ ${marker}\n}`))).toMatchObject({ code: "MALFORMED_MANIFEST" });
    }
    expect(errorOf(() => parseManifest('{"envseal":7}'))).toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      hint: "install envseal 7.x or newer",
    });
    for (const other of ['{"envseal":"2"}', "[2]", "null", "2", '{"envseal":null}', "{}"])
      expect(errorOf(() => parseManifest(other))).toMatchObject({ code: "MALFORMED_MANIFEST" });
  });

  it("is looked for in bytes that may be no manifest", () => {
    expect(manifestIn(utf8(text))).toEqual(third.manifest);
    expect([manifestIn(Uint8Array.of(0xff)), manifestIn(utf8("{")), manifestIn(utf8(""))]).toEqual([null, null, null]);
  });

  it("is tagged in all but access and tag", () => {
    const tagged = JSON.parse(taggedPart(third.entry));
    const { access: _, tag: __, ...rest } = third.entry;
    expect(tagged).toEqual(rest);
  });
});

describe("strict JSON", () => {
  it.each([
    ["16 levels", `${"[".repeat(16)}1${"]".repeat(16)}`],
    ["escapes before a colon", '{"a\\"":1,"a":2}'],
    ["a string that ends with a backslash", '{"a":"\\\\","b":1}'],
    ["a colon in a string", '{"a":"b:","c":"\\":"}'],
    ["white space before a colon", '{"a" :1,"b"\n:2}'],
    ["the largest integer", "9007199254740991"],
    ["the smallest", "-9007199254740991"],
    ["a pair of surrogates", '"\\ud83d\\ude00"'],
    ["empty ones", '[{},[],"",0,null,true]'],
  ])("takes %s", (_, source) => expect(parseStrictJson(source)).toEqual({ value: JSON.parse(source) }));

  it.each([
    ["17 levels", `${"[".repeat(17)}1${"]".repeat(17)}`, "it is nested too deeply"],
    ["17 levels of objects", `${'{"a":'.repeat(17)}1${"}".repeat(17)}`, "it is nested too deeply"],
    ["a member twice in a list", '[{"a":1},{"b":1,"b":2}]', "it names a member twice"],
    ["a member twice by an escape", '{"a":1,"\\u0061":2}', "it names a member twice"],
    ["a member twice, the one in the other", '{"a":{"a":1},"a":2}', "it names a member twice"],
    ["a large integer", "[9007199254740992]", "it holds a number that is no integer"],
    ["a fraction in depth", '{"a":[{"b":0.5}]}', "it holds a number that is no integer"],
    ["half a pair", '["\\ud83d"]', "it holds half a surrogate pair"],
    ["nothing", "", "it is not valid JSON"],
  ])("refuses %s", (_, source, problem) => expect(parseStrictJson(source)).toEqual({ problem }));

  it("has one form for tags and one for people", () => {
    const value = { b: [1, { d: null, c: "x\n" }], a: true, B: {} };
    expect(canonicalJson(value)).toBe('{"B":{},"a":true,"b":[1,{"c":"x\\n","d":null}]}');
    expect(prettyJson(value)).toBe(
      '{\n  "B": {},\n  "a": true,\n  "b": [\n    1,\n    {\n      "c": "x\\n",\n      "d": null\n    }\n  ]\n}\n',
    );
    expect([canonicalJson(null), canonicalJson("a"), canonicalJson([])]).toEqual(["null", '"a"', "[]"]);
  });
});

describe("a keyring", () => {
  it("refuses another environment's name, another key, and an entry that was changed", () => {
    expect(errorOf(() => new Keyring(third.manifest, "staging", third.dataKey))).toMatchObject({
      code: "UNKNOWN_ENVIRONMENT",
      hint: expect.stringMatching(/^it has: default;/),
    });
    expect(errorOf(() => new Keyring({ ...third.manifest, environments: {} }, "toString", third.dataKey))?.hint).toMatch(
      /^it has: none yet;/,
    );
    expect(errorOf(() => new Keyring(third.manifest, "default", keyOf(2)))).toMatchObject({ code: "WRONG_KEY" });
    for (const change of [
      { required: ["A"] },
      { floor: second },
      { public: ["*"] },
      { cryptoperiodDays: 1 },
      { allow: [{ rule: "leak", reason: "x" }] },
    ])
      expect(errorOf(() => new Keyring(third.forged(change), "default", third.dataKey))).toMatchObject({ code: "FORGED_MANIFEST" });
    const byOld = withEntry(third.manifest, base.keyring.signer, { ...third.entry, required: ["A"] });
    expect(errorOf(() => new Keyring(byOld, "default", third.dataKey))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(errorOf(() => new Keyring({ ...third.manifest, project: idOf(8) }, "default", third.dataKey))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
  });

  it("gives the pins it can open, the active one's first, and reaches no other", () => {
    const pins = [third, base.rotate(2), base].map(({ keyring }) => keyring.pin);
    expect(third.keyring.pins().map(b64u)).toEqual(pins.map(b64u));
    expect(base.keyring.pins().map(b64u)).toEqual([b64u(pins[2] as Uint8Array)]);
    expect(pins.map((pin) => base.keyring.reachesPin(pin))).toEqual([false, false, true]);
    expect(third.keyring.reachesPin(new Uint8Array(16))).toBe(false);
    expect(third.keyring.reachesPin((pins[0] as Uint8Array).subarray(0, 15))).toBe(false);
    expect(pins.map((pin) => third.keyring.isTombstone(pin))).toEqual([false, false, false]);
  });

  it("has a floor that counts itself and what leads to it", () => {
    const above = (ring: Ring) =>
      [base.active, second, third.active, "AAAAAAAA", "toString"].map((keyId) => ring.keyring.isAtOrAboveFloor(keyId));
    expect(above(third)).toEqual([true, true, true, false, false]);
    expect(above(third.set({ floor: second }))).toEqual([false, true, true, false, false]);
    expect(above(third.fence())).toEqual([false, false, true, false, false]);
    expect(fenced(third.manifest, third.keyring).environments.default?.floor).toBe(third.active);
  });

  it("lists a vault by its path, id and environment, each of them bound", () => {
    const ring = third.keyring;
    const header = { environment: "default", id: idOf(1) };
    expect(ring.listsVault(".env.vault")).toBe(true);
    expect(() => ring.checkVault(".env.vault", header)).not.toThrow();
    expect(errorOf(() => ring.checkVault("a/.env.vault", header))).toMatchObject({ code: "UNLISTED_VAULT" });
    expect(errorOf(() => ring.checkVault("toString", header))).toMatchObject({ code: "UNLISTED_VAULT" });
    expect([ring.listsVault("a/.env.vault"), ring.listsVault("toString")]).toEqual([false, false]);
    expect(errorOf(() => ring.checkVault(".env.vault", { ...header, id: idOf(2) }))).toMatchObject({ code: "FOREIGN_VAULT" });
    expect(errorOf(() => ring.checkVault(".env.vault", { ...header, environment: "x" }))).toMatchObject({ code: "FOREIGN_VAULT" });
    expect(listedVault(third.manifest, ".env.vault", header)).toBe(third.manifest.vaults[".env.vault"]);
    const moved = { ...third.manifest, vaults: { "a/.env.vault": third.manifest.vaults[".env.vault"] as never } };
    expect(errorOf(() => new Keyring(moved, "default", third.dataKey).checkVault("a/.env.vault", header))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
    const other = {
      ...third.manifest,
      vaults: { ".env.vault": { ...(third.manifest.vaults[".env.vault"] as object), id: idOf(2) } as never },
    };
    expect(new Keyring(other, "default", third.dataKey).listsVault(".env.vault")).toBe(false);
    const old = { ...third.manifest, vaults: base.manifest.vaults };
    expect(new Keyring(old, "default", third.dataKey).listsVault(".env.vault")).toBe(false);
    expect(vaultTag(ring.signer, ".env.vault", idOf(1))).toBe(third.manifest.vaults[".env.vault"]?.tag);
    expect([tagMatches("a", "a"), tagMatches("a", "b"), tagMatches("a", "aa"), tagMatches("", "")]).toEqual([true, false, false, true]);
  });

  it("keeps in a rotation whom a holder of the key let in", () => {
    const eve = {
      ...third.entry.access,
      eve: { wrapped: "age:AAAA", tag: third.entry.access.ada?.tag as string },
      gone: third.entry.access.ada as never,
    };
    const manifest = { ...third.join("eve", 12).forged({ access: eve }), recipients: third.join("eve", 12).manifest.recipients };
    const ring = new Keyring(manifest, "default", third.dataKey);
    expect(keepersOf(ring)).toEqual({ kept: ["ada"], spoiled: ["eve", "gone"] });
    const swapped = { ...third.manifest, recipients: { ada: { recipient: recipient(12), added: "2026-01-01" } } };
    expect(new Keyring(swapped, "default", third.dataKey).accessIsGenuine("ada")).toBe(false);
    expect(third.keyring.accessIsGenuine("toString")).toBe(false);
  });

  it("rotates to a key that nobody had, and says what the old one became", () => {
    for (const [reason, state] of [
      ["scheduled", "deactivated"],
      ["offboarding", "deactivated"],
      ["suspected", "suspended"],
      ["compromised", "compromised"],
    ] as const) {
      const next = base.rotate(5, { reason });
      expect(next.entry.keys[base.active]).toMatchObject({ state });
      expect(next.entry.keys[base.active]?.history.at(-1)).toEqual({ state, at: AT, reason });
      expect(next.entry.keys[next.active]).toMatchObject({
        version: 2,
        state: "active",
        created: AT,
        reason,
        history: [{ state: "active", at: AT }],
      });
      expect(next.entry.floor).toBe(base.entry.floor);
      expect(Object.keys(next.entry.access)).toEqual(["ada"]);
      expect(next.entry.access.ada?.wrapped).toBe(`age:${b64u(wrappedFor(5))}`);
    }
    expect(errorOf(() => base.rotate(1))).toMatchObject({ code: "BUG" });
    expect(Object.keys(base.rotate(5, { keep: [] }).entry.access)).toEqual([]);
    const key = { ...(base.entry.keys[base.active] as KeyEntry) };
    expect(moved(key, "suspended", AT).history).toEqual([...key.history, { state: "suspended", at: AT }]);
    const staging = {
      ...base.manifest,
      vaults: { ...base.manifest.vaults, ".env.staging.vault": { environment: "staging", id: idOf(4), tag: "hmac:kept" } },
    };
    expect(new Ring(staging, base.dataKey).rotate(5).manifest.vaults[".env.staging.vault"]?.tag).toBe("hmac:kept");
    const unlisted = { ...base.manifest, vaults: { ".env.vault": { environment: "default", id: idOf(4), tag: "hmac:kept" } } };
    expect(new Ring(unlisted, base.dataKey).rotate(5).manifest.vaults[".env.vault"]?.tag).toBe("hmac:kept");
  });

  it("tells whose key a token names", () => {
    const keys = third.keyring.keysOf(idOf(1));
    const token = { text: "", version: 1, keyId: base.active, bodyAt: 0 };
    expect(keys.keyFor(token, "x")).toMatchObject({ keyId: base.active, version: 1 });
    expect(keys.keyFor(token, "x")).toBe(keys.keyFor(token, "y"));
    expect(errorOf(() => keys.keyFor({ ...token, version: 2 }, "x"))).toMatchObject({
      code: "TAMPERED",
      message: expect.stringContaining("x: "),
    });
    expect(errorOf(() => keys.keyFor({ ...token, keyId: "AAAAAAAA" }, "x"))).toMatchObject({ code: "KEY_UNKNOWN" });
    const staging = Ring.start(8, "staging");
    const both = { ...third.manifest, environments: { ...third.manifest.environments, staging: staging.entry } };
    const ring = new Keyring(both, "default", third.dataKey);
    expect(errorOf(() => ring.keysOf(idOf(1)).keyFor({ ...token, keyId: staging.active }, "x"))).toMatchObject({
      code: "MOVED_VALUE",
      message: "x: sealed for environment staging, and this vault is of default",
    });
    const low = third.fence().keyring;
    expect(errorOf(() => low.keysOf(idOf(1)).keyFor(token, "x"))).toMatchObject({ code: "BELOW_FLOOR" });
    expect(low.keysOf(idOf(1), true).keyFor(token, "x").version).toBe(1);
    expect(b64u(commitmentOf(third.dataKey))).toBe(third.entry.keys[third.active]?.commitment.slice(5));
  });

  it("knows the other vaults of its environment", () => {
    const more = third.apply((manifest, { signer }) => withVault(manifest, signer, "a/.env.vault", idOf(4)));
    const manifest = {
      ...more.manifest,
      vaults: { ...more.manifest.vaults, ".env.staging.vault": { environment: "staging", id: idOf(5), tag: "x" } },
    };
    const ring = new Keyring(manifest, "default", third.dataKey);
    const token = { text: "", version: 3, keyId: third.active, bodyAt: 0 };
    const siblings = ring.keysOf(idOf(1)).siblings?.(token) ?? [];
    expect(siblings.map(({ path }) => path)).toEqual(["a/.env.vault"]);
    expect(siblings[0]?.key.encrypt).toEqual(ring.vaultKey(third.active, idOf(4)).encrypt);
  });
});

describe("a key string", () => {
  const pin = new Uint8Array(16).fill(1);
  const own = { type: "identity", environment: "a", pin, identity: keyOf(2) } as const;
  const readOnly = { type: "read-only", environment: "a", pin, vaultId: new Uint8Array(12).fill(3), version: 7, root: keyOf(4) } as const;
  const made = (bytes: Uint8Array, environment = "a") =>
    `esk_${environment}_${b64u(concat(bytes, u32(crc32(concat(utf8(environment), bytes)))))}`;

  const plain = (key: object) =>
    Object.fromEntries(Object.entries(key).map(([name, value]) => [name, value instanceof Uint8Array ? b64u(value) : value]));
  it("is read as it was written", () => {
    for (const key of [own, readOnly]) expect(plain(parseKeyString(encodeKeyString(key), "x"))).toEqual(plain(key));
    expect(made(concat(Uint8Array.of(1), pin, keyOf(2)))).toBe(encodeKeyString(own));
    expect([looksLikeKeyString("esk_"), looksLikeKeyString("xesk_"), looksLikeKeyString("")]).toEqual([true, false, false]);
  });

  it.each([
    ["of an environment that is none", made(concat(Uint8Array.of(1), pin, keyOf(2)), "local"), "names no environment"],
    ["of an environment that begins with a dash", made(concat(Uint8Array.of(1), pin, keyOf(2)), "-a"), "names no environment"],
    ["of kind 0", made(concat(Uint8Array.of(0), pin, keyOf(2))), "is of a kind this release does not know"],
    ["of the reserved kind", made(concat(Uint8Array.of(2), pin, keyOf(2))), "is of a kind this release does not know"],
    ["an identity of 31 bytes", made(concat(Uint8Array.of(1), pin, new Uint8Array(31))), "is of a kind this release does not know"],
    ["an identity of 33 bytes", made(concat(Uint8Array.of(1), pin, new Uint8Array(33))), "is of a kind this release does not know"],
    ["a read-only one of the other's length", made(concat(Uint8Array.of(3), pin, keyOf(2))), "is of a kind this release does not know"],
    [
      "an identity of the other's length",
      made(concat(Uint8Array.of(1), pin, new Uint8Array(12), u32(1), keyOf(2))),
      "is of a kind this release does not know",
    ],
    ["of version 0", made(concat(Uint8Array.of(3), pin, new Uint8Array(12), u32(0), keyOf(2))), "names key version 0"],
    ["nothing but a checksum", made(new Uint8Array(0)), "is cut off or mistyped"],
    ["a kind and a checksum", made(Uint8Array.of(1)), "is cut off or mistyped"],
    ["of three bytes", `esk_a_${b64u(new Uint8Array(3))}`, "is cut off or mistyped"],
    ["without a body", "esk_a_", "is no envseal key string"],
    ["with a character that is none", `${encodeKeyString(own)}!`, "is no envseal key string"],
    ["behind a space", ` ${encodeKeyString(own)}`, "is no envseal key string"],
    ["before a line end", `${encodeKeyString(own)}\n`, "is no envseal key string"],
  ])("is refused where it is %s", (_, string, what) => {
    const error = errorOf(() => parseKeyString(string, "the place"));
    expect(error).toMatchObject({ code: "MALFORMED_KEY", message: expect.stringContaining(`the key in the place ${what}`) });
  });

  it("has numbers in big-endian", () => {
    for (const value of [0, 1, 255, 256, 65_536, 0x01020304, 0x80000000, 0xffffffff]) expect(readU32(u32(value), 0)).toBe(value);
    expect([...u32(0x01020304)]).toEqual([1, 2, 3, 4]);
    expect(readU32(concat(new Uint8Array(3).fill(9), u32(0xfffefdfc)), 3)).toBe(0xfffefdfc);
    expect([unb64u("AAAA", 3), unb64u("AAAA", 4), unb64u("AAA="), unb64u("AB"), unb64u("")]).toEqual([
      expect.any(Uint8Array),
      null,
      null,
      null,
      expect.objectContaining({ length: 0 }),
    ]);
  });
});

describe("a token", () => {
  const project = new MemoryProject();
  const key = project.keyring.vaultKey(project.keyring.active.keyId, idOf(1));
  const place = { kind: KIND.secret, name: "A", previous: "" } as const;
  const since = new Uint8Array(6).fill(1);
  const token = sealToken(key, place, encodeLine({ since, end: 0, raw: "A=1" }));

  it("opens in its place alone", () => {
    expect(decodeLine(openToken(key, place, token, true) as Uint8Array, KIND.secret)).toEqual({
      since: Buffer.from(since),
      end: 0,
      raw: "A=1",
    });
    for (const other of [{ kind: KIND.public }, { kind: KIND.comment }, { kind: KIND.end }, { name: "B" }, { previous: "B" }])
      for (const strict of [true, false]) expect(openToken(key, { ...place, ...other }, token, strict)).toBeNull();
    expect(openToken(key, place, { ...token, version: 2 }, false)).toBeNull();
    expect(openToken(key, place, { ...token, keyId: "AAAAAAAA" }, false)).toBeNull();
    expect(peekToken(key, token)).toEqual(openToken(key, place, token, false));
  });

  it("is bound to long names as to short ones", () => {
    for (const length of [127, 128, 129, 300]) {
      const long = { ...place, name: "N".repeat(length), previous: "P".repeat(length) };
      const sealed = sealToken(key, long, pad(new Uint8Array(1)));
      expect(openToken(key, long, sealed, true)).not.toBeNull();
      for (const other of [{ name: "N".repeat(length + 1) }, { previous: "P".repeat(length - 1) }, { previous: "" }])
        expect(openToken(key, { ...long, ...other }, sealed, true)).toBeNull();
    }
  });

  const head = `enc:v1.${key.keyId}:`;
  it.each([
    "",
    "enc:v1",
    head,
    `x${head}AAAA`,
    `${head}AA=`,
    `${head}A+A`,
    head.replace("v1", "v0").concat("AAAA"),
    head.replace("v1", "v01").concat("AAAA"),
    head.replace("v1", "v4294967296").concat("AAAA"),
    head.replace("v1", "v99999999999").concat("AAAA"),
    `enc:v1.${key.keyId}A:AAAA`,
    `enc:v1.${key.keyId.slice(1)}:AAAA`,
    `${head}AAAA\n`,
  ])("is not %j", (bad) => expect(parseToken(bad)).toBeNull());

  it("is taken apart, and too short a body does not open", () => {
    expect(parseToken(token.text)).toEqual(token);
    expect(parseToken(head.replace("v1", "v4294967295").concat("AAAA"))).toMatchObject({ version: 4294967295 });
    for (const bytes of [1, 12, 27])
      expect(openToken(key, place, { ...token, text: head + b64u(new Uint8Array(bytes)) }, false)).toBeNull();
    expect(peekToken(key, { ...token, text: head + b64u(new Uint8Array(27)) })).toBeNull();
    expect(peekToken(key, { ...token, text: head + b64u(new Uint8Array(28)) })).toHaveLength(0);
    expect(openToken(key, place, { ...token, text: `${head}A` }, false)).toBeNull();
  });

  it("holds one line, padded with zeros and no more", () => {
    const line = encodeLine({ since, end: 4, raw: "A=ü" });
    expect(decodeLine(pad(line), KIND.secret)).toEqual({ since, end: 4, raw: "A=ü" });
    expect(decodeLine(pad(line), KIND.public)).not.toBeNull();
    expect(decodeLine(pad(line), KIND.comment)).toBeNull();
    const zero = encodeLine({ since: new Uint8Array(6), end: 0, raw: "# c" });
    expect(decodeLine(pad(zero), KIND.comment)?.raw).toBe("# c");
    expect(decodeLine(pad(zero), KIND.secret)).toBeNull();
    const badEnd = pad(line);
    badEnd[6] = 5;
    expect(decodeLine(badEnd, KIND.secret)).toBeNull();
    const dirty = pad(line);
    dirty[63] = 1;
    expect(decodeLine(dirty, KIND.secret)).toBeNull();
    const long = pad(line);
    long.set(u32(54), 7);
    expect(decodeLine(long, KIND.secret)).toBeNull();
    const utf = pad(line);
    utf[11] = 0xff;
    expect(decodeLine(utf, KIND.secret)).toBeNull();
    expect(decodeLine(new Uint8Array(10), KIND.secret)).toBeNull();
    expect(decodeLine(new Uint8Array(96).fill(1, 0, 6), KIND.secret)).toBeNull();
    expect([isPaddedFrom(new Uint8Array(64), 64), isPaddedFrom(new Uint8Array(64), 65), isPaddedFrom(new Uint8Array(65), 3)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("holds a file's flags, each by itself", () => {
    for (const bom of [true, false])
      for (const eol of [1, 2, 3] as const)
        for (const finalNewline of [true, false]) {
          const flags = { bom, eol, finalNewline };
          expect(decodeFlags(pad(encodeFlags(flags)))).toEqual(flags);
        }
    for (const byte of [0, 1, 8, 9, 16, 18, 255]) expect(decodeFlags(pad(Uint8Array.of(byte)))).toBeNull();
    expect(decodeFlags(pad(Uint8Array.of(2, 1)))).toBeNull();
    expect(decodeFlags(new Uint8Array(96).fill(2, 0, 1))).toBeNull();
  });
});

describe("a vault's text", () => {
  const project = new MemoryProject();
  const good = project.seal(Buffer.from("# c\nA=1\n\nB=2\n"), { isPublic: (name) => name === "B" });
  const rows = good.split("\n");
  const message = (text: string) => {
    const error = errorOf(() => parseVault(text, "v"));
    return error === undefined ? "accepted" : `${error.code} ${error.message}`;
  };
  const at = (index: number, row: string) => [...rows.slice(0, index), row, ...rows.slice(index + 1)].join("\n");

  it("is read with CRLF and blank lines, and written again as it was", () => {
    expect(serialiseVault(parseVault(good))).toBe(good);
    expect(serialiseVault(parseVault(good.replaceAll("\n", "\r\n")))).toBe(good);
    expect(serialiseVault(parseVault(good.replaceAll("\n", "\n\n")))).toBe(good);
    expect(serialiseVault(parseVault(`\n\n${good}`))).toBe(good);
  });

  it.each([
    ["empty", "", "v line 1: the file is empty"],
    ["only blank", "\n\n", "v line 1: the file is empty"],
    ["cut off", good.slice(0, -1), `v line ${rows.length - 1}: the file does not end with a line end`],
    ["without its end", `${rows.slice(0, -2).join("\n")}\n`, "the end line is missing"],
    ["with text behind its end", `${good}# x\n`, "v line"],
    ["with a second end", `${good}${rows.at(-2)}\n`, "there is text after the end line"],
    ["with a comment behind its end", `${good}${rows[1]}\n`, "there is text after the end line"],
    ["with a second header", `${rows[0]}\n${good}`, "v line 2: this comment is not one that a vault holds"],
    ["without its header", rows.slice(1).join("\n"), "v line 1: the header of a vault is missing"],
    ["of dotenv-vault", '#/---\nDOTENV_VAULT="x"\n', "v line 1: this is a vault of dotenv-vault"],
    ["of dotenv-vault without its head", 'DOTENV_VAULT_X="x"\n', "v line 1: this is a vault of dotenv-vault"],
    ["of a newer format", good.replace("envseal:1", "envseal:2"), "UNSUPPORTED_FORMAT v line 1: vault format 2"],
    ["of format 0", good.replace("envseal:1", "envseal:0"), "the header of a vault is missing"],
    ["of an environment that is none", good.replace(" default ", " local "), "v line 1: the header is damaged"],
    ["with a comment in clear", at(1, "# plain"), "v line 2: this comment is not one"],
    ["with a value in clear", at(2, "A=1"), "v line 3: A has a plaintext value"],
    ["with a damaged token", at(2, "A=enc:v1.x:A"), "v line 3: the token of A is damaged"],
    ["with no value", at(2, "A="), "v line 3: A has a plaintext value"],
    ["with a line that is none", at(2, "A"), "v line 3: this is no line of a vault"],
    ["with a name that is none", at(2, `__proto__=${rows[2]?.slice(2)}`), "v line 3: this is no line of a vault"],
    ["with export", at(2, `export ${rows[2]}`), "v line 3: this is no line of a vault"],
    ["with a name twice", at(3, rows[2] as string), "v line 4: A is set a second time (first on line 3)"],
    ["with a space before a line", at(2, ` ${rows[2]}`), "v line 3: this is no line of a vault"],
    ["with a space behind a line", at(2, `${rows[2]} `), "v line 3: the token of A is damaged"],
    ["with a shown value in other quotes", good.replace("B='2'", 'B="2"'), "the shown value of B is not written as a vault writes it"],
    ["with a shown value without quotes", good.replace("B='2'", "B=2"), "the shown value of B is not written"],
    ["with a shown value of one quote", good.replace("B='2'", "B='"), "the shown value of B is not written"],
    ["with a conflict", at(2, "<<<<<<< ours"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's middle", at(2, "======="), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's base", at(2, "||||||| x"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict's end", at(2, ">>>>>>> x"), "CONFLICT_MARKERS v line 3"],
    ["with a conflict for a header", `<<<<<<< ours\n${good}`, "CONFLICT_MARKERS v line 1"],
    ["with eight of a marker", at(2, "<<<<<<<<"), "MALFORMED_VAULT v line 3"],
    ["with a line too long", at(2, `A=${"x".repeat((2 << 20) - 1)}`), "v line 3: the line is longer than 2 MiB"],
    ["too large", `${good}${"\n".repeat(16 << 20)}`, "v line 1: the file is larger than 16 MiB"],
  ])("is refused where it is %s", (_, bad, what) => {
    expect(message(bad)).toContain(what);
  });

  it("has a header of one form", () => {
    expect(readHeader(`# envseal:1 production ${idOf(1)}`, 1, "v")).toEqual({ environment: "production", id: idOf(1) });
    for (const bad of [
      `# envseal:1 production ${idOf(1)}x`,
      ` # envseal:1 production ${idOf(1)}`,
      `# envseal:1  production ${idOf(1)}`,
      `# envseal:01 production ${idOf(1)}`,
      `#envseal:1 production ${idOf(1)}`,
      `# envseal:1 ${"x".repeat(33)} ${idOf(1)}`,
    ])
      expect(errorOf(() => readHeader(bad, 1, "v"))).toMatchObject({ code: "MALFORMED_VAULT" });
  });

  it("shows a value in the first quotes that fit, or not at all", () => {
    expect(["a", "it's", "a'\"", "a'\\b", ""].map(showValue)).toEqual(["'a'", '"it\'s"', "`a'\"`", "`a'\\b`", "''"]);
    for (const value of ["a\nb", "a\rb", "a\u2028", "a\u2029", "a\0", "a\\", "'\"`"]) expect(showValue(value)).toBeUndefined();
  });

  it("is not written where no reader would take it", () => {
    const parsed = parseVault(good);
    const huge = { text: "x".repeat(2 << 20), version: 1, keyId: "", bodyAt: 0 };
    const with_ = (line: object) => errorOf(() => serialiseVault({ ...parsed, lines: [line as never] }));
    expect(with_({ kind: "assignment", name: "A", shown: undefined, token: huge, line: 1 })).toMatchObject({
      code: "BAD_VALUE",
      message: "the value of A is too large to be sealed",
    });
    expect(with_({ kind: "comment", token: huge, line: 1 })?.message).toBe("the file is too large to be sealed");
    const many = Array.from({ length: 9 }, (_, line) => ({
      kind: "comment",
      token: { ...huge, text: "x".repeat((2 << 20) - 8192) },
      line,
    }));
    expect(errorOf(() => serialiseVault({ ...parsed, lines: many as never }))?.message).toBe("the file is too large to be sealed");
    expect(errorOf(() => serialiseVault({ ...parsed, lines: many.slice(2) as never }))).toBeUndefined();
  });
});
