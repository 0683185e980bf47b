import { describe, expect, it } from "vitest";
import { withVault } from "../../src/core/changes.ts";
import type { KeyEntry, Manifest } from "../../src/core/manifest.ts";
import { mergeManifests, type Unsigned } from "../../src/core/merge-manifest.ts";
import { moved } from "../../src/core/rotate.ts";
import { genuineGrants, joinForks, signMerged, whyNotSigned } from "../../src/core/sign-merge.ts";
import { AT, idOf, keyOf, Ring, wrappedFor } from "../support/rings.ts";

const base = Ring.start().grant("ada", 11).grant("bob", 12);
const staging = Ring.start(3, "staging");
const PATH = "x/.env.staging.vault";

/** The project with a second environment, and vaults of it where `listed` says so. */
const both = (...listed: string[]): Manifest => {
  const vaults = listed.map((path, at) => [path, withVault(staging.manifest, staging.keyring.signer, path, idOf(20 + at)).vaults[path]]);
  return {
    ...base.manifest,
    environments: { ...base.manifest.environments, staging: staging.entry },
    vaults: { ...base.manifest.vaults, ...(Object.fromEntries(vaults) as Manifest["vaults"]) },
  };
};

describe("listings in a merge", () => {
  it("of an environment that one side dropped stay, and nobody signs them", () => {
    const [from, listed] = [both(), both(PATH)];
    for (const [ours, theirs] of [
      [base.manifest, listed],
      [listed, base.manifest],
    ] as const) {
      const merged = mergeManifests(from, ours, theirs);
      expect(merged?.conflicts).toEqual([]);
      expect(merged?.unsigned).toEqual([]);
      expect(Object.keys(merged?.manifest.environments ?? {})).toEqual(["default"]);
      expect(merged?.manifest.vaults[PATH]).toEqual(listed.vaults[PATH]);
    }
  });

  it("of an environment that one side added are as there, also where no active key made them", () => {
    const listed = both(PATH);
    const tag = base.manifest.vaults[".env.vault"]?.tag as string;
    const forged = { ...listed, vaults: { ...listed.vaults, [PATH]: { environment: "staging", id: idOf(20), tag } } };
    for (const theirs of [listed, forged]) {
      const merged = mergeManifests(base.manifest, base.grant("eve", 13).manifest, theirs);
      expect(merged?.unsigned).toEqual([]);
      expect(merged?.manifest.vaults[PATH]).toEqual(theirs.vaults[PATH]);
      expect(merged?.manifest.environments.staging).toEqual(staging.entry);
    }
  });

  it("that both changed are a conflict, by path, in order of the paths", () => {
    const at = (seed: number) => {
      const list = (manifest: Manifest, path: string) => withVault(manifest, base.keyring.signer, path, idOf(seed + path.length));
      return ["z/z/.env.vault", "a/.env.vault"].reduce(list, base.manifest);
    };
    expect(mergeManifests(base.manifest, at(40), at(60))?.conflicts).toEqual([
      "the listing of a/.env.vault",
      "the listing of z/z/.env.vault",
    ]);
  });
});

describe("recipients in a merge", () => {
  it("have custody where a side says so, and else no such member", () => {
    const merged = mergeManifests(base.manifest, base.manifest, base.manifest)?.manifest.recipients.ada as object;
    expect(Object.keys(merged)).toEqual(["recipient", "added"]);
    const ada = { ...(merged as Manifest["recipients"][string]), custody: { kind: "file" as const } };
    const held: Manifest = { ...base.manifest, recipients: { ...base.manifest.recipients, ada } };
    expect(Object.keys(mergeManifests(base.manifest, held, base.manifest)?.manifest.recipients.ada as object)).toContain("custody");
    const dropped = mergeManifests(held, base.manifest, held)?.manifest.recipients.ada as object;
    expect(Object.keys(dropped)).toEqual(["recipient", "added"]);
  });
});

describe("someone who is another recipient by now", () => {
  const [rotation, replaced] = [base.rotate(2), base.grant("bob", 22)];

  it("gets the new key wrapped where a holder of the old one gave access", () => {
    for (const lead of ["ours", "theirs"] as const) {
      const [ours, theirs] = lead === "ours" ? [rotation, replaced] : [replaced, rotation];
      const merged = mergeManifests(base.manifest, ours.manifest, theirs.manifest);
      expect(merged?.conflicts).toEqual([]);
      expect(merged?.unsigned).toEqual([{ environment: "default", lead, entry: false, grants: ["bob"], vaults: [] }]);
      const unsigned = merged?.unsigned[0] as Unsigned;
      const manifest = merged?.manifest as Manifest;
      const rings = { ours: ours.keyring, theirs: theirs.keyring };
      expect(genuineGrants(unsigned, rings, manifest)).toEqual(["bob"]);
      const signed = signMerged(manifest, unsigned, rings, new Map([["bob", wrappedFor(22)]]));
      const ring = new Ring(signed, keyOf(2)).keyring;
      expect(["ada", "bob"].map((who) => ring.accessIsGenuine(who))).toEqual([true, true]);
    }
  });

  it("under one key has the entry of the side that gave it", () => {
    for (const [ours, theirs] of [
      [replaced, base.grant("eve", 13)],
      [base.grant("eve", 13), replaced],
    ] as const) {
      const merged = mergeManifests(base.manifest, ours.manifest, theirs.manifest);
      expect(merged?.unsigned).toEqual([]);
      const ring = new Ring(merged?.manifest as Manifest, keyOf(1)).keyring;
      expect(["ada", "bob", "eve"].map((who) => ring.accessIsGenuine(who))).toEqual([true, true, true]);
    }
  });

  it("gets nothing where nobody with the key gave access: the old entry stays, and tells of the change", () => {
    const { bob } = replaced.manifest.recipients;
    const named = { ...base.manifest, recipients: { ...base.manifest.recipients, bob } } as Manifest;
    const merged = mergeManifests(base.manifest, rotation.manifest, named);
    const unsigned = merged?.unsigned[0] as Unsigned;
    expect(unsigned.grants).toEqual(["bob"]);
    const manifest = merged?.manifest as Manifest;
    const rings = { ours: rotation.keyring, theirs: new Ring(named, keyOf(1)).keyring };
    expect(genuineGrants(unsigned, rings, manifest)).toEqual([]);
    const signed = signMerged(manifest, unsigned, rings, new Map());
    expect(signed.environments.default?.access).toEqual(rotation.entry.access);
    expect(new Ring(signed, keyOf(2)).keyring.accessIsGenuine("bob")).toBe(false);
    // Who has the name, and no access on the other side, is nobody's grant.
    const { bob: _, ...without } = base.entry.access;
    const asked = mergeManifests(
      null,
      rotation.manifest,
      { ...base.set({ access: without }).manifest, recipients: named.recipients },
      () => "theirs",
    );
    expect(asked?.manifest.recipients.bob).toEqual(bob);
    expect(asked?.unsigned).toEqual([]);
  });

  it("in a fork gets the third key by the genuine entry", () => {
    const [one, two] = [base.rotate(2), base.grant("bob", 22).rotate(3)];
    const merged = mergeManifests(base.manifest, one.manifest, two.manifest);
    const rings = { ours: one.keyring, theirs: two.keyring };
    expect(genuineGrants(merged?.unsigned[0] as Unsigned, rings, merged?.manifest as Manifest)).toEqual(["ada", "bob"]);
  });
});

describe("two keys that do not lead to each other", () => {
  it("are a fork also where one side's entry names the other's key, without a link to it", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const named = moved(two.entry.keys[two.active] as KeyEntry, "deactivated", AT);
    const claiming = one.set({ keys: { ...one.entry.keys, [two.active]: named } });
    const merged = mergeManifests(base.manifest, claiming.manifest, two.manifest);
    expect(merged?.unsigned).toEqual([{ environment: "default", lead: "fork", entry: false, grants: [], vaults: [] }]);
    expect(merged?.manifest.environments.default?.tag).toBe(claiming.entry.tag);
  });

  it("make no listing theirs that the merge gave to another environment", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const merged = mergeManifests(base.manifest, one.manifest, two.manifest);
    const unsigned = merged?.unsigned[0];
    if (merged === null || unsigned === undefined) throw new Error("no fork");
    const elsewhere = { ...(merged.manifest.vaults[".env.vault"] as Manifest["vaults"][string]), environment: "staging" };
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: keyOf(1).subarray(0, 12), theirs: keyOf(2).subarray(0, 12) },
      at: AT,
      wrapped: new Map(),
    };
    const rings = { ours: one.keyring, theirs: two.keyring };
    const joined = joinForks({ ...merged.manifest, vaults: { ".env.vault": elsewhere } }, unsigned, rings, join, base.active);
    expect(joined.manifest.vaults[".env.vault"]).toEqual(elsewhere);
    expect(whyNotSigned(unsigned, rings)).toBe("both sides rotated default");
  });

  it("are wrapped for nobody whom the merged manifest does not name", () => {
    const [rotation, granted] = [base.rotate(2), base.grant("eve", 13)];
    const merged = mergeManifests(base.manifest, rotation.manifest, granted.manifest);
    const unsigned = merged?.unsigned[0];
    if (merged === null || unsigned === undefined) throw new Error("nothing to sign");
    const rings = { ours: rotation.keyring, theirs: granted.keyring };
    expect(genuineGrants(unsigned, rings, merged.manifest)).toEqual(["eve"]);
    expect(genuineGrants(unsigned, rings, { ...merged.manifest, recipients: base.manifest.recipients })).toEqual([]);
  });
});
