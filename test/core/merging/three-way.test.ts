import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeLists, mergeRecords, mergeValue } from "../../../src/core/merging/three-way.ts";
import { runs } from "../../support/arbitraries.ts";

const never = () => {
  throw new Error("nothing to settle");
};

describe("one value's three versions", () => {
  it.each([
    ["nobody changed it", { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }],
    ["ours did", { a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
    ["theirs did", { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ["both did alike", { a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }],
    ["both added it alike", undefined, { a: 2 }, { a: 2 }, { a: 2 }],
    ["ours took it away", { a: 1 }, undefined, { a: 1 }, undefined],
    ["theirs took it away", { a: 1 }, { a: 1 }, undefined, undefined],
    ["both took it away", { a: 1 }, undefined, undefined, undefined],
  ])("%s", (_, base, ours, theirs, result) => {
    expect(mergeValue({ base, ours, theirs }, "it", never)).toEqual(result);
  });

  it("goes to the side that is chosen where both differ, and says what it is about", () => {
    const asked: string[] = [];
    const settle = (side: "ours" | "theirs") => (what: string) => {
      asked.push(what);
      return side;
    };
    expect(mergeValue({ base: 1, ours: 2, theirs: 3 }, "the number", settle("ours"))).toBe(2);
    expect(mergeValue({ base: 1, ours: 2, theirs: 3 }, "the number", settle("theirs"))).toBe(3);
    expect(mergeValue<number>({ base: 1, ours: undefined, theirs: 3 }, "it", settle("ours"))).toBeUndefined();
    expect(asked).toEqual(["the number", "the number", "it"]);
  });
});

describe("records, member by member", () => {
  it("asks for each name that a side has, in order of the names", () => {
    const asked: string[] = [];
    const base: Record<string, number> = { gone: 1, both: 1 };
    const result = mergeRecords<number>({ base, ours: { z: 1, both: 2 }, theirs: { both: 3, a: 4 } }, (name, member) => {
      asked.push(`${name} ${member.base} ${member.ours} ${member.theirs}`);
      return name === "z" ? undefined : (member.theirs ?? member.ours);
    });
    expect(asked).toEqual(["a undefined undefined 4", "both 1 2 3", "z undefined 1 undefined"]);
    expect(Object.entries(result)).toEqual([
      ["a", 4],
      ["both", 3],
    ]);
    expect(mergeRecords<number>({ base: undefined, ours: undefined, theirs: undefined }, never)).toEqual({});
  });

  it("takes nothing that a record only inherits for a member", () => {
    const one = mergeRecords({ base: {}, ours: { constructor: 1, toString: 2 }, theirs: {} } as never, (_, member) => member as never);
    expect(one).toEqual({
      constructor: { base: undefined, ours: 1, theirs: undefined },
      toString: { base: undefined, ours: 2, theirs: undefined },
    });
  });
});

describe("lists as sets", () => {
  const list = fc.shuffledSubarray(["A", "B", "C", "D", "E", "F"]);

  it("has what both have and what either added, once, whatever the order", () => {
    fc.assert(
      fc.property(list, list, list, (base, ours, theirs) => {
        const wanted = [...ours, ...theirs].filter((item) => (ours.includes(item) && theirs.includes(item)) || !base.includes(item));
        expect(mergeLists({ base, ours, theirs }).sort()).toEqual([...new Set(wanted)].sort());
      }),
      runs(500),
    );
  });

  it("is the changed side's list, its order included", () => {
    fc.assert(
      fc.property(list, list, (base, side) => {
        for (const [ours, theirs] of [
          [side, base],
          [base, side],
          [side, side],
        ] as const)
          expect(mergeLists({ base, ours, theirs })).toEqual(side);
      }),
      runs(300),
    );
  });

  it.each([
    ["taken out here, moved there: gone", "A B C", "B C", "B C A", "B C"],
    ["moved here, taken out there: gone", "A B C", "B C A", "B C", "B C"],
    ["taken out by both", "A B C", "B C", "B C", "B C"],
    ["moved by both", "A B C", "B C A", "B A C", "B A C"],
    ["added by both", "A", "A N", "N A", "N A"],
    ["twice in a list: once", "A", "A N N", "A", "A N"],
  ])("%s", (_, base, ours, theirs, result) => {
    const [b, o, t] = [base, ours, theirs].map((items) => items.split(" "));
    expect(mergeLists({ base: b, ours: o, theirs: t }).join(" ")).toBe(result);
  });

  it("tells items by all they hold, and a side without a list from none", () => {
    const [leak, other] = [
      { rule: "leak", reason: "x" },
      { rule: "leak", reason: "y" },
    ];
    expect(mergeLists({ base: [leak], ours: [leak, other], theirs: [leak] })).toEqual([leak, other]);
    expect(mergeLists({ base: undefined, ours: ["A"], theirs: ["B"] })).toEqual(["A", "B"]);
    expect(mergeLists({ base: ["A", "B"], ours: undefined, theirs: ["A", "C"] })).toEqual(["C"]);
    expect(mergeLists({ base: ["A", "B"], ours: ["A", "C"], theirs: undefined })).toEqual(["C"]);
    expect(mergeLists({ base: ["A"], ours: undefined, theirs: undefined })).toEqual([]);
  });
});
