import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import type { AuthorityStatement } from "../../../src/core/authority/authority.ts";
import { type Environment, type Manifest, type Settings, vaultPathsOf } from "../../../src/core/authority/manifest.ts";
import { b64u, utf8 } from "../../../src/core/bytes.ts";
import { isLongerThan } from "../../../src/core/limits.ts";
import { manifestIn, parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, idOf, keyOf, Ring, recipient } from "../../support/keyring-builder.ts";

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

const typingError = (text: string) => text.slice(0, -1) + (text.endsWith("q") ? "p" : "q");

/** What a manifest says where `ada` has this custody. */
const custody = (entry: object) => refused((it) => Object.assign(it.recipients.ada as object, { custody: entry }));
const scrypt = {
  kind: "passphrase",
  kdf: "scrypt",
  n: 2 ** 17,
  r: 8,
  p: 1,
  salt: b64u(keyOf(1).slice(16)),
  sealed: `aead:${b64u(new Uint8Array(76))}`,
};

describe("what opening a manifest may cost", () => {
  it.each([
    ["the default", {}, "accepted"],
    ["twice the default", { p: 2 }, "accepted"],
    ["as much by n", { n: 2 ** 18 }, "accepted"],
    ["as much by r", { r: 16 }, "accepted"],
    ["an eighth more", { n: 2 ** 18, r: 9 }, "more than twice the default work"],
    ["each at its bound", { n: 2 ** 18, r: 16, p: 2 }, "more than twice the default work"],
    ["n beyond its bound", { n: 2 ** 19 }, "envseal.json cannot be read"],
    ["r beyond its bound", { r: 17 }, "envseal.json cannot be read"],
    ["p beyond its bound", { p: 3 }, "envseal.json cannot be read"],
    ["n below the default", { n: 2 ** 16 }, "envseal.json cannot be read"],
  ])("%s", (_, costs, message) => expect(custody({ ...scrypt, ...costs })).toContain(message));

  it.each([`age:${"A".repeat(4097)}`, `age:${"A".repeat(4100)}`, "age:", "xage:AAAA", "age:AAAA=", "age:AAAA\n", "age:AB", "AAAA"])(
    "an age file is not %j",
    (wrapped) => expect(refused((it) => Object.assign(entryOf(it).access.ada as object, { wrapped }))).toContain("cannot be read"),
  );

  it("an age file may have 4096 characters", () => {
    expect(refused((it) => Object.assign(entryOf(it).access.ada as object, { wrapped: `age:${"A".repeat(4096)}` }))).toBe("accepted");
  });

  it("is bounded in bytes, not letters", () => {
    expect(["aaa", "aaaa", "\u00e9a", "\u00e9aa", "\u20ac", "\u20aca"].map((text) => isLongerThan(text, 3))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});

describe("what a manifest refers to", () => {
  it("is each environment's own vaults", () => {
    const vault = (environment: string) => ({ environment, id: idOf(1), tag: "" });
    const vaults = { ".env.vault": vault("default"), "a/.env.vault": vault("default"), ".env.x.vault": vault("x") };
    const { manifest } = Ring.start();
    expect(["default", "x", "y"].map((name) => vaultPathsOf({ ...manifest, vaults }, name))).toEqual([
      [".env.vault", "a/.env.vault"],
      [".env.x.vault"],
      [],
    ]);
  });

  it.each<[string, (manifest: Manifest) => void, string]>([
    [
      "an active key that is not there",
      (it) => Object.assign(entryOf(it).statement, { active: "AAAAAAAA" }),
      "environments.default.active names no key",
    ],
    [
      "a floor that is not there",
      (it) => Object.assign(entryOf(it).statement, { floor: "AAAAAAAA" }),
      "environments.default.floor names no key",
    ],
    [
      "an active key in another state",
      (it) => Object.assign(entryOf(it).statement, { active: second }),
      "environments.default has not exactly one active key",
    ],
    [
      "two active keys",
      (it) => Object.assign(entryOf(it).statement.keys[second] as object, { state: "active" }),
      "environments.default has not exactly one active key",
    ],
    [
      "no active key",
      (it) => Object.assign(entryOf(it).statement.keys[third.active] as object, { state: "deactivated" }),
      "environments.default has not exactly one active key",
    ],
    [
      "a key under another's id",
      (it) =>
        Object.assign(entryOf(it).statement.keys[second] as object, { commitment: entryOf(it).statement.keys[third.active]?.commitment }),
      `environments.default.keys.${second} is not the id of its commitment`,
    ],
    [
      "a link to nothing",
      (it) => Object.assign(entryOf(it).statement.keys[second] as object, { links: { AAAAAAAA: `aead:${b64u(new Uint8Array(60))}` } }),
      `environments.default.keys.${second} links to a key that is not there`,
    ],
    [
      "access of somebody with a typing error",
      (it) => Object.assign(entryOf(it).access.ada as object, { recipient: typingError(recipient(11)) }),
      "environments.default.access.ada.recipient has a typing error",
    ],
    [
      "an admin with a typing error",
      (it) => Object.assign(it.authority[0]?.admins.olga as object, { recipient: typingError(ADMIN.recipient) }),
      "the recipient of olga in revision 1 of the authority has a typing error",
    ],
    [
      "a wrapped key without its tag",
      (it) => delete (entryOf(it).access.ada as Partial<AccessEntry>).tag,
      "environments.default.access.ada has a key without its tag, or a tag alone",
    ],
    [
      "a tag without its wrapped key",
      (it) => delete (entryOf(it).access.ada as Partial<AccessEntry>).wrapped,
      "environments.default.access.ada has a key without its tag, or a tag alone",
    ],
    [
      "a key from after the statement",
      (it) => Object.assign(entryOf(it).statement, { revision: 2 }),
      `environments.default.keys.${third.active} is of a later revision than its statement`,
    ],
    ["an authority of nothing", (it) => it.authority.splice(0), "the authority has no statement"],
    [
      "an authority that lists a statement twice",
      (it) => it.authority.push(structuredClone(it.authority[0] as AuthorityStatement)),
      "the authority lists a statement twice",
    ],
    [
      "a recipient with a typing error",
      (it) => Object.assign(it.recipients.ada as object, { recipient: typingError(recipient(11)) }),
      "recipients.ada.recipient has a typing error",
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
    [
      "two paths that are one where case is folded by Unicode's rules",
      (it) =>
        Object.assign(it.vaults, {
          "\u1e9e/.env.vault": { ...it.vaults[".env.vault"], id: idOf(4) },
          "\u00df/.env.vault": { ...it.vaults[".env.vault"], id: idOf(5) },
        }),
      "differs from another path only by case",
    ],
  ])("is refused where it is %s", (_, change, message) => {
    expect(refused(change)).toContain(`envseal.json cannot be read: `);
    expect(refused(change)).toContain(message);
  });

  const tag = (keyId: string, mac = "A".repeat(43)) => `hmac:${keyId}:${mac}`;
  it.each([tag("AAAAAAA"), tag("AAAAAAAAA"), tag("AAAA!AAA"), tag(""), tag("AAAAAAAA", "A".repeat(42)), `${tag("AAAAAAAA")}:`])(
    "is no tag %j",
    (value) =>
      expect(refused((it) => Object.assign(entryOf(it).settings, { tag: value }))).toMatch(
        /environments\.default\.settings\.tag is not a tag$/,
      ),
  );

  it.each<[string, (manifest: Manifest & Record<string, unknown>) => void]>([
    [
      "the manifest.environments.default.settings.public[1] is not a pattern of variable names",
      (it) => entryOf(it).settings.public.push("A", "b c"),
    ],
    ["the manifest.recipients.ada.added is not a date", (it) => Object.assign(it.recipients.ada as object, { added: "2026-02-30" })],
    [
      "the manifest.vaults..env.vault.id is not 12 bytes of base64url",
      (it) => Object.assign(it.vaults[".env.vault"] as object, { id: "A" }),
    ],
    ['the manifest.environments.default.settings has no "allow"', (it) => delete (entryOf(it).settings as Partial<Settings>).allow],
    ['the manifest.environments.default has no "settings"', (it) => delete (entryOf(it) as Partial<Environment>).settings],
    ['the manifest.authority[0] has no "rotators"', (it) => delete (it.authority[0] as Partial<AuthorityStatement>).rotators],
    [
      "the manifest.environments.default.access.ada.kind is none of person, deploy, recovery",
      (it) => Object.assign(entryOf(it).access.ada as object, { kind: "robot" }),
    ],
    [
      "the manifest.environments.default.statement.signatures has not exactly one member",
      (it) => Object.assign(entryOf(it).statement, { signatures: {} }),
    ],
    [
      "the manifest.recipients.ada.custody.kind is none of file, keychain, command, deploy, recovery, kms",
      (it) => Object.assign(it.recipients.ada as object, { custody: { kind: ["file"] } }),
    ],
  ])("says where it is not what it ought to be: %s", (problem, change) => {
    expect(refused(change)).toBe(`envseal.json cannot be read: ${problem}`);
  });

  it("says what is wrong with its text", () => {
    expect(errorOf(() => parseManifest("{"))?.message).toBe("envseal.json cannot be read: it is not valid JSON");
    expect(errorOf(() => parseManifest(text.replace("{", '{"envseal":1,')))?.message).toBe(
      "envseal.json cannot be read: it names a member twice",
    );
  });

  it("is read where it is sound, with vaults in folders of their own", () => {
    const more = third.list("a/b/.env.vault", 4);
    expect(parseManifest(serialiseManifest(more.manifest))).toEqual(more.manifest);
  });

  it("is refused where the file is too large, in conflict, or of another format", () => {
    expect(errorOf(() => parseManifest(`${" ".repeat(16 << 20)}${text}`))?.message).toMatch(/larger than 16 MiB$/);
    const room = (16 << 20) - text.length;
    expect(parseManifest(" ".repeat(room) + text)).toEqual(third.manifest);
    for (const marker of ["<<<<<<< ours", "=======", ">>>>>>> theirs", "||||||| base"]) {
      expect(errorOf(() => parseManifest(`{ "a": 1,\n\n${marker}\n}`, "m.json"))).toMatchObject({
        code: "CONFLICT_MARKERS",
        message: "m.json line 3: the file holds unresolved merge conflict markers",
      });
      expect(errorOf(() => parseManifest(`{ ${marker}\n}`))).toMatchObject({ code: "MALFORMED_MANIFEST" });
    }
    expect(errorOf(() => parseManifest('{"envseal":7}'))).toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      hint: "install envseal 7.x or newer",
    });
    for (const line of ["<<<<<< ours", "a <<<<<<< b", "======", ">", "|||||| base"])
      expect(
        errorOf(() => parseManifest(`{\n${line}\n}`)),
        line,
      ).toMatchObject({ code: "MALFORMED_MANIFEST" });
    for (const other of ['{"envseal":"2"}', "[2]", "null", "2", '{"envseal":null}', "{}"])
      expect(errorOf(() => parseManifest(other))).toMatchObject({ code: "MALFORMED_MANIFEST" });
  });

  it("is looked for in bytes that may be no manifest", () => {
    expect(manifestIn(utf8(text))).toEqual(third.manifest);
    expect([manifestIn(Uint8Array.of(0xff)), manifestIn(utf8("{")), manifestIn(utf8(""))]).toEqual([null, null, null]);
  });

  it("is read where what a later release adds is there", () => {
    const access = { ada: { ...(third.entry.access.ada as AccessEntry), until: "2027-06-30", groups: ["backend"] } };
    const later = third.forged({ access, statement: { postQuantum: true }, settings: { inherits: ["S_*"], expand: { URL: ["HOST"] } } });
    const text = serialiseManifest(later);
    expect(parseManifest(text)).toEqual(later);
    expect(serialiseManifest(parseManifest(text))).toBe(text);
  });
});

describe("a text that is read again", () => {
  it("gives another manifest of the same parts, so that nothing of it is read or verified twice", () => {
    const [one, other] = [parseManifest(text), manifestIn(utf8(text))];
    expect(other).toEqual(one);
    expect(other).not.toBe(one);
    expect(other?.authority).toBe(one.authority);
    expect(other?.environments).toBe(one.environments);
  });

  it("is refused each time under the name that it is read by", () => {
    for (const label of ["a.json", "b.json"]) expect(errorOf(() => parseManifest("{", label))?.message).toContain(label);
  });
});
