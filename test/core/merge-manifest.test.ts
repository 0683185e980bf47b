import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { withVault } from "../../src/core/changes.ts";
import { Keyring } from "../../src/core/keyring.ts";
import type { Environment, Manifest } from "../../src/core/manifest.ts";
import { type MergedManifest, mergeManifests, type Unsigned } from "../../src/core/merge-manifest.ts";
import { compromised, destroyed } from "../../src/core/retire.ts";
import { moved } from "../../src/core/rotate.ts";
import { genuineGrants, joinForks, signMerged, whyNotSigned } from "../../src/core/sign-merge.ts";
import { AT, idOf, keyOf, Ring, recipient, wrappedFor } from "../support/rings.ts";

const base = Ring.start().grant("ada", 11).grant("bob", 12);
const LATER = "2026-03-01T00:00:00Z";

function merge(ours: Manifest, theirs: Manifest, from: Manifest | null = base.manifest, prefer?: (what: string) => "ours" | "theirs") {
  const merged = mergeManifests(from, ours, theirs, prefer);
  expect(merged).not.toBeNull();
  return merged as MergedManifest;
}

/** Both ways round: what a merge leaves must not depend on who merges. */
function bothWays(a: Ring | Manifest, b: Ring | Manifest, check: (merged: MergedManifest, turn: "ours" | "theirs") => void): void {
  const [x, y] = [a, b].map((side) => (side instanceof Ring ? side.manifest : side)) as [Manifest, Manifest];
  check(merge(x, y), "ours");
  check(merge(y, x), "theirs");
}

const environment = ({ manifest }: MergedManifest) => manifest.environments.default as Environment;
const unsignedOf = ({ unsigned }: MergedManifest) => unsigned[0] as Unsigned;
const opens = (manifest: Manifest, seed: number) => new Keyring(manifest, "default", keyOf(seed));

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

describe("signing a merge", () => {
  const keysOf = (ours: Ring, theirs: Ring) => ({ ours: ours.keyring, theirs: theirs.keyring });
  const rotation = base.rotate(2);
  const granted = base.grant("eve", 13);

  it("says why the leader's key must not: a fork, or a side from below the floor", () => {
    const plain = unsignedOf(merge(rotation.manifest, granted.manifest));
    expect(whyNotSigned(plain, keysOf(rotation, granted))).toBeNull();
    const fence = rotation.fence();
    const low = unsignedOf(merge(fence.manifest, granted.manifest));
    expect(whyNotSigned(low, keysOf(fence, granted))).toBe(
      "theirs changed default under v1, which is below the floor: someone who left may have done it",
    );
    const mirrored = unsignedOf(merge(granted.manifest, fence.manifest));
    expect(whyNotSigned(mirrored, keysOf(granted, fence))).toMatch(/^ours changed default under v1/);
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const fork = unsignedOf(merge(one.manifest, two.manifest));
    expect(whyNotSigned(fork, keysOf(one, two))).toBe("both sides rotated default");
    expect(whyNotSigned(fork, keysOf(one.fence(), two))).toBe(
      "both sides rotated default; theirs comes from below the other's floor: someone who left may have made it",
    );
    expect(whyNotSigned(fork, keysOf(one, two.fence()))).toMatch(/; ours comes from below the other's floor/);
    expect(whyNotSigned(fork, keysOf(one.fence(), two.fence()))).toMatch(/; theirs comes from below/);
  });

  it("wraps for entries that a holder of their side's key made, and no other", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const unsigned = unsignedOf(merged);
    expect(genuineGrants(unsigned, keysOf(rotation, granted), merged.manifest)).toEqual(["eve"]);
    // Slipped in by someone without the key: no genuine tag.
    const eve = granted.entry.access.eve as { wrapped: string; tag: string };
    const slipped = base.join("mallory", 14).forged({ access: { ...base.entry.access, mallory: eve } });
    const forged = merge(rotation.manifest, slipped);
    expect(unsignedOf(forged).grants).toEqual(["mallory"]);
    expect(genuineGrants(unsignedOf(forged), { ours: rotation.keyring, theirs: opens(slipped, 1) }, forged.manifest)).toEqual([]);
    // Genuine, and its recipient exchanged in the merge.
    const swapped = {
      ...merged.manifest,
      recipients: { ...merged.manifest.recipients, eve: { recipient: recipient(15), added: "2026-01-01" } },
    };
    expect(genuineGrants(unsigned, keysOf(rotation, granted), swapped)).toEqual([]);
  });

  it("makes the leader's entry, grants and listings authentic, and leaves what nobody with a key listed", () => {
    const theirs = granted.apply((manifest, { signer }) => withVault(manifest, signer, "a/.env.vault", idOf(5))).set({ required: ["A"] });
    const forged = {
      ...theirs.manifest,
      vaults: {
        ...theirs.manifest.vaults,
        "b/.env.vault": { ...(theirs.manifest.vaults["a/.env.vault"] as object), id: idOf(6) } as never,
      },
    };
    for (const turn of ["ours", "theirs"] as const) {
      const [x, y] = turn === "ours" ? [rotation.manifest, forged] : [forged, rotation.manifest];
      const merged = merge(x, y);
      const unsigned = unsignedOf(merged);
      expect(unsigned).toMatchObject({ lead: turn, entry: true, grants: ["eve"], vaults: ["a/.env.vault", "b/.env.vault"] });
      const rings = { ours: rotation.keyring, theirs: opens(forged, 1) };
      const sides = turn === "ours" ? rings : { ours: rings.theirs, theirs: rings.ours };
      const signed = signMerged(merged.manifest, unsigned, sides, new Map([["eve", wrappedFor(2)]]));
      const ring = opens(signed, 2);
      expect(ring.entry.required).toEqual(["A"]);
      expect(["ada", "bob", "eve"].map((name) => ring.accessIsGenuine(name))).toEqual([true, true, true]);
      expect([".env.vault", "a/.env.vault", "b/.env.vault"].map((path) => ring.listsVault(path))).toEqual([true, true, false]);
    }
  });

  it("signs no entry that needs none", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const signed = signMerged(merged.manifest, unsignedOf(merged), keysOf(rotation, granted), new Map());
    expect(signed).toEqual(merged.manifest);
  });

  it("joins a fork by a third key that leads to both", () => {
    const [one, two] = [base.rotate(2, { keep: ["ada"] }).grant("eve", 13), base.rotate(3, { at: LATER })];
    const merged = merge(one.manifest, two.manifest);
    const unsigned = unsignedOf(merged);
    const keys = keysOf(one, two);
    const names = genuineGrants(unsigned, keys, merged.manifest);
    // Bob was left out by one side; eve granted by one.
    expect(names.sort()).toEqual(["ada", "eve"]);
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: new Uint8Array(12).fill(1), theirs: new Uint8Array(12).fill(2) },
      at: LATER,
      wrapped: new Map(names.map((name) => [name, wrappedFor(9)] as const)),
    };
    const { manifest, raise } = joinForks(merged.manifest, unsigned, keys, join, base.entry.floor);
    expect(raise).toBe(false);
    const ring = opens(manifest, 9);
    expect(ring.active.version).toBe(3);
    expect(ring.entry.floor).toBe(base.entry.floor);
    expect(ring.entry.keys[ring.active.keyId]).toMatchObject({ state: "active", reason: "merge", created: LATER });
    expect(ring.entry.keys[ring.active.keyId]?.history).toEqual([{ state: "active", at: LATER }]);
    for (const side of [one, two]) {
      expect(b64u(ring.dataKey(side.active, "x"))).toBe(b64u(side.dataKey));
      expect(ring.entry.keys[side.active]).toMatchObject({ state: "deactivated" });
      expect(ring.entry.keys[side.active]?.history.at(-1)).toEqual({ state: "deactivated", at: LATER, reason: "merge" });
      expect(ring.reachesPin(side.keyring.pin)).toBe(true);
    }
    expect(b64u(ring.dataKey(base.active, "x"))).toBe(b64u(base.dataKey));
    expect(Object.keys(ring.entry.access).sort()).toEqual(["ada", "eve"]);
    expect(ring.accessIsGenuine("eve")).toBe(true);
    expect(ring.listsVault(".env.vault")).toBe(true);
    const fence = joinForks(merged.manifest, unsigned, keysOf(one.fence(), two), join, base.entry.floor);
    expect(fence.raise).toBe(true);
    expect(joinForks(merged.manifest, unsigned, keysOf(one, two.fence()), join, base.entry.floor).raise).toBe(true);
  });

  it("lists in a fork no vault of another environment, nor one that neither side made", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const merged = merge(one.manifest, two.manifest);
    const vaults = {
      ...merged.manifest.vaults,
      "b/.env.vault": { environment: "default", id: idOf(6), tag: "hmac:x:y" },
      ".env.staging.vault": { environment: "staging", id: idOf(7), tag: "hmac:x:z" },
    };
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: keyOf(1).subarray(0, 12), theirs: keyOf(2).subarray(0, 12) },
      at: AT,
      wrapped: new Map(),
    };
    const { manifest } = joinForks({ ...merged.manifest, vaults }, unsignedOf(merged), keysOf(one, two), join, base.entry.floor);
    expect(manifest.vaults[".env.staging.vault"]?.tag).toBe("hmac:x:z");
    expect(manifest.vaults["b/.env.vault"]?.tag).toBe("hmac:x:y");
    expect(opens(manifest, 9).listsVault(".env.vault")).toBe(true);
    const other = { ...merged.manifest, vaults: { ".env.vault": { environment: "default", id: idOf(8), tag: "hmac:x:y" } } };
    expect(joinForks(other, unsignedOf(merged), keysOf(one, two), join, base.entry.floor).manifest.vaults[".env.vault"]?.tag).toBe(
      "hmac:x:y",
    );
  });

  it("never moves a key backwards", () => {
    expect(() => moved(base.entry.keys[base.active] as never, "destroyed", AT)).toThrow(/v1 is active and cannot become destroyed/);
  });
});
