import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordyRuns } from "../../src/guard/wordy-runs.ts";
import { runs } from "../support/arbitraries.ts";

const found = (text: string, count: number) => wordyRuns(Buffer.from(text, "latin1"), count);
const word = fc.stringMatching(/^[a-zA-Z]{1,10}$/);
const gap = fc.oneof(fc.stringMatching(/^[ \n0-9,."'|*-]{1,4}$/), fc.constantFrom(" ", "\n", "=", "{", "\u00e9", "\0", " ".repeat(30)));

describe("stretches of words", () => {
  it("hold every row of words that a regular expression finds", () => {
    const pairs = fc.array(fc.tuple(word, gap), { maxLength: 40 });
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 6 }), (parts, count) => {
        const text = parts.flat().join("");
        const between = "[ \\t\\r\\n0-9,.:'\"`)|*-]{1,24}";
        const rows = new RegExp(`(?<![a-zA-Z])[a-zA-Z]{3,8}(?:${between}[a-zA-Z]{3,8}){${count - 1},}(?![a-zA-Z])`, "g");
        const stretches = found(text, count);
        for (const { index, 0: row } of text.matchAll(rows))
          expect(
            stretches.some(({ start, end }) => start <= index && index + row.length <= end),
            JSON.stringify([text, row]),
          ).toBe(true);
      }),
      runs(2000),
    );
  });

  it("come in order, and none reaches into the next", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, gap), { maxLength: 60 }), (parts) => {
        let last = 0;
        for (const { start, end } of found(parts.join(""), 2)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
      }),
      runs(500),
    );
  });

  it.each([
    ["a word of two letters", "one two of three four"],
    ["a word of nine letters", "one two ninthword three four"],
    ["what stands in code", "one two = three four"],
    ["a gap that is too wide", `one two${" ".repeat(25)}three four`],
    ["a letter beyond ASCII", "one two thr\u00e9e four"],
    ["a zero byte", "one two\0three four"],
  ])("are ended by %s", (_what, text) => {
    const whole = found(text, 4).filter(({ start, end }) => /one.*four/.test(text.slice(start, end)));
    expect(whole).toEqual([]);
  });

  it.each([
    ["too few words", "one two three", 4],
    ["nothing", "", 1],
    ["words that are too long", "abcdefghi".repeat(20), 3],
    ["words that are too short", "of a or if to ".repeat(20), 2],
  ])("are not found in %s", (_what, text, count) => expect(found(text, count)).toEqual([]));

  it("are as short as they may be, at the start of a text and behind what is none", () => {
    const short = Array.from({ length: 24 }, () => "abc").join(" ");
    expect(found(short, 24)).toEqual([{ start: 0, end: 95 }]);
    expect(found(`=${short}`, 24)).toEqual([{ start: 1, end: 96 }]);
    expect(found(short.slice(1), 24)).toEqual([]);
  });

  it("are as wide as they may be", () => {
    const wide = ["abcdefgh", "abc", "abcdefgh"].join(" ".repeat(24));
    expect(found(`{${wide}}`, 3)).toEqual([{ start: 1, end: 1 + wide.length }]);
  });
});
