import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longRuns } from "../../src/guard/key-runs.ts";
import { runs } from "../support/arbitraries.ts";

const found = (text: string, length: number) => [...longRuns(Buffer.from(text, "latin1"), length)];

describe("long runs of what keys are made of", () => {
  it("are those that a regular expression finds", () => {
    const piece = fc.oneof(fc.stringMatching(/^[aZ09_-]{1,9}$/), fc.constantFrom(" ", ".", "/", "\u00ff", "\0", "+", "="));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 12 }), (pieces, length) => {
        const text = pieces.join("");
        const expected = [...text.matchAll(new RegExp(`[A-Za-z0-9_-]{${length},}`, "g"))];
        expect(found(text, length)).toEqual(expected.map(({ index, 0: run }) => ({ start: index, end: index + run.length })));
      }),
      runs(1000),
    );
  });

  it("are told from what stands around them, at both edges", () => {
    expect(found("abcd", 1)).toEqual([{ start: 0, end: 4 }]);
    expect(found(".abcd.", 4)).toEqual([{ start: 1, end: 5 }]);
    expect(found("abcd.efgh ijk", 4)).toEqual([
      { start: 0, end: 4 },
      { start: 5, end: 9 },
    ]);
  });

  it("end where the text ends", () => {
    expect(found("abc", 4)).toEqual([]);
    expect(found("abcd", 4)).toEqual([{ start: 0, end: 4 }]);
    expect(found("", 4)).toEqual([]);
  });
});
