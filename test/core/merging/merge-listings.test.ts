import { describe, expect, it } from "vitest";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { withVault } from "../../../src/core/keys/manifest-edits.ts";
import { moved } from "../../../src/core/keys/rotate.ts";
import { mergeManifests, type Unsigned } from "../../../src/core/merging/merge-manifest.ts";
import { joinForks, namesToWrap, signMerged, whyNotSigned } from "../../../src/core/merging/sign-merge.ts";
import { ADMIN, AT, idOf, keyOf, Ring, wrappedFor } from "../../support/keyring-builder.ts";
import { withPlanned } from "../../support/manifests.ts";
import { needs } from "./merged.ts";

const base = Ring.start().grant("ada", 11).grant("bob", 12);
const PATH = "x/.env.staging.vault";

/** The project with a second environment, and vaults of it where `listed` says so. */
const both = (...listed: string[]): Manifest =>
  withPlanned(base.manifest, "staging", { key: 3, vaults: Object.fromEntries(listed.map((path, at) => [path, 20 + at])) });

describe("listings in a merge", () => {
  it("of an environment that one side alone has are as there, and nobody tags them", () => {
    const listed = both(PATH);
    const tag = base.manifest.vaults[".env.vault"]?.tag as string;
    const forged = { ...listed, vaults: { ...listed.vaults, [PATH]: { environment: "staging", id: idOf(20), tag } } };
    for (const side of [listed, forged])
      for (const [ours, theirs] of [
        [base.grant("eve", 13).manifest, side],
        [side, base.grant("eve", 13).manifest],
      ] as const) {
        const merged = mergeManifests({ base: base.manifest, ours, theirs });
        expect(merged).toMatchObject({ unsigned: [], conflicts: [], parted: false });
        expect(merged?.manifest.vaults[PATH]).toEqual(side.vaults[PATH]);
        expect(merged?.manifest.environments.staging).toEqual(side.environments.staging);
      }
  });

  it("that both changed are a conflict, by path, in order of the paths", () => {
    const at = (seed: number) => {
      const list = (manifest: Manifest, path: string) => withVault(manifest, base.keyring.tagger, path, idOf(seed + path.length));
      return ["z/z/.env.vault", "a/.env.vault"].reduce(list, base.manifest);
    };
    expect(mergeManifests({ base: base.manifest, ours: at(40), theirs: at(60) })?.conflicts).toEqual([
      "the listing of a/.env.vault",
      "the listing of z/z/.env.vault",
    ]);
  });
});

describe("recipients in a merge", () => {
  it("have custody where a side says so, and else no such member", () => {
    const merged = mergeManifests({ base: base.manifest, ours: base.manifest, theirs: base.manifest })?.manifest.recipients.ada as object;
    expect(Object.keys(merged)).toEqual(["recipient", "signer", "added"]);
    const ada = { ...(merged as Manifest["recipients"][string]), custody: { kind: "file" as const } };
    const held: Manifest = { ...base.manifest, recipients: { ...base.manifest.recipients, ada } };
    expect(
      Object.keys(mergeManifests({ base: base.manifest, ours: held, theirs: base.manifest })?.manifest.recipients.ada as object),
    ).toContain("custody");
    const dropped = mergeManifests({ base: held, ours: base.manifest, theirs: held })?.manifest.recipients.ada as object;
    expect(Object.keys(dropped)).toEqual(["recipient", "signer", "added"]);
  });
});

describe("someone who is another recipient by now", () => {
  const [rotation, replaced] = [base.rotate(2), base.grant("bob", 22)];
  const merged = (lead: "ours" | "theirs") => {
    const [ours, theirs] = lead === "ours" ? [rotation, replaced] : [replaced, rotation];
    const made = mergeManifests({ base: base.manifest, ours: ours.manifest, theirs: theirs.manifest });
    return { ...(made as NonNullable<typeof made>), rings: { ours: ours.keyring, theirs: theirs.keyring } };
  };

  it("gets the new key wrapped where an admin gave access while the other side rotated", () => {
    for (const lead of ["ours", "theirs"] as const) {
      const { conflicts, unsigned, manifest, rings } = merged(lead);
      expect(conflicts).toEqual([]);
      expect(unsigned).toEqual([needs({ lead, waiting: ["bob"] })]);
      expect(namesToWrap(unsigned[0] as Unsigned, rings, manifest)).toEqual(["bob"]);
      const wrapped = new Map([["bob", wrappedFor(22)]]);
      const signed = signMerged(manifest, unsigned[0] as Unsigned, rings, { signer: null, wrapped });
      const ring = new Ring(signed, keyOf(2)).keyring;
      expect(["ada", "bob"].map((who) => ring.accessIsGenuine(who))).toEqual([true, true]);
      expect(ring.access.bob?.recipient).toBe(replaced.entry.access.bob?.recipient);
    }
  });

  it("under one key has the entry of the side that gave it", () => {
    for (const [ours, theirs] of [
      [replaced, base.grant("eve", 13)],
      [base.grant("eve", 13), replaced],
    ] as const) {
      const made = mergeManifests({ base: base.manifest, ours: ours.manifest, theirs: theirs.manifest });
      expect(made).toMatchObject({ unsigned: [], conflicts: [] });
      const ring = new Ring(made?.manifest as Manifest, keyOf(1)).keyring;
      expect(["ada", "bob", "eve"].map((who) => ring.accessIsGenuine(who))).toEqual([true, true, true]);
    }
  });

  it("gets nothing by asking alone: the entry of the name stays as an admin signed it", () => {
    const named = base.join("bob", 22).manifest;
    const made = mergeManifests({ base: base.manifest, ours: rotation.manifest, theirs: named });
    expect(made).toMatchObject({ unsigned: [], conflicts: [] });
    expect(made?.manifest.recipients.bob).toEqual(named.recipients.bob);
    expect(made?.manifest.environments.default?.access).toEqual(rotation.entry.access);
    expect(new Ring(made?.manifest as Manifest, keyOf(2)).keyring.accessIsGenuine("bob")).toBe(true);
  });

  it("in a fork gets the third key by the entry that was signed", () => {
    const [one, two] = [base.rotate(2), base.grant("bob", 22).rotate(3)];
    const made = mergeManifests({ base: base.manifest, ours: one.manifest, theirs: two.manifest });
    const rings = { ours: one.keyring, theirs: two.keyring };
    expect(namesToWrap(made?.unsigned[0] as Unsigned, rings, made?.manifest as Manifest)).toEqual(["ada", "bob"]);
    expect(made?.manifest.environments.default?.access.bob?.recipient).toBe(two.entry.access.bob?.recipient);
  });
});

describe("two keys that do not lead to each other", () => {
  it("are a fork also where one side's statement names the other's key, without a link to it", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const named = moved(two.statement.keys[two.active] as KeyEntry, "deactivated", AT);
    const claiming = one.state({ keys: { ...one.statement.keys, [two.active]: named } });
    const merged = mergeManifests({ base: base.manifest, ours: claiming.manifest, theirs: two.manifest });
    expect(merged?.unsigned).toEqual([needs({ lead: "fork", statement: true, waiting: [] })]);
    expect(merged?.manifest.environments.default?.statement.active).toBe(claiming.active);
  });

  it("make no listing theirs that the merge gave to another environment", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const merged = mergeManifests({ base: base.manifest, ours: one.manifest, theirs: two.manifest });
    const unsigned = merged?.unsigned[0];
    if (merged === null || unsigned === undefined) throw new Error("no fork");
    const elsewhere = { ...(merged.manifest.vaults[".env.vault"] as Manifest["vaults"][string]), environment: "staging" };
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: keyOf(1).subarray(0, 12), theirs: keyOf(2).subarray(0, 12) },
      at: AT,
      wrapped: new Map(),
      signer: ADMIN,
    };
    const rings = { ours: one.keyring, theirs: two.keyring };
    const joined = joinForks({ ...merged.manifest, vaults: { ".env.vault": elsewhere } }, unsigned, rings, join, base.active);
    expect(joined.vaults[".env.vault"]).toEqual(elsewhere);
    expect(whyNotSigned(unsigned, rings)).toBe("both sides rotated default");
  });

  it("are wrapped for nobody whom the merged manifest gives no access", () => {
    const [rotation, granted] = [base.rotate(2), base.grant("eve", 13)];
    const merged = mergeManifests({ base: base.manifest, ours: rotation.manifest, theirs: granted.manifest });
    const unsigned = merged?.unsigned[0];
    if (merged === null || unsigned === undefined) throw new Error("nothing to wrap");
    const rings = { ours: rotation.keyring, theirs: granted.keyring };
    expect(namesToWrap(unsigned, rings, merged.manifest)).toEqual(["eve"]);
    expect(namesToWrap(unsigned, rings, new Ring(merged.manifest, keyOf(2)).without("eve").manifest)).toEqual([]);
  });
});
