import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { emptyManifest, signerOf, withEnvironment, withVault } from "../../src/core/changes.ts";
import { Keyring } from "../../src/core/keyring.ts";
import type { Environment, Manifest } from "../../src/core/manifest.ts";
import { forgedEnvironment, inspectChange, inspectEntries } from "../../src/guard/manifest.ts";
import { keyOf, Ring, recipient } from "../support/rings.ts";

const CREATED = "2026-01-01T00:00:00Z";
const FIX = "take envseal.json from git again (git log -p envseal.json tells who changed it)";
const first = Ring.start().grant("ada", 11).grant("eve", 12);
const second = first.rotate(2);

/** Two environments with a vault each. */
function twoEnvironments(): { manifest: Manifest; keyrings: Record<"default" | "staging", Keyring> } {
  const empty = emptyManifest(new Uint8Array(12).fill(9));
  const signers = [signerOf(keyOf(1), empty.project, "default"), signerOf(keyOf(2), empty.project, "staging")] as const;
  let manifest = signers.reduce((made, signer) => withEnvironment(made, signer, { created: CREATED, publicPatterns: [] }), empty);
  manifest = withVault(manifest, signers[0], ".env.vault", b64u(new Uint8Array(12).fill(1)));
  manifest = withVault(manifest, signers[1], ".env.staging.vault", b64u(new Uint8Array(12).fill(2)));
  return { manifest, keyrings: keyringsOf(manifest) };
}

const keyringsOf = (manifest: Manifest) => ({
  default: new Keyring(manifest, "default", keyOf(1)),
  staging: new Keyring(manifest, "staging", keyOf(2)),
});

/** The manifest with an environment's entry changed by hand. */
function withEntry(manifest: Manifest, environment: string, change: Partial<Environment>): Manifest {
  const entry = manifest.environments[environment] as Environment;
  return { ...manifest, environments: { ...manifest.environments, [environment]: { ...entry, ...change } } };
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
    const { [first.active]: _gone, ...keys } = second.entry.keys;
    const after = second.forged({ keys, required: ["A"], public: ["PUBLIC_*"], tag: "another" });
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

  it("are reported where access was slipped in, and no other's", () => {
    const [ada] = Object.values(first.entry.access);
    const forged = first.forged({ access: { ...first.entry.access, mallory: { ...ada, tag: b64u(keyOf(0)) } as typeof ada & object } });
    const recipients = { ...forged.recipients, mallory: { recipient: recipient(66), added: "2026-01-01" } };
    const findings = inspectEntries("x/envseal.json", new Keyring({ ...forged, recipients }, "default", first.dataKey));
    expect(findings).toEqual([
      {
        rule: "forged-access",
        path: "x/envseal.json",
        message: expect.stringContaining("x/envseal.json: the access entry of mallory to default was slipped in"),
        fix: expect.stringContaining("envseal grant mallory -e default"),
      },
    ]);
  });

  it("are reported where a recipient was swapped", () => {
    const ada = first.manifest.recipients.ada as { recipient: string; added: string };
    const swapped = { ...first.manifest, recipients: { ...first.manifest.recipients, ada: { ...ada, recipient: recipient(66) } } };
    const findings = inspectEntries("envseal.json", new Keyring(swapped, "default", first.dataKey));
    expect(findings.map(({ rule, message }) => [rule, message.includes("of ada to default")])).toEqual([["forged-access", true]]);
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

describe("an environment that its key did not make", () => {
  const { manifest } = twoEnvironments();
  const change = { cryptoperiodDays: 7, required: ["A"], public: ["*"] };
  const after = withEntry(withEntry(manifest, "default", change), "staging", { cryptoperiodDays: 9 });
  const messageOf = (before: Manifest | null, environment = "default") =>
    forgedEnvironment("envseal.json", "it does not open", before, after, environment).message;

  it("is reported with what differs from the last commit, of its own", () => {
    expect(messageOf(manifest)).toMatch(/^envseal\.json: it does not open \(default: .*\* became public.*; default: .*7 days.*\)$/);
    expect(messageOf(manifest)).not.toContain("staging");
    expect(messageOf(manifest, "staging")).toMatch(/^envseal\.json: it does not open \(staging: [^;]*9 days[^;]*\)$/);
  });

  it("is reported by itself where nothing else differs, or that is not known", () => {
    for (const before of [null, after])
      expect(forgedEnvironment("a/envseal.json", "it does not open", before, after, "default")).toEqual({
        rule: "forged-manifest",
        path: "a/envseal.json",
        message: "a/envseal.json: it does not open",
        fix: FIX,
      });
  });
});
