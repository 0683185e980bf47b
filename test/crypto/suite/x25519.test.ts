import { describe, expect, it } from "vitest";
import { hex, suites, unhex } from "./suites.ts";

/** RFC 7748 sections 5.2 and 6.1: scalar, u, product. */
const X25519 = [
  [
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  ],
  [
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  ],
] as const;

const ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

/** Every point of low order, and the non-canonical spellings of them that fit 255 bits. */
const LOW_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

describe.each(suites)("%s", (_, suite) => {
  it.each(X25519)("X25519, RFC 7748 section 5.2: %s", (scalar, u, product) => {
    expect(hex(suite.x25519(unhex(scalar), unhex(u)))).toBe(product);
  });

  it("X25519, RFC 7748 section 5.2: iterated 1 and 1000 times", () => {
    let [scalar, u]: [Uint8Array, Uint8Array] = [unhex(`09${"00".repeat(31)}`), unhex(`09${"00".repeat(31)}`)];
    const after: (string | null)[] = [];
    for (let count = 1; count <= 1000; count++) {
      const product = suite.x25519(scalar, u) as Uint8Array;
      [scalar, u] = [product, scalar];
      if (count === 1 || count === 1000) after.push(hex(product));
    }
    expect(after).toEqual([
      "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
      "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
    ]);
  });

  it("X25519, RFC 7748 section 6.1: Diffie and Hellman", () => {
    expect(hex(suite.x25519Public(unhex(ALICE)))).toBe(ALICE_PUBLIC);
    expect(hex(suite.x25519Public(unhex(BOB)))).toBe(BOB_PUBLIC);
    expect(hex(suite.x25519(unhex(ALICE), unhex(BOB_PUBLIC)))).toBe(SHARED);
    expect(hex(suite.x25519(unhex(BOB), unhex(ALICE_PUBLIC)))).toBe(SHARED);
  });

  it("X25519 with a point of low order is null, with the top bit set too", () => {
    for (const point of LOW_ORDER) {
      const high = unhex(point);
      high[31] = (high[31] as number) | 0x80;
      expect(suite.x25519(unhex(ALICE), unhex(point)), point).toBeNull();
      expect(suite.x25519(unhex(ALICE), high), `${point} with the top bit`).toBeNull();
    }
  });
});
