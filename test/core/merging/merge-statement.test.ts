import { describe, expect, it } from "vitest";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { type EnvironmentStatement, environmentProblem } from "../../../src/core/authority/environment-statement.ts";
import { keysBelow } from "../../../src/core/authority/reachable-keys.ts";
import { destroyed, markCompromised } from "../../../src/core/keys/key-states.ts";
import { moved } from "../../../src/core/keys/rotate.ts";
import type { Side } from "../../../src/core/merging/merge.ts";
import { mergeStatement } from "../../../src/core/merging/merge-statement.ts";
import { AT, Ring } from "../../support/keyring-builder.ts";

const LATER = "2026-03-01T00:00:00Z";
const base = Ring.start().grant("ada", 11).grant("bob", 12);

function merge(from: Ring | undefined, ours: Ring | EnvironmentStatement, theirs: Ring | EnvironmentStatement, side?: Side) {
  const conflicts: string[] = [];
  const of = (version: Ring | EnvironmentStatement) => (version instanceof Ring ? version.statement : version);
  const merged = mergeStatement("default", { base: from && of(from), ours: of(ours), theirs: of(theirs) }, (what) => {
    conflicts.push(what);
    return side ?? "ours";
  });
  return { ...merged, conflicts };
}

/** Whoever merges, the same comes of it. */
function bothWays(from: Ring | undefined, a: Ring, b: Ring, check: (merged: ReturnType<typeof merge>) => void): void {
  check(merge(from, a, b));
  check(merge(from, b, a));
}

/** A key moved on by whoever may sign. */
const move = (ring: Ring, keyId: string, state: KeyEntry["state"], at: string, reason: string) =>
  ring.state({ keys: { ...ring.statement.keys, [keyId]: moved(ring.statement.keys[keyId] as KeyEntry, state, at, reason) } });
const compromised = (ring: Ring, keyId: string, at = LATER, reason = "laptop") =>
  ring.state({ keys: markCompromised(ring.keyring, keyId, at, reason) });
const destroy = (ring: Ring, keyId: string, at = LATER, seed = 1) =>
  ring.apply((manifest, keyring, signer) =>
    destroyed(manifest, keyring, { keyId, at, reason: "old", nonce: () => new Uint8Array(12).fill(seed) }, signer),
  );

describe("one statement that both sides changed", () => {
  it("is what one side made of it where the other left it alone, whatever was done, and its signature holds", () => {
    const second = base.rotate(2);
    const done: [Ring, Ring][] = [
      [base, base.state({})],
      [base, second],
      [base, second.fence()],
      [second, second.fence()],
      [second, second.raise()],
      [second, compromised(second, base.active)],
      [base, destroy(second.fence(), base.active)],
      [second.rotate(3).fence(), destroy(second.rotate(3).fence(), second.active)],
    ];
    for (const [from, to] of done)
      bothWays(from, from, to, (merged) => {
        expect(merged).toEqual({ statement: to.statement, lead: expect.not.stringMatching("fork"), unsigned: false, conflicts: [] });
        expect(environmentProblem(to.keyring.head, { project: to.manifest.project, environment: "default" }, merged.statement)).toBeNull();
      });
  });

  it("that both changed has to be signed, and one that both left alone has not", () => {
    const second = base.rotate(2);
    bothWays(second, second.raise(), compromised(second, base.active), ({ statement, unsigned, lead, conflicts }) => {
      expect([unsigned, conflicts]).toEqual([true, []]);
      expect(lead).not.toBe("fork");
      expect(statement.floor).toBe(second.active);
      expect(statement.keys[base.active]?.state).toBe("compromised");
      expect(statement.revision).toBe(second.statement.revision + 1);
    });
    bothWays(second, second, second, ({ unsigned }) => expect(unsigned).toBe(false));
  });

  it("is the side's, signed, that has all of the other's and more", () => {
    const second = base.rotate(2);
    for (const from of [undefined, base])
      for (const later of [second.rotate(3), second.fence(), compromised(second, base.active)])
        bothWays(from, second, later, (merged) =>
          expect(merged).toMatchObject({ statement: later.statement, unsigned: false, conflicts: [] }),
        );
    bothWays(undefined, second, base, ({ statement, unsigned }) => {
      expect(statement).toEqual(second.statement);
      expect(unsigned).toBe(false);
    });
  });

  it("has the higher revision of the two", () => {
    const ours = base.state({}).state({}).state({});
    bothWays(base, ours, base.rotate(2), ({ statement }) => expect(statement.revision).toBe(ours.statement.revision));
  });

  it("goes whole to one side where the other holds a statement from before the base", () => {
    const second = base.rotate(2);
    const third = second.rotate(3);
    for (const side of ["ours", "theirs"] as const)
      expect(merge(second, base, third, side)).toEqual({
        ...{ statement: (side === "ours" ? base : third).statement, lead: side, unsigned: false },
        conflicts: ["default, whose key one side set back to an earlier one"],
      });
    // Also where only its revision tells.
    const fence = second.fence();
    for (const side of ["ours", "theirs"] as const) {
      const back = merge(fence, second, fence.rotate(3), side);
      expect(back.conflicts).toEqual(["default, whose key one side set back to an earlier one"]);
      expect(back.statement).toEqual((side === "ours" ? second : fence.rotate(3)).statement);
    }
  });
});

describe("the floor and the keys of a merged environment", () => {
  const [second, third] = [base.rotate(2), base.rotate(2).rotate(3)];

  it("is the higher of the two, whoever leads", () => {
    const to = (ring: Ring, floor: string) => ring.retag().state({ floor });
    bothWays(third, to(third, second.active), to(third, third.active), ({ statement }) => expect(statement.floor).toBe(third.active));
    bothWays(third, third, to(third, second.active), ({ statement }) => expect(statement.floor).toBe(second.active));
    bothWays(base, third, second.fence(), ({ statement }) => expect(statement.floor).toBe(second.active));
    bothWays(undefined, third, second.fence(), ({ statement }) => expect(statement.floor).toBe(second.active));
    bothWays(undefined, third.fence(), second, ({ statement }) => expect(statement.floor).toBe(third.active));
  });

  it("does not fall where one side put back a statement from before it was raised: a conflict", () => {
    const fence = second.fence();
    for (const other of [fence, fence.state({}), fence.rotate(3)])
      bothWays(fence, second, other, ({ conflicts }) =>
        expect(conflicts).toEqual(["default, whose key one side set back to an earlier one"]),
      );
  });

  it("stays ours in a fork that nobody raised, and is the raised one where one did", () => {
    const fork = base.rotate(3);
    bothWays(base, second, fork, ({ statement, lead }) => {
      expect(lead).toBe("fork");
      expect(statement.floor).toBe(base.active);
    });
    bothWays(base, second.fence(), fork, ({ statement }) => expect(statement.floor).toBe(second.active));
  });

  it("has every key of both sides in a fork", () => {
    const [once, twice] = [second, base.rotate(3).rotate(4)];
    bothWays(base, once, twice, ({ statement, lead, conflicts }) => {
      expect([lead, conflicts]).toEqual(["fork", []]);
      expect(Object.keys(statement.keys).sort()).toEqual(
        [...new Set([once, twice].flatMap((side) => Object.keys(side.statement.keys)))].sort(),
      );
    });
  });
});

describe("a key that both sides changed", () => {
  const [second, third] = [base.rotate(2), base.rotate(2).rotate(3).fence()];

  it("was destroyed on one side: no fork, and it stays so", () => {
    const gone = destroy(second.fence(), base.active);
    bothWays(base, gone, base.state({}), ({ statement, lead, conflicts }) => {
      expect(lead).not.toBe("fork");
      expect(statement.active).toBe(second.active);
      expect(statement.keys[base.active]).toEqual(gone.statement.keys[base.active]);
      expect(statement.floor).toBe(second.active);
      expect(conflicts).toEqual([]);
    });
    const oldest = destroy(third, base.active);
    bothWays(third, oldest, third.rotate(4), ({ statement, conflicts }) => {
      expect(statement.keys[base.active]).toEqual(oldest.statement.keys[base.active]);
      expect(conflicts).toEqual([]);
    });
  });

  it("was destroyed on one side and found in wrong hands on the other: a conflict, for it cannot say both", () => {
    const [gone, bad] = [destroy(second.fence(), base.active), compromised(second.fence(), base.active)];
    bothWays(second, gone, bad, ({ conflicts }) => expect(conflicts).toHaveLength(1));
    const { statement } = merge(second, gone, bad, "ours");
    expect(statement.keys[base.active]).toEqual(gone.statement.keys[base.active]);
  });

  it("was linked anew above a destroyed one: the new link counts", () => {
    const gone = destroy(third, second.active);
    bothWays(third, gone, third.state({}), ({ statement, conflicts }) => {
      expect(statement.keys).toEqual(gone.statement.keys);
      expect(conflicts).toEqual([]);
    });
  });

  it("was linked anew by both: a conflict", () => {
    const [one, two] = [destroy(third, second.active, LATER, 1), destroy(third, second.active, LATER, 2)];
    for (const side of ["ours", "theirs"] as const) {
      const merged = merge(third, one, two, side);
      expect(merged.conflicts).toEqual([`the key ${third.active} of default`]);
      expect(merged.statement.keys).toEqual((side === "ours" ? one : two).statement.keys);
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
        const { statement, conflicts, unsigned } = merge(fourth, ours, theirs, side);
        expect(conflicts).toContain("which keys of default were destroyed");
        expect(statement.keys).toEqual((side === "ours" ? ours : theirs).statement.keys);
        expect(unsigned).toBe(false);
        expect(keysBelow(statement, statement.active)).toContain(base.active);
      }
    // Where one side rotated besides, its keys alone lead everywhere.
    const ahead = one.rotate(5);
    for (const side of ["ours", "theirs"] as const) {
      const { statement, conflicts } = merge(fourth, two, ahead, side);
      expect(conflicts).toContain("which keys of default were destroyed");
      expect(statement.keys).toEqual(ahead.statement.keys);
    }
  });

  it("was destroyed by one side and another by the other: both are", () => {
    const fourth = third.rotate(4).fence();
    bothWays(fourth, destroy(fourth, third.active), destroy(fourth, base.active), ({ statement, conflicts }) => {
      expect(conflicts).toEqual([]);
      expect(
        Object.values(statement.keys)
          .map(({ state }) => state)
          .sort(),
      ).toEqual(["active", "deactivated", "destroyed", "destroyed"]);
      expect(keysBelow(statement, statement.active)).toEqual([second.active]);
    });
  });

  it("went on from what the other side knew: the longer history", () => {
    const suspected = base.rotate(2, { reason: "suspected" });
    const cleared = move(suspected, base.active, "deactivated", LATER, "found");
    bothWays(suspected, cleared, suspected.state({}), ({ statement }) =>
      expect(statement.keys[base.active]).toEqual(cleared.statement.keys[base.active]),
    );
    bothWays(undefined, cleared, suspected, ({ statement }) =>
      expect(statement.keys[base.active]).toEqual(cleared.statement.keys[base.active]),
    );
  });

  it("went two ways: the leader's history, and what the other last found bad", () => {
    const plain = base.rotate(2, { at: AT });
    const bad = compromised(base.rotate(3, { at: LATER }), base.active);
    const { statement, lead } = merge(base, plain, bad);
    expect(lead).toBe("fork");
    expect(statement.keys[base.active]).toEqual({
      ...plain.statement.keys[base.active],
      state: "compromised",
      history: [...(plain.statement.keys[base.active] as KeyEntry).history, { state: "compromised", at: LATER, reason: "laptop" }],
    });
    // Ours knows it already, in its own way.
    expect(merge(base, bad, plain).statement.keys[base.active]).toEqual(bad.statement.keys[base.active]);
    const found = (at: string) => compromised(second, base.active, at, at);
    expect(merge(second, found(AT), found(LATER)).statement.keys[base.active]).toEqual(found(AT).statement.keys[base.active]);
  });

  it("went two ways, and theirs leads: theirs", () => {
    const at = (ring: Ring, when: string) => compromised(ring, base.active, when, when);
    const [behind, ahead] = [at(second, AT), at(second.rotate(3), LATER)];
    const { statement, lead, conflicts } = merge(second, behind, ahead);
    expect([lead, conflicts]).toEqual(["theirs", []]);
    expect(statement.keys).toEqual(ahead.statement.keys);
    expect(merge(second, ahead, behind).statement.keys).toEqual(ahead.statement.keys);
  });
});
