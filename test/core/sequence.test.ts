import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchLines, mergeSequences } from "../../src/core/sequence.ts";
import { runs } from "../support/arbitraries.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d", "", "e", "f"), { maxLength: 14 });
const merge = (base: string[], ours: string[], theirs: string[]) =>
  mergeSequences(base, ours, theirs).map(({ side, index }) => (side === "ours" ? ours : theirs)[index]);
const counts = (list: readonly (string | undefined)[]) => {
  const found: Record<string, number> = {};
  for (const line of list) found[`=${line}`] = (found[`=${line}`] ?? 0) + 1;
  return found;
};

/** The length of a longest common subsequence, by the textbook. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let x = a.length - 1; x >= 0; x--)
    for (let y = b.length - 1; y >= 0; y--)
      (rows[x] as number[])[y] =
        a[x] === b[y] ? (rows[x + 1]?.[y + 1] as number) + 1 : Math.max(rows[x + 1]?.[y] as number, rows[x]?.[y + 1] as number);
  return rows[0]?.[0] as number;
}

describe("matching lines", () => {
  it("pairs equal lines, rising on both sides", () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const pairs = matchLines(a, b);
        for (const [x, y] of pairs) expect(a[x]).toBe(b[y]);
        for (let index = 1; index < pairs.length; index++) {
          expect((pairs[index] as number[])[0]).toBeGreaterThan((pairs[index - 1] as number[])[0] as number);
          expect((pairs[index] as number[])[1]).toBeGreaterThan((pairs[index - 1] as number[])[1] as number);
        }
        expect(pairs.length).toBeLessThanOrEqual(commonLength(a, b));
      }),
      runs(2000),
    );
  });

  it("finds a longest match where no line is unique", () => {
    const twice = fc.array(fc.constantFrom("a", "b"), { maxLength: 12 }).map((half) => [...half, ...half]);
    fc.assert(
      fc.property(twice, twice, (a, b) => {
        const ends = (list: readonly string[]) => ["a", "b", ...list];
        expect(matchLines(ends(a), ends(b)).length).toBeGreaterThanOrEqual(Math.min(2, commonLength(ends(a), ends(b))));
      }),
      runs(300),
    );
    expect(matchLines(["x", "y", "x", "y"], ["y", "x", "y", "x"])).toHaveLength(3);
  });

  it("is fast enough for the largest file, also where nothing is unique", () => {
    const [a, b] = [Array.from({ length: 20_000 }, (_, at) => `${at % 5}`), Array.from({ length: 20_000 }, (_, at) => `${at % 7}`)];
    expect(matchLines(a, b).length).toBeGreaterThanOrEqual(0);
  });
});

describe("merging sequences", () => {
  it("gives the side that changed something", () => {
    fc.assert(
      fc.property(lines, lines, (base, side) => {
        expect(merge(base, side, base)).toEqual(side);
        expect(merge(base, base, side)).toEqual(side);
        expect(merge(base, side, side)).toEqual(side);
      }),
      runs(1500),
    );
  });

  it("keeps what either side added, and invents and doubles nothing", () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, ours, theirs) => {
        const [b, o, t, m] = [base, ours, theirs, merge(base, ours, theirs)].map(counts) as [
          Record<string, number>,
          Record<string, number>,
          Record<string, number>,
          Record<string, number>,
        ];
        for (const [line, count] of Object.entries(m)) expect(count).toBeLessThanOrEqual((o[line] ?? 0) + (t[line] ?? 0));
        for (const line of new Set([...Object.keys(o), ...Object.keys(t)]))
          if ((b[line] ?? 0) === 0) expect(m[line] ?? 0).toBeGreaterThanOrEqual(Math.max(o[line] ?? 0, t[line] ?? 0));
        for (const line of Object.keys(b)) if ((o[line] ?? 0) + (t[line] ?? 0) === 0) expect(m[line]).toBeUndefined();
      }),
      runs(2000),
    );
  });

  it.each([
    ["both add at one place: ours first", "a z", "a b z", "a c z", "a b c z"],
    ["blocks stay together", "a z", "a # b z", "a $ c z", "a # b $ c z"],
    ["a line that both add is there once", "a z", "a b z", "a b z", "a b z"],
    ["what one removed is gone beside what the other added", "a b z", "a z", "a b c z", "a c z"],
    ["a header stands behind both additions", "a # z", "a b # z", "a c # z", "a b c # z"],
  ])("%s", (_, base, ours, theirs, result) => {
    const split = (text: string) => text.split(" ");
    expect(merge(split(base), split(ours), split(theirs)).join(" ")).toBe(result);
  });
});
