import { Encrypter } from "age-encryption";
import { beforeAll, describe, expect, it } from "vitest";
import { openAgeFile } from "../../src/age/file.ts";
import { recipientOf } from "../../src/age/keys.ts";
import { type Key, recipientName, unlock } from "../../src/age/unlock.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { signerOf, withAccess, withRecipient } from "../../src/core/changes.ts";
import { accessByName, type Manifest, parseManifest, serialiseManifest } from "../../src/core/manifest.ts";
import { errorOf } from "../support/folders.ts";
import { MemoryProject } from "../support/vaults.ts";

/** The list of recipients is anybody's to write: what stands under other names for the same recipient must stop nothing. */

const identity = new Uint8Array(32).fill(3);
const recipient = recipientOf(identity);
const key: Extract<Key, { type: "identity" }> = { type: "identity", identity, pin: null, environment: null, source: "a test" };
const project = new MemoryProject();
let good: Manifest;
let foreign: string;

beforeAll(async () => {
  const signer = signerOf(project.dataKey, project.manifest.project, "default");
  const wrapped = await wrapKey(project.dataKey, recipient);
  good = withAccess(withRecipient(project.manifest, "mia", recipient, "2026-01-01"), signer, "mia", wrapped);
  foreign = `age:${b64u(await wrapKey(new Uint8Array(32).fill(9), recipient))}`;
});

type Access = { wrapped: string; tag: string };
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
  return parseManifest(serialiseManifest(manifest));
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
    expect(unlock(withTwins(entry), "default", key).active).toEqual(project.keyring.active);
    expect(unlock(withTwins(entry, ["aaa"]), "default", key).active).toEqual(project.keyring.active);
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
    Object.assign(manifest.environments.default as object, { required: ["X"] });
    expect(
      errorOf(() =>
        unlock(
          { ...good, environments: { default: { ...(good.environments.default as object), required: ["X"] } } } as never,
          "default",
          key,
        ),
      ),
    ).toMatchObject({ code: "FORGED_MANIFEST" });
  });

  it("takes an entry that was wrapped for others as well for none: each of them takes an X25519", async () => {
    const encrypter = new Encrypter();
    for (const to of [recipient, recipientOf(new Uint8Array(32).fill(4))]) encrypter.addRecipient(to);
    const shared = `age:${b64u(await encrypter.encrypt(project.dataKey))}`;
    expect(openAgeFile(unb64u(shared.slice(4)) as Uint8Array, identity)).toEqual(project.dataKey);
    const manifest = structuredClone(good);
    (accessOf(manifest).mia as Access).wrapped = shared;
    expect(errorOf(() => unlock(manifest, "default", key))).toMatchObject({ code: "WRONG_KEY" });
  });

  it("costs as much as 32 of them, however many there are", () => {
    const names = Array.from({ length: 2000 }, (_, index) => `a${index}`);
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
    manifest.environments = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => {
        const entry = { ...manifest.environments.default, access: {} };
        const counted = () => {
          read++;
          return index === 299 ? access : {};
        };
        Object.defineProperty(entry, "access", { get: counted, enumerable: true });
        return [`e${index}`, entry];
      }),
    ) as unknown as Manifest["environments"];
    expect(recipientName(manifest, identity)).toBe("a0");
    expect(read).toBe(300);
    expect(errorOf(() => unlock(manifest, "e0", key))).toMatchObject({ code: "NO_ACCESS" });
    expect(read).toBe(301);
    expect(accessByName(manifest).get("mia")).toEqual(["e299"]);
    expect(unb64u(manifest.project)).not.toBeNull();
  });
});
