import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Match, Matcher, MIN_NEEDLE } from "../../src/guard/matcher.ts";
import { runs } from "../support/arbitraries.ts";
import { isNightly } from "../support/sample.ts";

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

describe("a needle of more bytes than are kept of it", () => {
  const long = (tail: string) => `${"0123456789abcdef".repeat(4)}${tail}`;

  it("is found where all of it stands, to its last byte", () => {
    const needles = ["x", "y", "", "xx", "0123456789abcdef".repeat(30)].map(long);
    const matcher = new Matcher(needles);
    const found = (text: string) => matcher.search(Buffer.from(text, "latin1")).map(({ needle, at }) => [needle, at]);
    expect(found(`..${needles[0]}`)).toEqual([
      [2, 2],
      [0, 2],
    ]);
    expect(found(long("z"))).toEqual([[2, 0]]);
    expect(found(long("").slice(0, -1))).toEqual([]);
    for (const at of [31, 32, 33, 63]) expect(found(`${long("").slice(0, at)}#${long("").slice(at + 1)}`)).toEqual([]);
    expect(found(`-${needles[4]}-`).filter(([needle]) => needle === 4)).toEqual([[4, 1]]);
  });

  it("and one of four are both found", () => {
    const matcher = new Matcher(["a1_b", long("")]);
    expect(matcher.search(Buffer.from("a1_b"))).toEqual([{ needle: 0, at: 0 }]);
    expect(matcher.search(Buffer.from(`${long("")}a1_b`))).toHaveLength(2);
  });
});

/** As of a vault of 10,000 values that all changed a dozen times: forms of each in several alphabets. */
describe("hundreds of thousands of needles", () => {
  const COUNT = isNightly ? 1_200_000 : 450_000;
  const needle = (index: number) => `${((index * 2_654_435_761) >>> 0).toString(36)}.${index.toString(36)}`.padEnd(560, "k3Yq");

  it("are looked for in bounded memory and time", { timeout: 300_000 }, () => {
    const before = process.memoryUsage.rss();
    const matcher = new Matcher(
      (function* () {
        for (let index = 0; index < COUNT; index++) yield needle(index);
      })(),
    );
    expect((process.memoryUsage.rss() - before) >> 20).toBeLessThan(400);
    const text = Buffer.alloc(4 << 20, "enc:v1.q83hLx0Zr-aQ_8 const value = read(path) + 17;\n");
    const planted = [0, 560, 1 << 20, text.length - 560].map((at, index) => ({ needle: COUNT - 1 - index, at }));
    for (const { needle: which, at } of planted) text.write(needle(which), at, "latin1");
    text.write(needle(5).slice(0, -1), 1 << 21, "latin1");
    const { user } = process.cpuUsage();
    expect(matcher.search(text)).toEqual(planted);
    expect((process.cpuUsage().user - user) / 1e6).toBeLessThan(5);
    for (let length = 0; length < 8; length++) expect(matcher.search(Buffer.from(needle(1).slice(0, length)))).toEqual([]);
  });
});
