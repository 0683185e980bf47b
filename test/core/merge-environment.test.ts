import { describe, expect, it } from "vitest";
import type { Environment, KeyEntry, Manifest } from "../../src/core/manifest.ts";
import type { Side } from "../../src/core/merge.ts";
import { mergeEnvironment } from "../../src/core/merge-environment.ts";
import { keysBelow } from "../../src/core/reach.ts";
import { compromised, destroyed } from "../../src/core/retire.ts";
import { moved } from "../../src/core/rotate.ts";
import { AT, keyOf, Ring } from "../support/rings.ts";

const LATER = "2026-03-01T00:00:00Z";
const base = Ring.start().grant("ada", 11).grant("bob", 12);

type Version = Ring | Environment;
const entryOf = (version: Version) => (version instanceof Ring ? version.entry : version);

function merge(from: Version | undefined, ours: Version, theirs: Version, side?: Side) {
  const conflicts: string[] = [];
  const versions = { base: from && entryOf(from), ours: entryOf(ours), theirs: entryOf(theirs) } as Parameters<typeof mergeEnvironment>[1];
  const merged = mergeEnvironment("default", versions, (what) => {
    conflicts.push(what);
    return side ?? "ours";
  });
  return { ...merged, conflicts };
}

/** Whoever merges, the same comes of it. */
function bothWays(from: Version | undefined, a: Version, b: Version, check: (merged: ReturnType<typeof merge>) => void): void {
  check(merge(from, a, b));
  check(merge(from, b, a));
}

/** A key moved on by whoever holds the active one. */
const move = (ring: Ring, keyId: string, state: KeyEntry["state"], at: string, reason: string) =>
  ring.set({ keys: { ...ring.entry.keys, [keyId]: moved(ring.entry.keys[keyId] as KeyEntry, state, at, reason) } });
const destroy = (ring: Ring, keyId: string, at = LATER, seed = 1) =>
  ring.apply((manifest, keyring) => destroyed(manifest, keyring, { keyId, at, reason: "old", nonce: () => new Uint8Array(12).fill(seed) }));
const restored = (manifest: Manifest, seed: number) => new Ring(manifest, keyOf(seed));

describe("one environment that both sides changed", () => {
  it("is what one side made of it where the other left it alone, whatever was done", () => {
    const second = base.rotate(2);
    const done: [Ring, Ring][] = [
      [base, base.set({ required: ["A"], public: ["P_*"], cryptoperiodDays: 9 })],
      [base, base.grant("eve", 13)],
      [base, base.grant("bob", 22)],
      [base, second],
      [base, second.fence()],
      [second, second.fence()],
      [second, second.apply((manifest, ring) => compromised(manifest, ring, base.active, LATER, "laptop"))],
      [base, destroy(second.fence(), base.active)],
      [second.rotate(3).fence(), destroy(second.rotate(3).fence(), second.active)],
    ];
    for (const [from, to] of done)
      bothWays(from, from, to, (merged) =>
        expect(merged).toEqual({ entry: to.entry, lead: expect.not.stringMatching("fork"), unsigned: false, grants: [], conflicts: [] }),
      );
  });

  it("goes whole to one side where the other holds a key from before the base", () => {
    const second = base.rotate(2);
    const third = second.rotate(3);
    for (const side of ["ours", "theirs"] as const) {
      const back = merge(second, base, third, side);
      expect(back).toEqual({
        ...{ entry: (side === "ours" ? base : third).entry, lead: side, unsigned: false, grants: [] },
        conflicts: ["default, whose key one side set back to an earlier one"],
      });
    }
  });

  it("keeps access without a base as either side has it", () => {
    bothWays(undefined, base, base.grant("eve", 13), ({ entry, grants }) => {
      expect(Object.keys(entry.access).sort()).toEqual(["ada", "bob", "eve"]);
      expect(grants).toEqual([]);
    });
    bothWays(undefined, base.grant("eve", 13), base.grant("fay", 14), ({ entry }) =>
      expect(Object.keys(entry.access).sort()).toEqual(["ada", "bob", "eve", "fay"]),
    );
    bothWays(undefined, base.rotate(2), base.grant("eve", 13), ({ entry, grants }) => {
      expect(Object.keys(entry.access).sort()).toEqual(["ada", "bob"]);
      expect(grants).toEqual(["eve"]);
    });
  });

  it("keeps an access entry that one side alone made anew under the one key", () => {
    const anew = base.grant("bob", 22);
    bothWays(base, anew, base.grant("eve", 13), ({ entry }) => {
      expect(entry.access.bob).toEqual(anew.entry.access.bob);
      expect(entry.access.ada).toEqual(base.entry.access.ada);
      expect(Object.keys(entry.access)).toHaveLength(3);
    });
    const other = base.grant("bob", 23);
    expect(merge(base, anew, other).entry.access.bob).toEqual(anew.entry.access.bob);
    expect(merge(base, other, anew).entry.access.bob).toEqual(other.entry.access.bob);
  });
});

describe("the floor and the keys of a merged environment", () => {
  const [second, third] = [base.rotate(2), base.rotate(2).rotate(3)];

  it("is the higher of the two, whoever leads", () => {
    const to = (ring: Ring, floor: string) => ring.set({ floor });
    bothWays(third, to(third, second.active), to(third, third.active), ({ entry }) => expect(entry.floor).toBe(third.active));
    bothWays(third, third, to(third, second.active), ({ entry }) => expect(entry.floor).toBe(second.active));
    bothWays(base, third, second.fence(), ({ entry }) => expect(entry.floor).toBe(second.active));
    bothWays(undefined, third, second.fence(), ({ entry }) => expect(entry.floor).toBe(second.active));
    bothWays(undefined, third.fence(), second, ({ entry }) => expect(entry.floor).toBe(third.active));
  });

  it("does not fall where one side put back a manifest from before it was raised", () => {
    const fence = second.fence();
    for (const other of [fence, fence.grant("eve", 13), fence.set({ required: ["A"] })])
      bothWays(fence, second, other, ({ entry }) => expect(entry.floor).toBe(second.active));
    // What is signed already needs no signature.
    bothWays(fence, second, fence, ({ entry, unsigned }) => {
      expect(unsigned).toBe(false);
      expect(restored(fence.forged(entry), 2).entry.floor).toBe(second.active);
    });
  });

  it("stays ours in a fork that nobody raised, and is the raised one where one did", () => {
    const fork = base.rotate(3);
    bothWays(base, second, fork, ({ entry, lead }) => {
      expect(lead).toBe("fork");
      expect(entry.floor).toBe(base.active);
    });
    bothWays(base, second.fence(), fork, ({ entry }) => expect(entry.floor).toBe(second.active));
  });

  it("has every key of both sides in a fork", () => {
    const [once, twice] = [second, base.rotate(3).rotate(4)];
    bothWays(base, once, twice, ({ entry, lead, conflicts }) => {
      expect([lead, conflicts]).toEqual(["fork", []]);
      expect(Object.keys(entry.keys).sort()).toEqual([...new Set([once, twice].flatMap((side) => Object.keys(side.entry.keys)))].sort());
    });
  });
});

describe("a key that both sides changed", () => {
  const [second, third] = [base.rotate(2), base.rotate(2).rotate(3).fence()];

  it("was destroyed on one side: no fork, and it stays so", () => {
    const gone = destroy(second.fence(), base.active);
    bothWays(base, gone, base.grant("eve", 13), ({ entry, lead, grants, conflicts }) => {
      expect(lead).not.toBe("fork");
      expect(entry.active).toBe(second.active);
      expect(entry.keys[base.active]).toEqual(gone.entry.keys[base.active]);
      expect(entry.floor).toBe(second.active);
      expect(grants).toEqual(["eve"]);
      expect(conflicts).toEqual([]);
    });
    const oldest = destroy(third, base.active);
    bothWays(third, oldest, third.rotate(4), ({ entry, conflicts }) => {
      expect(entry.keys[base.active]).toEqual(oldest.entry.keys[base.active]);
      expect(conflicts).toEqual([]);
    });
  });

  it("was destroyed on one side and found in wrong hands on the other: a conflict, for it cannot say both", () => {
    const [gone, bad] = [
      destroy(second.fence(), base.active),
      second.fence().apply((manifest, ring) => compromised(manifest, ring, base.active, LATER, "laptop")),
    ];
    bothWays(second, gone, bad, ({ conflicts }) => expect(conflicts).toHaveLength(1));
    const { entry } = merge(second, gone, bad, "ours");
    expect(entry.keys[base.active]).toEqual(gone.entry.keys[base.active]);
  });

  it("was linked anew above a destroyed one: the new link counts", () => {
    const gone = destroy(third, second.active);
    bothWays(third, gone, third.grant("eve", 13), ({ entry, conflicts }) => {
      expect(entry.keys).toEqual(gone.entry.keys);
      expect(conflicts).toEqual([]);
    });
  });

  it("was linked anew by both: a conflict", () => {
    const [one, two] = [destroy(third, second.active, LATER, 1), destroy(third, second.active, LATER, 2)];
    for (const side of ["ours", "theirs"] as const) {
      const merged = merge(third, one, two, side);
      expect(merged.conflicts).toEqual([`the key ${third.active} of default`]);
      expect(merged.entry.keys).toEqual((side === "ours" ? one : two).entry.keys);
    }
  });

  it("was destroyed by one side and its neighbour by the other: a conflict, and what is left can be reached", () => {
    const fourth = third.rotate(4).fence();
    const [one, two] = [destroy(fourth, third.active, LATER, 1), destroy(fourth, second.active, LATER, 2)];
    for (const side of ["ours", "theirs"] as const)
      for (const [ours, theirs] of [
        [one, two],
        [two, one],
      ] as const) {
        const { entry, conflicts, unsigned } = merge(fourth, ours, theirs, side);
        expect(conflicts).toContain("which keys of default were destroyed");
        expect(entry.keys).toEqual((side === "ours" ? ours : theirs).entry.keys);
        expect(unsigned).toBe(false);
        expect(keysBelow(entry, entry.active)).toContain(base.active);
      }
    // Where one side rotated besides, its keys alone lead everywhere.
    const ahead = one.rotate(5);
    for (const side of ["ours", "theirs"] as const) {
      const { entry, conflicts } = merge(fourth, two, ahead, side);
      expect(conflicts).toContain("which keys of default were destroyed");
      expect(entry.keys).toEqual(ahead.entry.keys);
    }
  });

  it("was destroyed by one side and another by the other: both are", () => {
    const fourth = third.rotate(4).fence();
    bothWays(fourth, destroy(fourth, third.active), destroy(fourth, base.active), ({ entry, conflicts }) => {
      expect(conflicts).toEqual([]);
      expect(
        Object.values(entry.keys)
          .map(({ state }) => state)
          .sort(),
      ).toEqual(["active", "deactivated", "destroyed", "destroyed"]);
      expect(keysBelow(entry, entry.active)).toEqual([second.active]);
    });
  });

  it("went on from what the other side knew: the longer history", () => {
    const suspected = base.rotate(2, { reason: "suspected" });
    const cleared = move(suspected, base.active, "deactivated", LATER, "found");
    bothWays(suspected, cleared, suspected.grant("eve", 13), ({ entry }) =>
      expect(entry.keys[base.active]).toEqual(cleared.entry.keys[base.active]),
    );
    bothWays(undefined, cleared, suspected, ({ entry }) => expect(entry.keys[base.active]).toEqual(cleared.entry.keys[base.active]));
  });

  it("went two ways: the leader's history, and what the other last found bad", () => {
    const plain = base.rotate(2, { at: AT });
    const bad = base.rotate(3, { at: LATER }).apply((manifest, ring) => compromised(manifest, ring, base.active, LATER, "laptop"));
    const { entry, lead } = merge(base, plain, bad);
    expect(lead).toBe("fork");
    expect(entry.keys[base.active]).toEqual({
      ...plain.entry.keys[base.active],
      state: "compromised",
      history: [...(plain.entry.keys[base.active] as KeyEntry).history, { state: "compromised", at: LATER, reason: "laptop" }],
    });
    // Ours knows it already, in its own way.
    expect(merge(base, bad, plain).entry.keys[base.active]).toEqual(bad.entry.keys[base.active]);
    const found = (at: string) => second.apply((manifest, ring) => compromised(manifest, ring, base.active, at, at));
    expect(merge(second, found(AT), found(LATER)).entry.keys[base.active]).toEqual(found(AT).entry.keys[base.active]);
  });

  it("went two ways, and theirs leads: theirs", () => {
    const at = (ring: Ring, when: string) => ring.apply((manifest, keyring) => compromised(manifest, keyring, base.active, when, when));
    const [behind, ahead] = [at(second, AT), at(second.rotate(3), LATER)];
    const { entry, lead, conflicts } = merge(second, behind, ahead);
    expect([lead, conflicts]).toEqual(["theirs", []]);
    expect(entry.keys).toEqual(ahead.entry.keys);
    expect(merge(second, ahead, behind).entry.keys).toEqual(ahead.entry.keys);
  });
});
