import { describe, expect, it } from "vitest";
import { withVault } from "../../src/core/changes.ts";
import type { Manifest } from "../../src/core/manifest.ts";
import { mergeManifests } from "../../src/core/merge-manifest.ts";
import { compromised, destroyed } from "../../src/core/retire.ts";
import { AT, idOf, Ring, recipient } from "../support/rings.ts";
import { base, bothWays, environment, LATER, merge, opens, unsignedOf } from "./merged.ts";

describe("merging manifests without a key", () => {
  it("of two projects is none; of the same changes is the change", () => {
    expect(mergeManifests(base.manifest, base.manifest, { ...base.manifest, project: idOf(77) })).toBeNull();
    for (const [ours, theirs] of [
      [base.manifest, base.manifest],
      [base.grant("eve", 13).manifest, base.manifest],
      [base.manifest, base.grant("eve", 13).manifest],
      [base.rotate(2).manifest, base.manifest],
      [base.manifest, base.rotate(2).fence().manifest],
    ] as const) {
      const merged = merge(ours, theirs);
      expect(merged).toEqual({ manifest: ours === base.manifest ? theirs : ours, conflicts: [], unsigned: [] });
    }
  });

  it("keeps grants and removals of both sides under one key, and needs no signature", () => {
    const { bob: _, ...withoutBob } = base.entry.access;
    const removal = base.set({ access: withoutBob });
    bothWays(base.grant("eve", 13), removal, (merged) => {
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "eve"]);
      expect(merged).toMatchObject({ conflicts: [], unsigned: [] });
      expect(opens(merged.manifest, 1).accessIsGenuine("eve")).toBe(true);
    });
    bothWays(base.grant("eve", 13), base.grant("fay", 14), (merged) => {
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "bob", "eve", "fay"]);
      expect(merged.unsigned).toEqual([]);
    });
  });

  it("takes away whose recipient one side removed, also what the other side granted", () => {
    const { bob: _, ...recipients } = base.manifest.recipients;
    const gone = { ...base.manifest, recipients };
    bothWays(gone, base.rotate(2), (merged) => {
      expect(Object.keys(merged.manifest.recipients)).toEqual(["ada"]);
      expect(Object.keys(environment(merged).access)).toEqual(["ada"]);
    });
    const joined = base.join("eve", 13);
    const { eve: __, ...withoutEve } = joined.manifest.recipients;
    const merged = merge(joined.rotate(2).manifest, { ...joined.manifest, recipients: withoutEve }, joined.manifest);
    expect(merged.unsigned).toEqual([]);
    const granted = merge(joined.grant("eve", 13).manifest, { ...joined.rotate(2).manifest, recipients: withoutEve }, joined.manifest);
    expect(granted.unsigned.flatMap(({ grants }) => grants)).toEqual([]);
  });

  it("wraps the new key for whom the other side granted meanwhile, and not for whom the rotation left out", () => {
    const rotation = base.rotate(2, { keep: ["ada"] });
    bothWays(rotation, base.grant("eve", 13), (merged, turn) => {
      expect(environment(merged).active).toBe(rotation.active);
      expect(Object.keys(environment(merged).access)).toEqual(["ada"]);
      expect(merged.unsigned).toEqual([{ environment: "default", lead: turn, entry: false, grants: ["eve"], vaults: [] }]);
    });
  });

  it("re-tags listings of the side that did not rotate", () => {
    const added = base.apply((manifest, { signer }) => withVault(manifest, signer, "a/.env.vault", idOf(5)));
    const rotation = base.rotate(2);
    bothWays(rotation, added, (merged, turn) => {
      expect(merged.unsigned).toEqual([{ environment: "default", lead: turn, entry: false, grants: [], vaults: ["a/.env.vault"] }]);
      // What both list is taken from the side whose tag the active key made.
      expect(merged.manifest.vaults[".env.vault"]).toEqual(rotation.manifest.vaults[".env.vault"]);
      expect(opens(merged.manifest, 2).listsVault(".env.vault")).toBe(true);
      expect(opens(merged.manifest, 2).listsVault("a/.env.vault")).toBe(false);
    });
  });

  it("merges lists as sets, and one number", () => {
    const from = base.set({ required: ["A", "B"], public: ["P*"] });
    const ours = from.set({ required: ["B", "C"], public: ["P*", "Q"], cryptoperiodDays: 30 });
    const theirs = from.set({ required: ["A", "B", "D"], public: [], allow: [{ rule: "leak", reason: "x" }] });
    const merged = merge(ours.manifest, theirs.manifest, from.manifest);
    expect(environment(merged)).toMatchObject({ required: ["B", "C", "D"], public: ["Q"], cryptoperiodDays: 30 });
    expect(environment(merged).allow).toEqual([{ rule: "leak", reason: "x" }]);
    expect(merged.conflicts).toEqual([]);
    expect(merged.unsigned).toEqual([{ environment: "default", lead: "ours", entry: true, grants: [], vaults: [] }]);
    expect(() => opens(merged.manifest, 1)).toThrow(/was changed by hand/);
  });

  it("reports what both changed differently, and gives it to the preferred side", () => {
    const ours = base.set({ cryptoperiodDays: 30 });
    const theirs = base.set({ cryptoperiodDays: 60 });
    expect(merge(ours.manifest, theirs.manifest).conflicts).toEqual(["the cryptoperiod of default"]);
    expect(environment(merge(ours.manifest, theirs.manifest)).cryptoperiodDays).toBe(30);
    const preferred = merge(ours.manifest, theirs.manifest, base.manifest, () => "theirs");
    expect(environment(preferred).cryptoperiodDays).toBe(60);
    expect(preferred.unsigned).toEqual([]);
  });

  it("keeps who a recipient is and how the identity is held apart", () => {
    const at = (custody: object | undefined, to = recipient(11)): Manifest => ({
      ...base.manifest,
      recipients: { ...base.manifest.recipients, ada: { recipient: to, added: "2026-01-01", ...(custody && { custody }) } } as never,
    });
    const held = at({ kind: "keychain" });
    expect(merge(held, base.manifest).manifest.recipients.ada).toEqual(held.recipients.ada);
    expect(merge(base.manifest, held).manifest.recipients.ada).toEqual(held.recipients.ada);
    expect(merge(held, at({ kind: "file" })).conflicts).toEqual(["how ada holds the identity"]);
    const [a, b] = [at(undefined, recipient(21)), at(undefined, recipient(22))];
    const clash = merge(a, b, base.manifest, () => "theirs");
    expect(clash.conflicts).toEqual(["the recipient ada"]);
    expect(clash.manifest.recipients.ada?.recipient).toBe(recipient(22));
    const { ada: _, ...others } = base.manifest.recipients;
    expect(merge(held, { ...base.manifest, recipients: others }).conflicts).toEqual(["the recipient ada"]);
    expect(merge(held, held, null).manifest.recipients.ada).toEqual(held.recipients.ada);
  });

  it("takes an environment that one side added or dropped, and reports one that the other changed meanwhile", () => {
    const other = Ring.start(3, "staging").entry;
    const added = { ...base.manifest, environments: { ...base.manifest.environments, staging: other } };
    bothWays(added, base.manifest, (merged) => expect(Object.keys(merged.manifest.environments)).toEqual(["default", "staging"]));
    expect(Object.keys(merge(base.manifest, added, added).manifest.environments)).toEqual(["default"]);
    const edited = { ...added, environments: { ...added.environments, staging: { ...other, cryptoperiodDays: 7 } } };
    const merged = merge(base.manifest, edited, added, () => "theirs");
    expect(merged.conflicts).toEqual(["the environment staging"]);
    expect(merged.manifest.environments.staging).toEqual(edited.environments.staging);
  });

  it("reports one vault's listing that both changed, by path", () => {
    const list = (seed: number) => base.apply((manifest, { signer }) => withVault(manifest, signer, "x/.env.vault", idOf(seed))).manifest;
    const merged = merge(list(5), list(6), base.manifest, () => "theirs");
    expect(merged.conflicts).toEqual(["the listing of x/.env.vault"]);
    expect(merged.manifest.vaults["x/.env.vault"]?.id).toBe(idOf(6));
    const { "x/.env.vault": _, ...left } = list(5).vaults;
    expect(Object.keys(merge({ ...list(5), vaults: left }, list(5), list(5)).manifest.vaults)).toEqual([".env.vault"]);
    expect(Object.keys(merge(list(5), base.manifest).manifest.vaults).sort()).toEqual([".env.vault", "x/.env.vault"]);
  });

  it("keeps the later date of a verified backup", () => {
    const on = (verified?: string) => ({ ...base.manifest, ...(verified && { backup: { verified } }) });
    bothWays(on("2026-01-02"), on("2026-02-01"), ({ manifest }) => expect(manifest.backup).toEqual({ verified: "2026-02-01" }));
    bothWays(on("2026-01-02"), on(), ({ manifest }) => expect(manifest.backup).toEqual({ verified: "2026-01-02" }));
    expect(Object.hasOwn(merge(on(), on()).manifest, "backup")).toBe(false);
  });

  it("gives the newer key where both sides rotated in turn, and a fork where both did by themselves", () => {
    const [once, twice] = [base.rotate(2), base.rotate(2).rotate(3)];
    bothWays(once, twice, (merged) => {
      expect(environment(merged).active).toBe(twice.active);
      expect(merged.unsigned).toEqual([]);
    });
    bothWays(base.rotate(2), base.rotate(3), (merged) => {
      expect(unsignedOf(merged)).toMatchObject({ lead: "fork", environment: "default" });
      expect(Object.keys(environment(merged).keys)).toHaveLength(3);
      expect(merged.conflicts).toEqual([]);
    });
    expect(unsignedOf(merge(base.rotate(2).manifest, base.rotate(3).manifest, null)).lead).toBe("fork");
  });

  it("reports a side that holds a manifest from before the base", () => {
    const rotation = base.rotate(2);
    for (const prefer of ["ours", "theirs"] as const) {
      const merged = merge(base.manifest, rotation.rotate(3).manifest, rotation.manifest, () => prefer);
      expect(merged.conflicts).toContain("default, whose key one side set back to an earlier one");
      expect(environment(merged).active).toBe(prefer === "ours" ? base.active : rotation.rotate(3).active);
    }
    expect(merge(rotation.rotate(3).manifest, base.manifest, rotation.manifest).conflicts).toHaveLength(1);
  });

  it("takes the higher floor", () => {
    const [low, high] = [base.rotate(2), base.rotate(2).fence()];
    bothWays(low, high, (merged) => expect(environment(merged).floor).toBe(high.active));
    const higher = base.rotate(2).rotate(3).fence();
    bothWays(high, higher, (merged) => expect(environment(merged).floor).toBe(higher.active));
    // The side that does not lead raised it.
    const ahead = low.rotate(3);
    bothWays(ahead, high, (merged) => expect(environment(merged).floor).toBe(high.active));
    const between = base.rotate(2).rotate(3);
    const from = between.manifest;
    const first = between.set({ floor: high.active });
    const second = between.set({ floor: between.active, cryptoperiodDays: 9 });
    for (const [x, y] of [
      [first, second],
      [second, first],
    ] as const)
      expect(environment(merge(x.manifest, y.manifest, from)).floor).toBe(between.active);
  });

  it("lets a key's states only go forward", () => {
    const from = base.rotate(2);
    const known = from.apply((manifest, ring) => compromised(manifest, ring, base.active, LATER, "laptop"));
    bothWays(from, known, () => {});
    for (const [x, y] of [
      [from, known],
      [known, from.grant("eve", 13)],
      [from.grant("eve", 13), known],
    ] as const)
      expect(environment(merge(x.manifest, y.manifest, from.manifest)).keys[base.active]?.state).toBe("compromised");
  });

  it("makes a key compromised that the one side suspected and the other only retired", () => {
    for (const reason of ["suspected", "compromised"] as const) {
      const [bad, plain] = [base.rotate(2, { reason }), base.rotate(3)];
      bothWays(plain, bad, (merged) => {
        const key = environment(merged).keys[base.active];
        expect(key?.state === "compromised" || key?.state === "suspended").toBe(true);
        expect(key?.history.at(-1)?.state).toBe(key?.state);
      });
      const plainLeads = merge(plain.manifest, bad.manifest);
      expect(environment(plainLeads).keys[base.active]).toMatchObject({ state: "compromised" });
      expect(environment(plainLeads).keys[base.active]?.history.map(({ state }) => state)).toEqual([
        "active",
        "deactivated",
        "compromised",
      ]);
    }
    const [one, two] = [base.rotate(2, { at: AT }), base.rotate(3, { at: LATER })];
    expect(environment(merge(one.manifest, two.manifest)).keys[base.active]).toEqual(one.entry.keys[base.active]);
  });

  it("keeps a key destroyed that the other side left alone", () => {
    const from = base.rotate(2).rotate(3).fence();
    const middle = base.rotate(2).active;
    const without = from.apply((manifest, ring) =>
      destroyed(manifest, ring, { keyId: middle, at: LATER, reason: "old", nonce: () => new Uint8Array(12).fill(1) }),
    );
    const merged = merge(without.manifest, from.grant("eve", 13).manifest, from.manifest);
    expect(environment(merged).keys[middle]?.state).toBe("destroyed");
  });
});
