import { describe, expect, it } from "vitest";
import { concat } from "../../src/core/bytes.ts";
import { isPaddedFrom, pad, paddedLength } from "../../src/core/vault/padding.ts";
import { read } from "./read.ts";

describe("padding.json", () => {
  const { lengths } = read<{ lengths: [number, number][] }>("padding.json");

  it.each(lengths)("%i bytes become %i", (length, padded) => {
    expect(paddedLength(length)).toBe(padded);
    const bytes = pad(new Uint8Array(length).fill(1));
    expect(bytes.length).toBe(padded);
    expect(isPaddedFrom(bytes, length)).toBe(true);
    expect(isPaddedFrom(concat(bytes, new Uint8Array(32)), length)).toBe(false);
  });

  it("grows with the length and by at most an eighth", () => {
    const wrong: number[] = [];
    for (let length = 1, before = 64; length <= 200_000; length++) {
      const padded = paddedLength(length);
      if (!(padded >= before && padded >= length && (length < 512 || padded <= length * 1.125))) wrong.push(length);
      before = padded;
    }
    expect(wrong).toEqual([]);
  });
});
