import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Match, Matcher, MIN_NEEDLE } from "../../src/guard/matcher.ts";
import { runs } from "../support/arbitraries.ts";

function naive(needles: readonly Buffer[], text: Buffer): Match[] {
  return needles.flatMap((needle, index) => {
    const found: Match[] = [];
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) found.push({ needle: index, at });
    return found;
  });
}

const matcherOf = (needles: readonly Buffer[]) => new Matcher(needles.map((needle) => needle.toString("latin1")));
/** After so much it has its wide window. */
const muchFor = (needles: readonly unknown[]) => Buffer.alloc(needles.length * 512 + 1, "x");
const inOrder = (matches: Match[]) => matches.sort((a, b) => a.at - b.at || a.needle - b.needle);

/** Few letters, so that needles overlap, repeat and nearly match. */
const word = (min: number, max: number) =>
  fc
    .array(fc.constantFrom("a", "b", "\0", "\u00ff"), { minLength: min, maxLength: max })
    .map((parts) => Buffer.from(parts.join(""), "latin1"));

describe("the matcher", () => {
  it("finds exactly what a naive search finds", () => {
    fc.assert(
      fc.property(
        fc.array(word(MIN_NEEDLE, 24), { maxLength: 12 }),
        word(0, 600),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }),
        (needles, text, planted) => {
          let content = text;
          for (const [which, where] of planted) {
            const needle = needles[which % Math.max(needles.length, 1)];
            if (needle === undefined) continue;
            const at = where % (content.length + 1);
            content = Buffer.concat([content.subarray(0, at), needle, content.subarray(at)]);
          }
          const matcher = matcherOf(needles);
          expect(inOrder(matcher.search(content))).toEqual(inOrder(naive(needles, content)));
          matcher.search(muchFor(needles));
          expect(inOrder(matcher.search(content))).toEqual(inOrder(naive(needles, content)));
        },
      ),
      runs(400),
    );
  });

  it("over random bytes, with thousands of needles, too", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        let state = seed;
        const byte = () => {
          state = (Math.imul(state, 1103515245) + 12345) | 0;
          return state >>> 24;
        };
        const needles = Array.from({ length: 2000 }, () => Buffer.from(Array.from({ length: 8 + (byte() % 40) }, byte)));
        const text = Buffer.concat(
          Array.from({ length: 300 }, (_, index) =>
            index % 3 === 0 ? (needles[(byte() * 7) % needles.length] as Buffer) : Buffer.from(Array.from({ length: byte() }, byte)),
          ),
        );
        const matcher = matcherOf(needles);
        expect(inOrder(matcher.search(text))).toEqual(inOrder(naive(needles, text)));
        matcher.search(muchFor(needles));
        expect(inOrder(matcher.search(text))).toEqual(inOrder(naive(needles, text)));
      }),
      { numRuns: 3 },
    );
  });

  it("finds one at the very start, at the very end, and nothing in less than it needs", () => {
    const matcher = new Matcher(["12345678", "1234567890123456789012345"]);
    expect(matcher.search(Buffer.from("12345678"))).toEqual([{ needle: 0, at: 0 }]);
    expect(matcher.search(Buffer.from("xx12345678"))).toEqual([{ needle: 0, at: 2 }]);
    expect(matcher.search(Buffer.from("1234567"))).toEqual([]);
    expect(matcher.search(Buffer.alloc(0))).toEqual([]);
    expect(new Matcher([]).search(Buffer.from("anything at all"))).toEqual([]);
  });
});
