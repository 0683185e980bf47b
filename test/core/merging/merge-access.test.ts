import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import type { Side } from "../../../src/core/merging/merge.ts";
import { mergeAccess } from "../../../src/core/merging/merge-access.ts";
import { Ring } from "../../support/keyring-builder.ts";

const base = Ring.start().grant("ada", 11).grant("bob", 12);

function merge(from: Ring | undefined, ours: Ring, theirs: Ring, { active = ours.active, side = "ours" as Side } = {}) {
  const conflicts: string[] = [];
  const access = mergeAccess(
    "default",
    { base: from?.entry.access, ours: ours.entry.access, theirs: theirs.entry.access },
    active,
    (what) => {
      conflicts.push(what);
      return side;
    },
  );
  return {
    access,
    conflicts,
    names: Object.keys(access).sort(),
    waiting: Object.keys(access).filter((name) => access[name]?.tag === undefined),
  };
}

/** Whoever merges, the same comes of it. */
function bothWays(from: Ring | undefined, a: Ring, b: Ring, active: string, check: (merged: ReturnType<typeof merge>) => void): void {
  check(merge(from, a, b, { active }));
  check(merge(from, b, a, { active }));
}

describe("access that both sides changed", () => {
  it("has what either granted, without what either took away", () => {
    bothWays(base, base.grant("eve", 13), base.without("bob"), base.active, ({ names, conflicts, waiting }) => {
      expect(names).toEqual(["ada", "eve"]);
      expect([conflicts, waiting]).toEqual([[], []]);
    });
    bothWays(base, base.grant("eve", 13), base.grant("fay", 14), base.active, ({ names, waiting }) => {
      expect(names).toEqual(["ada", "bob", "eve", "fay"]);
      expect(waiting).toEqual([]);
    });
  });

  it("keeps without a base what either side has", () => {
    bothWays(undefined, base.grant("eve", 13), base.grant("fay", 14), base.active, ({ names }) =>
      expect(names).toEqual(["ada", "bob", "eve", "fay"]),
    );
  });

  it("does not bring back whom one side took away while the other signed the entry again", () => {
    bothWays(base, base.without("bob").fence(), base.fence(), base.active, ({ names }) => expect(names).toEqual(["ada"]));
    bothWays(base, base.without("bob"), base.grant("bob", 22), base.active, ({ names }) => expect(names).toEqual(["ada"]));
  });

  it("waits, as an admin signed it, where it holds another key than the active one", () => {
    const rotation = base.rotate(2);
    const granted = base.grant("eve", 13);
    bothWays(base, rotation, granted, rotation.active, ({ names, waiting, access }) => {
      expect(names).toEqual(["ada", "bob", "eve"]);
      expect(waiting).toEqual(["eve"]);
      const { wrapped: _, tag: __, ...signed } = granted.entry.access.eve as AccessEntry;
      expect(access.eve).toEqual(signed);
      expect(access.ada).toEqual(rotation.entry.access.ada);
    });
  });

  it("has the entry that was signed later, and of the same one that which holds the active key", () => {
    const fence = base.fence();
    bothWays(base, fence, base.rotate(2), fence.active, ({ access }) => expect(access.ada).toEqual(fence.entry.access.ada));
    bothWays(base, fence, base.grant("eve", 13), fence.active, ({ access }) => expect(access.ada).toEqual(fence.entry.access.ada));
    const wrapped = base.admit("eve", 13).wrap("eve", 1);
    bothWays(base.admit("eve", 13), wrapped, base.admit("eve", 13), base.active, ({ access }) =>
      expect(access.eve).toEqual(wrapped.entry.access.eve),
    );
  });

  it("is the side's that changed what an admin says of somebody, and a conflict where both did", () => {
    const [deploy, grouped] = [base.admit("bob", 12, { kind: "deploy" }), base.admit("bob", 12, { direct: false })];
    bothWays(base, deploy, base.grant("eve", 13), base.active, ({ access, conflicts }) => {
      expect(access.bob).toEqual(deploy.entry.access.bob);
      expect(conflicts).toEqual([]);
    });
    for (const side of ["ours", "theirs"] as const) {
      const merged = merge(base, deploy, grouped, { side });
      expect(merged.conflicts).toEqual(["the access of bob to default"]);
      expect(merged.access.bob).toEqual((side === "ours" ? deploy : grouped).entry.access.bob);
    }
  });

  it("is of the recipient that one side alone put in, and a conflict where both did", () => {
    const anew = base.grant("bob", 22);
    bothWays(base, anew, base.grant("eve", 13), base.active, ({ access, names }) => {
      expect(access.bob).toEqual(anew.entry.access.bob);
      expect(access.ada).toEqual(base.entry.access.ada);
      expect(names).toEqual(["ada", "bob", "eve"]);
    });
    const other = base.grant("bob", 23);
    for (const [ours, theirs] of [
      [anew, other],
      [other, anew],
    ] as const)
      for (const side of ["ours", "theirs"] as const) {
        const merged = merge(base, ours, theirs, { side });
        expect(merged.conflicts).toEqual(["the access of bob to default"]);
        expect(merged.access.bob).toEqual((side === "ours" ? ours : theirs).entry.access.bob);
      }
  });
});
