import { describe, expect, it } from "vitest";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { withoutUnnamed } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { mergeManifests } from "../../../src/core/merging/merge-manifest.ts";
import { adminsOf, person } from "../../support/authority.ts";
import { ADMIN, AT, idOf, keyOf, Ring, recipient } from "../../support/keyring-builder.ts";
import { withPlanned } from "../../support/manifests.ts";
import { base, bothWays, environment, LATER, merge, needs, opens, unsignedOf } from "./merged.ts";

describe("merging manifests without a key", () => {
  it("of two projects is none; of the same changes is the change", () => {
    expect(mergeManifests({ base: base.manifest, ours: base.manifest, theirs: { ...base.manifest, project: idOf(77) } })).toBeNull();
    for (const [ours, theirs] of [
      [base.manifest, base.manifest],
      [base.grant("eve", 13).manifest, base.manifest],
      [base.manifest, base.grant("eve", 13).manifest],
      [base.rotate(2).manifest, base.manifest],
      [base.manifest, base.rotate(2).fence().manifest],
    ] as const) {
      const merged = merge(ours, theirs);
      expect(merged).toEqual({ manifest: ours === base.manifest ? theirs : ours, conflicts: [], unsigned: [], parted: false, leftOut: [] });
    }
  });

  it("keeps grants and removals of both sides under one key, and needs no signature", () => {
    bothWays(base.grant("eve", 13), base.without("bob"), (merged) => {
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "eve"]);
      expect(merged).toMatchObject({ conflicts: [], unsigned: [], parted: false });
      expect(opens(merged.manifest, 1).accessIsGenuine("eve")).toBe(true);
    });
    bothWays(base.grant("eve", 13), base.grant("fay", 14), (merged) => {
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "bob", "eve", "fay"]);
      expect(merged.unsigned).toEqual([]);
    });
  });

  it("keeps the access of somebody who is listed among the recipients no more: the entry says who it is for", () => {
    const { bob: _, ...recipients } = base.manifest.recipients;
    bothWays({ ...base.manifest, recipients }, base.rotate(2), (merged) => {
      expect(Object.keys(merged.manifest.recipients)).toEqual(["ada"]);
      expect(opens(merged.manifest, 2).accessIsGenuine("bob")).toBe(true);
    });
  });

  it("lets whoever holds the new key wrap it for whom the other side granted meanwhile", () => {
    const rotation = base.rotate(2, { keep: ["ada"] });
    bothWays(rotation, base.grant("eve", 13), (merged, turn) => {
      expect(environment(merged).statement).toEqual(rotation.statement);
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "eve"]);
      expect(merged.unsigned).toEqual([needs({ lead: turn, waiting: ["eve"] })]);
      expect(opens(merged.manifest, 2).accessState("eve")).toBe("waiting");
    });
  });

  it("wraps nothing for whom the other side granted before somebody lost access: an admin signs that again", () => {
    const rotation = base.without("bob").rotate(2, { reason: "offboarding" }).fence();
    bothWays(rotation, base.grant("eve", 13), (merged) => {
      expect(merged.parted).toBe(false);
      expect(merged.manifest.authority).toEqual(rotation.manifest.authority);
      expect(Object.keys(environment(merged).access).sort()).toEqual(["ada", "eve"]);
      const ring = opens(merged.manifest, 2);
      expect(["ada", "eve"].map((name) => ring.accessState(name))).toEqual(["genuine", "outdated"]);
    });
  });

  it("takes listings of the side that did not rotate as they are, and tags them anew where the floor rose", () => {
    const listed = base.list("a/.env.vault", 5);
    const rotation = base.rotate(2);
    bothWays(rotation, listed, (merged) => {
      expect(merged.unsigned).toEqual([]);
      for (const path of [".env.vault", "a/.env.vault"]) expect(opens(merged.manifest, 2).listsVault(path)).toBe(true);
    });
    const fence = rotation.fence();
    bothWays(fence, listed, (merged, turn) => {
      expect(merged.unsigned).toEqual([needs({ lead: turn, vaults: ["a/.env.vault"] })]);
      expect(environment(merged).settings).toEqual(fence.entry.settings);
      // What both list is taken from the side whose tag the active key made.
      expect(merged.manifest.vaults[".env.vault"]).toEqual(fence.manifest.vaults[".env.vault"]);
      expect(opens(merged.manifest, 2).listsVault(".env.vault")).toBe(true);
      expect(opens(merged.manifest, 2).listsVault("a/.env.vault")).toBe(false);
    });
  });

  it("takes tags that readers accept, also where a later rotation has not renewed them yet", () => {
    const later = base.rotate(2).fence().rotate(3);
    bothWays(later, base.grant("eve", 13), (merged, turn) => {
      expect(merged.unsigned).toEqual([needs({ lead: turn, waiting: ["eve"] })]);
      expect(environment(merged).settings).toEqual(later.entry.settings);
      expect(merged.manifest.vaults).toEqual(later.manifest.vaults);
    });
  });

  it("joins settings, which a holder of the key tags", () => {
    const from = base.set({ required: ["A", "B"], public: ["P*"] });
    const ours = from.set({ required: ["B", "C"], public: ["P*", "Q"], cryptoperiodDays: 30 });
    const theirs = from.set({ required: ["A", "B", "D"], public: [], allow: [{ rule: "leak", reason: "x" }] });
    const merged = merge(ours.manifest, theirs.manifest, from.manifest);
    expect(environment(merged).settings).toMatchObject({ required: ["B", "C", "D"], public: ["Q"], cryptoperiodDays: 30, revision: 4 });
    expect(environment(merged).settings.allow).toEqual([{ rule: "leak", reason: "x" }]);
    expect(environment(merged).statement).toEqual(base.statement);
    expect(merged.conflicts).toEqual([]);
    expect(merged.unsigned).toEqual([needs({ settings: true })]);
    expect(() => opens(merged.manifest, 1)).toThrow(/settings of default were changed by hand/);
  });

  it("tags settings anew that were tagged with a key from below the merged floor", () => {
    const fence = base.rotate(2).fence();
    bothWays(fence, base.set({ required: ["A"] }), (merged, turn) => {
      expect(merged.unsigned).toEqual([needs({ lead: turn, settings: true })]);
      expect(environment(merged).settings.required).toEqual(["A"]);
    });
    bothWays(base.rotate(2), base.set({ required: ["A"] }), (merged) => {
      expect(merged.unsigned).toEqual([]);
      expect(opens(merged.manifest, 2).settings.required).toEqual(["A"]);
    });
  });

  it("reports what both changed differently, and gives it to the preferred side", () => {
    const ours = base.set({ cryptoperiodDays: 30 });
    const theirs = base.set({ cryptoperiodDays: 60 });
    expect(merge(ours.manifest, theirs.manifest).conflicts).toEqual(["the cryptoperiod of default"]);
    expect(environment(merge(ours.manifest, theirs.manifest)).settings.cryptoperiodDays).toBe(30);
    const preferred = merge(ours.manifest, theirs.manifest, base.manifest, () => "theirs");
    expect(environment(preferred).settings.cryptoperiodDays).toBe(60);
    expect(preferred.unsigned).toEqual([]);
  });

  it("takes the authority of the side that goes on from the other, and tells where both did", () => {
    const admin = (name: string, seed: number) =>
      base.apply((manifest, _, signer) => withAuthority(manifest, { admins: adminsOf(ADMIN, person(name, seed)) }, signer));
    const [eve, fay] = [admin("eve", 13), admin("fay", 14)];
    bothWays(eve, base.rotate(2), (merged) => {
      expect(merged.manifest.authority).toEqual(eve.manifest.authority);
      expect(merged).toMatchObject({ parted: false, unsigned: [], conflicts: [] });
    });
    expect(merge(eve.manifest, fay.manifest)).toMatchObject({ parted: true, manifest: { authority: eve.manifest.authority } });
    expect(merge(fay.manifest, eve.manifest)).toMatchObject({ parted: true, manifest: { authority: fay.manifest.authority } });
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

  it("has the environments that the newer authority names, whatever the other side did to them", () => {
    const added = withPlanned(base.manifest, "staging", { key: 3, vaults: { ".env.staging.vault": 9 } });
    bothWays(added, base.manifest, ({ manifest, unsigned }) => {
      expect(Object.keys(manifest.environments)).toEqual(["default", "staging"]);
      expect(unsigned).toEqual([]);
    });
    const gone = withoutEnvironment(added, "staging", ADMIN);
    const edited = new Ring(added, keyOf(3), "staging").set({ cryptoperiodDays: 7 }).manifest;
    for (const [ours, theirs] of [
      [gone, edited],
      [edited, gone],
    ] as const) {
      const merged = merge(ours, theirs, added);
      expect(merged.parted).toBe(false);
      expect(merged.manifest.authority).toEqual(gone.authority);
      const left = withoutUnnamed(merged.manifest);
      expect(Object.keys(left.environments)).toEqual(["default"]);
      expect(Object.keys(left.vaults)).toEqual([".env.vault"]);
    }
  });

  it("reports one vault's listing that both changed, by path", () => {
    const list = (seed: number) => base.list("x/.env.vault", seed).manifest;
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
      expect(environment(merged).statement.active).toBe(twice.active);
      expect(merged.unsigned).toEqual([]);
    });
    bothWays(base.rotate(2), base.rotate(3), (merged) => {
      expect(unsignedOf(merged)).toMatchObject({ lead: "fork", environment: "default" });
      expect(Object.keys(environment(merged).statement.keys)).toHaveLength(3);
      expect(merged.conflicts).toEqual([]);
    });
    expect(unsignedOf(merge(base.rotate(2).manifest, base.rotate(3).manifest, null)).lead).toBe("fork");
  });

  it("reports a side that holds a manifest from before the base", () => {
    const rotation = base.rotate(2);
    for (const prefer of ["ours", "theirs"] as const) {
      const merged = merge(base.manifest, rotation.rotate(3).manifest, rotation.manifest, () => prefer);
      expect(merged.conflicts).toContain("default, whose key one side set back to an earlier one");
      expect(environment(merged).statement.active).toBe(prefer === "ours" ? base.active : rotation.rotate(3).active);
    }
    expect(merge(rotation.rotate(3).manifest, base.manifest, rotation.manifest).conflicts).toHaveLength(1);
  });

  it("takes the higher floor", () => {
    const [low, high] = [base.rotate(2), base.rotate(2).fence()];
    bothWays(low, high, (merged) => expect(environment(merged).statement.floor).toBe(high.active));
    const higher = base.rotate(2).rotate(3).fence();
    bothWays(high, higher, (merged) => expect(environment(merged).statement.floor).toBe(higher.active));
    // The side that does not lead raised it.
    const ahead = low.rotate(3);
    const merged = merge(ahead.manifest, high.manifest, low.manifest);
    expect(environment(merged).statement).toMatchObject({ floor: high.active, active: ahead.active });
    expect(unsignedOf(merged).statement).toBe(true);
  });

  it("makes a key compromised that the one side suspected and the other only retired", () => {
    for (const reason of ["suspected", "compromised"] as const) {
      const [bad, plain] = [base.rotate(2, { reason }), base.rotate(3)];
      bothWays(plain, bad, (merged) => {
        const key = environment(merged).statement.keys[base.active];
        expect(key?.state === "compromised" || key?.state === "suspended").toBe(true);
        expect(key?.history.at(-1)?.state).toBe(key?.state);
      });
      const plainLeads = merge(plain.manifest, bad.manifest);
      expect(environment(plainLeads).statement.keys[base.active]).toMatchObject({ state: "compromised" });
      expect(environment(plainLeads).statement.keys[base.active]?.history.map(({ state }) => state)).toEqual([
        "active",
        "deactivated",
        "compromised",
      ]);
    }
    const [one, two] = [base.rotate(2, { at: AT }), base.rotate(3, { at: LATER })];
    expect(environment(merge(one.manifest, two.manifest)).statement.keys[base.active]).toEqual(one.statement.keys[base.active]);
  });
});
