import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import { environmentOf } from "../../src/core/authority/authority-of.ts";
import type { Environment, Manifest, Settings } from "../../src/core/authority/manifest.ts";
import { b64u } from "../../src/core/bytes.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { withEntry } from "../../src/core/keys/manifest-edits.ts";
import { changesOnce, forgedEnvironment, inspectChange, inspectEntries } from "../../src/guard/manifest.ts";
import { inspectSignatures } from "../../src/guard/signatures.ts";
import { keyOf, manifestOf, Ring, recipient } from "../support/keyring-builder.ts";

const FIX = "take envseal.json from git again (git log -p envseal.json tells who changed it)";
const first = Ring.start().grant("ada", 11).grant("eve", 12);
const second = first.rotate(2);

/** Two environments with a vault each. */
function twoEnvironments(): { manifest: Manifest; keyrings: Record<"default" | "staging", Keyring> } {
  const environments = { default: { key: 1, vaults: { ".env.vault": 1 } }, staging: { key: 2, vaults: { ".env.staging.vault": 2 } } };
  const manifest = manifestOf({ environments });
  return { manifest, keyrings: keyringsOf(manifest) };
}

const keyringsOf = (manifest: Manifest) => ({
  default: new Keyring(manifest, "default", keyOf(1)),
  staging: new Keyring(manifest, "staging", keyOf(2)),
});

/** The manifest with an environment's settings changed by hand. */
function withSettings(manifest: Manifest, environment: string, change: Partial<Settings>): Manifest {
  const { settings } = environmentOf(manifest, environment);
  return withEntry(manifest, environment, { settings: { ...settings, ...change } });
}

describe("a change of the manifest", () => {
  it.each([
    ["a grant", first, first.grant("bob", 13)],
    ["a rotation", first, second],
    ["a required name", first, first.set({ required: ["A"] })],
    ["nothing", first, first],
  ])("that commands make is none to report: %s", (_what, before, after) => {
    expect(inspectChange("envseal.json", before.manifest, after.manifest)).toEqual([]);
  });

  it("that no command makes is reported, each thing by itself", () => {
    const dropped = { ...second.manifest, environments: {} };
    expect(inspectChange("a/envseal.json", second.manifest, dropped)).toEqual([
      {
        rule: "manifest-change",
        path: "a/envseal.json",
        message: "a/envseal.json: environment default was dropped, with all its keys",
        fix: FIX,
      },
    ]);
    const back = inspectChange("envseal.json", second.manifest, first.manifest);
    expect(back.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^envseal\.json: default: key version v2 .*was dropped$/),
    );
    expect(back.length).toBeGreaterThan(1);
  });

  it("is reported without what is legal in it", () => {
    const { [first.active]: _gone, ...keys } = second.statement.keys;
    const after = second.forged({ statement: { keys }, settings: { required: ["A"], public: ["PUBLIC_*"], tag: "another" } });
    const messages = inspectChange("envseal.json", second.manifest, after).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringContaining("was dropped"));
    expect(messages.join()).not.toContain("public");
  });
});

describe("the entries of a manifest", () => {
  it("are right as commands make them", () => {
    const { keyrings } = twoEnvironments();
    for (const keyring of [first.keyring, second.keyring, keyrings.default, keyrings.staging])
      expect(inspectEntries("envseal.json", keyring)).toEqual([]);
  });

  it("are reported where a key that is not the environment's was put in for somebody, and no other's", () => {
    const eve = first.entry.access.eve as AccessEntry;
    const forged = first.forged({ access: { ...first.entry.access, eve: { ...eve, tag: `${eve.tag?.slice(0, -2)}AA` } } });
    const findings = inspectEntries("x/envseal.json", first.with(forged).keyring);
    expect(findings).toEqual([
      {
        rule: "forged-access",
        path: "x/envseal.json",
        message: expect.stringContaining("x/envseal.json: the access entry of eve to default holds another key than the environment's"),
        fix: expect.stringContaining("envseal grant eve -e default"),
      },
    ]);
    expect(inspectSignatures("x/envseal.json", forged)).toEqual([]);
  });

  it("are reported without a key where no admin signed them, or not for this recipient", () => {
    const { ada, eve } = first.entry.access as Record<string, AccessEntry>;
    for (const access of [
      { ada, eve, mallory: eve },
      { ada, eve, mallory: { ...eve, recipient: recipient(66) } },
    ] as Record<string, AccessEntry>[]) {
      const forged = first.forged({ access });
      expect(inspectSignatures("envseal.json", forged)).toEqual([
        {
          rule: "forged-access",
          path: "envseal.json",
          message: expect.stringContaining("envseal.json: the access entry of mallory to default is signed by nobody who may"),
          fix: expect.stringContaining("envseal grant mallory -e default"),
        },
      ]);
      expect(inspectEntries("envseal.json", first.with(forged).keyring)).toEqual([]);
    }
    const swapped = first.forged({ access: { eve, ada: { ...ada, recipient: recipient(66) } as AccessEntry } });
    expect(inspectSignatures("envseal.json", swapped).map(({ message }) => message.includes("of ada to default"))).toEqual([true]);
    // Whoever asks for access under a name that has some forges nothing.
    expect(inspectSignatures("envseal.json", first.join("ada", 66).manifest)).toEqual([]);
  });

  it("are not reported while they wait, or where an admin has to sign them again", () => {
    expect(inspectSignatures("envseal.json", first.admit("bob", 13).manifest)).toEqual([]);
    expect(inspectEntries("envseal.json", first.admit("bob", 13).keyring)).toEqual([]);
    const fence = second.fence();
    const old = fence.with(fence.forged({ access: second.entry.access }));
    expect(inspectSignatures("envseal.json", old.manifest)).toEqual([]);
    expect(inspectEntries("envseal.json", old.keyring)).toEqual([]);
  });

  it("are reported where a vault's was changed, by the key of its own environment alone", () => {
    const { manifest } = twoEnvironments();
    const listed = manifest.vaults[".env.vault"] as Manifest["vaults"][string];
    const forged = keyringsOf({ ...manifest, vaults: { ...manifest.vaults, ".env.vault": { ...listed, id: b64u(new Uint8Array(12)) } } });
    expect(inspectEntries("envseal.json", forged.default)).toEqual([
      {
        rule: "forged-manifest",
        path: "envseal.json",
        message: "envseal.json: the entry for .env.vault was made or changed by someone without the key of default",
        fix: FIX,
      },
    ]);
    expect(inspectEntries("envseal.json", forged.staging)).toEqual([]);
  });
});

describe("a statement", () => {
  const messages = (manifest: Manifest) => inspectSignatures("envseal.json", manifest).map(({ rule, message }) => `${rule} ${message}`);

  it("is right as commands make it", () => {
    const { manifest } = twoEnvironments();
    for (const made of [first.manifest, second.manifest, second.fence().manifest, manifest]) expect(messages(made)).toEqual([]);
  });

  it("is reported without a key where nobody signed it who may, where it was replaced, and where it is missing", () => {
    expect(messages(first.forged({ statement: { revision: 9 } }))).toEqual([
      "forged-manifest envseal.json: the statement of default is not signed by anybody who may",
    ]);
    const fence = second.fence();
    expect(messages(fence.forged({ statement: second.statement, access: {} }))).toEqual([
      "forged-manifest envseal.json: the statement of default is from before somebody lost access",
    ]);
    expect(messages({ ...first.manifest, environments: {} })).toEqual([
      "forged-manifest envseal.json: the authority names default, and the manifest lacks its keys",
    ]);
    const { manifest } = twoEnvironments();
    const { staging } = manifest.environments as Record<string, Environment>;
    expect(messages({ ...manifest, environments: { default: staging as Environment, staging: staging as Environment } })).toEqual([
      "forged-manifest envseal.json: the statement of default is not signed by anybody who may",
      "forged-manifest envseal.json: the entry for .env.vault was made or changed by someone without the key of default",
    ]);
  });
});

describe("an environment that its key did not make", () => {
  const { manifest } = twoEnvironments();
  const change = { cryptoperiodDays: 7, required: ["A"], public: ["*"] };
  const after = withSettings(withSettings(manifest, "default", change), "staging", { cryptoperiodDays: 9 });
  const messageOf = (before: Manifest | null, environment = "default") =>
    forgedEnvironment("envseal.json", "it does not open", changesOnce(before, after)(environment)).message;

  it("is reported with what differs from the last commit, of its own", () => {
    expect(messageOf(manifest)).toMatch(/^envseal\.json: it does not open \(default: .*\* became public.*; default: .*7 days.*\)$/);
    expect(messageOf(manifest)).not.toContain("staging");
    expect(messageOf(manifest, "staging")).toMatch(/^envseal\.json: it does not open \(staging: [^;]*9 days[^;]*\)$/);
  });

  it("is reported by itself where nothing else differs, or that is not known", () => {
    for (const before of [null, after])
      expect(forgedEnvironment("a/envseal.json", "it does not open", changesOnce(before, after)("default"))).toEqual({
        rule: "forged-manifest",
        path: "a/envseal.json",
        message: "a/envseal.json: it does not open",
        fix: FIX,
      });
  });
});
