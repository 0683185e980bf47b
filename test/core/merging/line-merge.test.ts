import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchLines, mergeSequences } from "../../../src/core/merging/line-merge.ts";
import { runs } from "../../support/arbitraries.ts";

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

/** Every list of these lines up to a length. */
function allLists(letters: readonly string[], longest: number): string[][] {
  const found: string[][] = [[]];
  for (const list of found) if (list.length < longest) found.push(...letters.map((letter) => [...list, letter]));
  return found;
}

/** What is left of two lists without their common beginning and end. */
function trimmed(a: readonly string[], b: readonly string[]): [readonly string[], readonly string[]] {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a[from] === b[from]) from++;
  let to = 0;
  while (to < shorter - from && a.at(-1 - to) === b.at(-1 - to)) to++;
  return [a.slice(from, a.length - to), b.slice(from, b.length - to)];
}

const flips = (first: string, second: string, count: number) => Array.from({ length: count }, (_, at) => (at % 2 === 0 ? first : second));
const once = (list: readonly string[], line: string) => list.indexOf(line) !== -1 && list.indexOf(line) === list.lastIndexOf(line);

describe("matching lines", () => {
  it("is a longest match of all short lists, where no line stands once in both", () => {
    const lists = allLists(["a", "b"], 5);
    const wrong = lists.flatMap((a) =>
      lists.filter((b) => {
        const pairs = matchLines(a, b);
        const sound = pairs.every(
          ([x, y], at) => a[x] === b[y] && x > (pairs[at - 1]?.[0] ?? -1) && y > (pairs[at - 1]?.[1] ?? -1) && x < a.length && y < b.length,
        );
        const [p, q] = trimmed(a, b);
        const exact = pairs.length === commonLength(a, b) || p.some((line) => once(p, line) && once(q, line));
        return !sound || !exact;
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ["the beginning first", "x x y", "x y", "0-0 2-1"],
    ["then the end", "x y y", "y y z y y", "1-3 2-4"],
    ["lines that stand once tell where the others belong", "f { } g { }", "g { }", "3-0 4-1 5-2"],
    ["a block that moved: the longer run stays", "a b c d", "d a b c", "0-1 1-2 2-3"],
    ["a block that moved the other way", "a b c d", "b c d a", "1-0 2-1 3-2"],
    ["the longest rising run, not the first", "a b c d e", "d a e b c", "0-1 1-3 2-4"],
    ["what stands between them", "a x x b", "q a x b r", "0-1 1-2 3-3"],
    ["of two longest matches the one without the first line", "x y x y", "y x y x", "1-0 2-1 3-2"],
    ["nothing in common", "a b", "c d", ""],
    ["nothing there", "", "a", ""],
  ])("%s", (_, a, b, pairs) => {
    const lines = (text: string) => text.split(" ").filter((line) => line !== "");
    expect(
      matchLines(lines(a), lines(b))
        .map((pair) => pair.join("-"))
        .join(" "),
    ).toBe(pairs);
  });

  it("looks for no match in a stretch that would cost too much", () => {
    expect(matchLines(flips("x", "y", 512), flips("y", "x", 512))).toHaveLength(511);
    expect(matchLines(flips("x", "y", 514), flips("y", "x", 512))).toEqual([]);
    // What is equal at the ends, and around a line that stands once, is found all the same.
    const [a, b] = [flips("x", "y", 514), flips("y", "x", 512)];
    expect(matchLines(["p", ...a, "u", "v", ...a, "q"], ["p", ...b, "u", ...b, "q"]).map(([x]) => x)).toEqual([0, 515, 1031]);
  });

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

  /** What a merge holds, whatever its order: a stretch between lines that all three have keeps what is in all of it, and what either added. */
  function contentOf(base: readonly string[], ours: readonly string[], theirs: readonly string[]): string[] {
    const [inOurs, inTheirs] = [new Map(matchLines(base, ours)), new Map(matchLines(base, theirs))];
    const content: string[] = [];
    let [b, o, t] = [0, 0, 0];
    for (let at = 0; at <= base.length; at++) {
      const [x, y] = at === base.length ? [ours.length, theirs.length] : [inOurs.get(at), inTheirs.get(at)];
      if (x === undefined || y === undefined) continue;
      const stretches = [base.slice(b, at), ours.slice(o, x), theirs.slice(t, y)];
      for (const line of new Set(stretches.flat())) {
        const [inBase, ...sides] = stretches.map((stretch) => stretch.filter((other) => other === line).length) as [number, number, number];
        const count = Math.min(inBase, ...sides) + Math.max(0, ...sides.map((side) => side - inBase));
        content.push(...Array.from({ length: count }, () => line));
      }
      if (at < base.length) content.push(base[at] as string);
      [b, o, t] = [at + 1, x + 1, y + 1];
    }
    return content.sort();
  }

  it("holds of all short lists what is in all three and what either added, in the order of each side", () => {
    const lists = allLists(["a", "b", "c"], 3);
    const wrong: string[] = [];
    // What the letters are called does not matter.
    const isFirst = (base: readonly string[]) => [...new Set(base)].every((letter, at) => letter === "abc"[at]);
    for (const base of lists.filter(isFirst))
      for (const ours of lists)
        for (const theirs of lists) {
          const origins = mergeSequences(base, ours, theirs);
          const of = (side: string) => origins.flatMap((origin) => (origin.side === side ? [origin.index] : []));
          const inOrder = ["ours", "theirs"].every((side) =>
            of(side).every((index, at) => at === 0 || index > (of(side)[at - 1] as number)),
          );
          const holds = merge(base, ours, theirs).sort().join("") === contentOf(base, ours, theirs).join("");
          const known = origins.every(({ side }) => side === "ours" || side === "theirs");
          if (!inOrder || !holds || !known) wrong.push([base, ours, theirs].map((list) => list.join("")).join("|"));
        }
    expect(wrong).toEqual([]);
  });

  it.each([
    ["both add at one place: ours first", "a z", "a b z", "a c z", "a b c z"],
    ["blocks stay together", "a z", "a # b z", "a $ c z", "a # b $ c z"],
    ["a line that both add is there once", "a z", "a b z", "a b z", "a b z"],
    ["what one removed is gone beside what the other added", "a b z", "a z", "a b c z", "a c z"],
    ["a header stands behind both additions", "a # z", "a b # z", "a c # z", "a b c # z"],
    ["one of two equal lines that each side took away once stays", "a # # z", "a m # z", "a # t z", "a m # t z"],
    ["what theirs adds around a line stands around it", "# #", "#", "x # y", "x # y"],
    ["what theirs adds stands behind all that it stands behind there", "# # b", "# #", "b # # y", "# # y"],
  ])("%s", (_, base, ours, theirs, result) => {
    const split = (text: string) => text.split(" ");
    expect(merge(split(base), split(ours), split(theirs)).join(" ")).toBe(result);
  });

  it("gives the side that changed something also where too much changed to be matched", () => {
    const [base, side] = [flips("x", "y", 514), flips("y", "x", 512)];
    expect(merge(base, side, base)).toEqual(side);
    expect(merge(base, base, side)).toEqual(side);
    expect(merge(base, side, side)).toEqual(side);
  });
});
