import { Encrypter } from "age-encryption";
import { beforeAll, describe, expect, it } from "vitest";
import { openAgeFile } from "../../../src/age/file.ts";
import { recipientOf } from "../../../src/age/keys.ts";
import { type IdentityKey, recipientName, unlock } from "../../../src/age/unlock.ts";
import { wrapKey } from "../../../src/age/wrap.ts";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import { accessByName, type Manifest } from "../../../src/core/authority/manifest.ts";
import { b64u, unb64u } from "../../../src/core/bytes.ts";
import { parseManifest, serialiseManifest } from "../../../src/core/manifest/manifest-text.ts";
import { person } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { keyOf, manifestOf, reallyWrapped } from "../../support/manifests.ts";
import { MemoryProject } from "../../support/vaults.ts";

/** The list of recipients is anybody's to write: what stands under other names for the same recipient must stop nothing. */

const mia = person("mia", 3);
const { recipient } = mia;
const identity = keyOf(3);
const key: IdentityKey = { type: "identity", identity, pins: [], personal: false, environment: null, source: "a test" };
const KEY_ID = new MemoryProject().keyring.active;
let good: Manifest;
let foreign: string;

beforeAll(async () => {
  good = await reallyWrapped(manifestOf({ environments: { default: { access: [mia] } } }));
  foreign = `age:${b64u(await wrapKey(keyOf(9), recipient))}`;
});

type Access = AccessEntry & { wrapped: string; tag: string };
const accessOf = (manifest: Manifest) => manifest.environments.default?.access as Record<string, Access>;
const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

/** A manifest in which each twin has the same recipient, and some entry; names before and after the right one. */
function withTwins(entry: (own: Access) => Access, names = ["aaa", "zzz"]): Manifest {
  const manifest = structuredClone(good);
  const own = accessOf(manifest).mia as Access;
  const twins = names.map((name): [string, Access] => [name, entry(own)]);
  const of = <T>(mine: T, other: (name: string) => T) =>
    Object.fromEntries(
      [...names.filter((name) => name < "mia"), "mia", ...names.filter((name) => name > "mia")].map((name) => [
        name,
        name === "mia" ? mine : other(name),
      ]),
    );
  manifest.recipients = of({ recipient, added: "2026-01-01" }, () => ({ recipient, added: "2026-01-01" }));
  Object.assign(manifest.environments.default as object, { access: of(own, (name) => new Map(twins).get(name) as Access) });
  return structuredClone(parseManifest(serialiseManifest(manifest)));
}

const TWINS: [string, (own: Access) => Access, string][] = [
  ["no age file", (own) => ({ ...own, wrapped: "age:AAAA" }), "WRONG_KEY"],
  ["a damaged age file", (own) => ({ ...own, wrapped: flip(own.wrapped, 200) }), "WRONG_KEY"],
  ["a key of the forger's own", (own) => ({ ...own, wrapped: foreign }), "WRONG_KEY"],
  ["the same age file", (own) => own, "FORGED_ACCESS"],
  ["the same age file with another tag", (own) => ({ ...own, tag: flip(own.tag, 20) }), "FORGED_ACCESS"],
];

describe("a twin recipient", () => {
  it.each(TWINS)("with %s stops no boot", (_, entry) => {
    expect(unlock(withTwins(entry), "default", key).active).toEqual(KEY_ID);
    expect(unlock(withTwins(entry, ["aaa"]), "default", key).active).toEqual(KEY_ID);
  });

  it.each(TWINS)("with %s and without a good entry opens nothing", (_, entry, code) => {
    const manifest = withTwins(entry);
    delete accessOf(manifest).mia;
    expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code });
  });

  it("cannot choose what is said of the good entry, where that is changed too", () => {
    for (const [, entry] of TWINS) {
      const manifest = withTwins(entry);
      const own = accessOf(manifest).mia as Access;
      own.tag = flip(own.tag, 20);
      expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code: "FORGED_ACCESS" });
    }
  });

  it("is no way around an entry that is nobody's", () => {
    const manifest = withTwins((own) => own);
    for (const name of ["aaa", "mia", "zzz"]) delete accessOf(manifest)[name];
    expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code: "NO_ACCESS" });
    const forged = withTwins((own) => own);
    Object.assign(forged.environments.default?.settings as object, { required: ["X"] });
    expect(errorOf(() => unlock(forged, "default", key))).toMatchObject({ code: "FORGED_MANIFEST" });
  });

  it("takes an entry that was wrapped for others as well for none: each of them takes an X25519", async () => {
    const encrypter = new Encrypter();
    for (const to of [recipient, recipientOf(keyOf(4))]) encrypter.addRecipient(to);
    const shared = `age:${b64u(await encrypter.encrypt(keyOf(1)))}`;
    expect(openAgeFile(unb64u(shared.slice(4)) as Uint8Array, identity)).toEqual(keyOf(1));
    const manifest = structuredClone(good);
    (accessOf(manifest).mia as Access).wrapped = shared;
    expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code: "WRONG_KEY" });
  });

  it("costs as much as 32 of them, however many there are", () => {
    const names = Array.from({ length: 1000 }, (_, index) => `a${index}`);
    const manifest = withTwins((own) => ({ ...own, wrapped: "age:AAAA" }), names);
    let read = 0;
    const counted = () => {
      read++;
      return "age:AAAA";
    };
    for (const entry of Object.values(accessOf(manifest))) Object.defineProperty(entry, "wrapped", { get: counted });
    expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code: "WRONG_KEY" });
    expect(read).toBe(32);
  });

  it("and environments are looked through once, not once for each other", () => {
    const names = Array.from({ length: 300 }, (_, index) => `a${index}`);
    const manifest = withTwins((own) => own, names);
    let read = 0;
    const access = accessOf(manifest);
    const many = manifestOf({ environments: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`e${index}`, {}])) });
    for (const [name, entry] of Object.entries(many.environments)) {
      const counted = () => {
        read++;
        return name === "e299" ? access : {};
      };
      Object.defineProperty(entry, "access", { get: counted, enumerable: true });
    }
    // No admin signed one of them: they name nobody.
    expect(recipientName(many, identity)).toBeNull();
    expect(read).toBeLessThanOrEqual(302);
    expect(errorOf(() => unlock(many, "e0", key))).toMatchObject({ code: "NO_ACCESS" });
    expect(read).toBeLessThanOrEqual(605);
    expect(accessByName(many).get("mia")).toEqual(["e299"]);
  });
});
