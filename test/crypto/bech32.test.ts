import { bech32 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBech32, encodeBech32, isBech32Of32 } from "../../src/core/bech32.ts";
import { runs } from "../support/arbitraries.ts";

const hrps = fc.constantFrom("age", "age-secret-key-", "a", "bc", "1", "a1b");
const payload = fc.uint8Array({ maxLength: 64 });
const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** What @scure/base reads under this prefix, in lower case; null where it refuses. */
function scure(hrp: string, text: string): Uint8Array | null {
  if (text !== text.toLowerCase()) return null;
  try {
    const { prefix, bytes } = bech32.decodeToBytes(text);
    return prefix === hrp ? bytes : null;
  } catch {
    return null;
  }
}

const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));

describe("bech32, beside @scure/base", () => {
  it("encodes to the same text and decodes what the other wrote", () => {
    fc.assert(
      fc.property(hrps, payload, (hrp, bytes) => {
        const text = encodeBech32(hrp, bytes);
        expect(text).toBe(bech32.encode(hrp, bech32.toWords(bytes), false));
        expect(hex(decodeBech32(hrp, text))).toBe(hex(bytes));
        expect(isBech32Of32(hrp, text)).toBe(bytes.length === 32);
      }),
      runs(500),
    );
  });

  it("refuses what the other refuses, one character changed, added, dropped or swapped", () => {
    const edit = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom("change", "insert", "drop", "swap", "upper"),
      char: fc.constantFrom(...CHARSET, "b", "i", "o", "1", "Q", " ", "\u0000", "\u0251"),
    });
    fc.assert(
      fc.property(
        hrps,
        fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 31, maxLength: 33 })),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (hrp, bytes, edits) => {
          let text = encodeBech32(hrp, bytes);
          for (const { at, kind, char } of edits) {
            const index = at % text.length;
            const [before, here, after] = [text.slice(0, index), text[index] ?? "", text.slice(index + 1)];
            if (kind === "change") text = before + char + after;
            else if (kind === "insert") text = before + char + here + after;
            else if (kind === "drop") text = before + after;
            else if (kind === "swap") text = before + after.slice(0, 1) + here + after.slice(1);
            else text = before + here.toUpperCase() + after;
          }
          fc.pre(text.length <= 90);
          expect(hex(decodeBech32(hrp, text)), text).toBe(hex(scure(hrp, text)));
          expect(isBech32Of32(hrp, text), text).toBe(scure(hrp, text)?.length === 32);
        },
      ),
      runs(2000),
    );
  });

  it("refuses left-over bits that are not zero, and a whole left-over word, though the checksum holds", () => {
    const wrap = (words: number[]) => bech32.encode("age", words);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 60 }), (words) => {
        const text = wrap(words);
        const whole = wrap([...words, ...new Array<number>(52).fill(0)].slice(0, 52));
        expect(isBech32Of32("age", whole), whole).toBe(scure("age", whole)?.length === 32);
        expect(hex(decodeBech32("age", text)), text).toBe(hex(scure("age", text)));
      }),
      runs(1000),
    );
    expect(decodeBech32("age", wrap([0, 1]))).toBeNull();
    expect(decodeBech32("age", wrap([0, 0]))).toEqual(new Uint8Array(1));
    for (const count of [1, 3, 6, 9]) expect(decodeBech32("age", wrap(Array(count).fill(0))), `${count}`).toBeNull();
  });

  it("knows the valid strings of BIP-173 in lower case, and only those", () => {
    const valid = [
      "a12uel5l",
      "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
      "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
      "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    ];
    for (const text of valid) expect(decodeBech32(text.slice(0, text.lastIndexOf("1")), text), text).not.toBeNull();
    expect(decodeBech32("a", "A12UEL5L")).toBeNull();
    expect(decodeBech32("a", "a12uel5m")).toBeNull();
    expect(decodeBech32("pzry", "pzry1b0m2z")).toBeNull();
    expect(decodeBech32("li", "li1dgmt3")).toBeNull();
  });

  it("is not Bech32m", () => {
    expect(decodeBech32("a", "a1lqfn3a")).toBeNull();
  });
});
