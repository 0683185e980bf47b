import { describe, expect, it } from "vitest";
import { hex, none, suites, unhex } from "./suites.ts";

describe.each(suites)("%s", (_, suite) => {
  it("refuses base64 that is not the one text of its bytes", () => {
    for (const url of [true, false]) {
      expect(hex(suite.decodeBase64("", url))).toBe("");
      expect(hex(suite.decodeBase64("AAA", url))).toBe("0000");
      for (const bad of ["AA==", "AAA=", "A", "AAAAA", "AAB", "AB", "AA A", "AAAA\n", " AAAA", "AAA\u0100", "AA\0A", "AA.A"]) {
        expect(suite.decodeBase64(bad, url), JSON.stringify(bad)).toBeNull();
      }
    }
    for (const foreign of ["+AAA", "/AAA"]) expect(suite.decodeBase64(foreign, true)).toBeNull();
    for (const foreign of ["-AAA", "_AAA"]) expect(suite.decodeBase64(foreign, false)).toBeNull();
  });

  it("is strict about UTF-8 and keeps a BOM", () => {
    expect(suite.decodeUtf8(unhex("efbbbf41"))).toBe("\uFEFFA");
    for (const bad of ["ff", "c080", "c1bf", "eda080", "f4908080", "e282", "80", "f8a0808080"]) {
      expect(suite.decodeUtf8(unhex(bad)), bad).toBeNull();
    }
    expect(hex(suite.encodeUtf8("\uD800"))).toBe("efbfbd");
  });

  it("opens nothing that is shorter than a tag", () => {
    const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
    for (let length = 0; length < 16; length++) {
      expect(suite.aeadOpen(key, nonce, new Uint8Array(length), none)).toBeNull();
      expect(suite.chachaOpen(key, nonce, new Uint8Array(length))).toBeNull();
    }
  });

  it("throws for keys, nonces and points of a length that no caller has", () => {
    const bytes = (length: number) => new Uint8Array(length).fill(7);
    const [key, nonce, text] = [bytes(32), bytes(12), bytes(40)];
    for (const length of [0, 16, 24, 31, 33, 64]) {
      for (const sealed of [text, none]) {
        expect(() => suite.aeadSeal(bytes(length), nonce, sealed, none)).toThrow(RangeError);
        expect(() => suite.aeadOpen(bytes(length), nonce, sealed, none)).toThrow(RangeError);
        expect(() => suite.chachaOpen(bytes(length), nonce, sealed)).toThrow(RangeError);
      }
      expect(() => suite.x25519(bytes(length), key)).toThrow(RangeError);
      expect(() => suite.x25519(key, bytes(length))).toThrow(RangeError);
      expect(() => suite.x25519Public(bytes(length))).toThrow(RangeError);
    }
    for (const length of [0, 7, 8, 11, 13, 16]) {
      expect(() => suite.aeadSeal(key, bytes(length), text, none)).toThrow(RangeError);
      expect(() => suite.chachaOpen(key, bytes(length), text)).toThrow(RangeError);
    }
    for (const length of [0, 7, 65]) expect(() => suite.aeadOpen(key, bytes(length), text, none)).toThrow(RangeError);
    expect(() => suite.hkdf(key, none, none, 255 * 32 + 1)).toThrow();
    expect(() => suite.hkdfExpand(key, none, 255 * 32 + 1)).toThrow();
    expect(suite.equal(key, nonce)).toBe(false);
  });
});
