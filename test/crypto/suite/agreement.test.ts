import { createCipheriv, createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as node from "../../../src/crypto/node.ts";
import * as portable from "../../../src/crypto/portable.ts";
import type { CryptoSuite } from "../../../src/crypto/suite.ts";
import { runs } from "../../support/arbitraries.ts";
import { hex } from "./suites.ts";

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce12 = fc.uint8Array({ minLength: 12, maxLength: 12 });
const data = fc.uint8Array({ maxLength: 300 });
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ unit: "grapheme", maxLength: 60 }));

/** A copy with one bit changed: a key that was used is never written into. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (1 << (at % 8)) : byte));
}

/** What both implementations say, which must be the same. */
function agreed<T>(ask: (suite: CryptoSuite) => T, show: (answer: T) => unknown): T {
  const answer = ask(node);
  expect(show(ask(portable))).toEqual(show(answer));
  return answer;
}

describe("both implementations give the same bytes", () => {
  it("hmac, sha256, hkdf, hkdfExpand", () => {
    fc.assert(
      fc.property(data, data, data, fc.integer({ min: 1, max: 200 }), (a, b, c, length) => {
        agreed((suite) => suite.hmac(a, b), hex);
        agreed((suite) => suite.sha256(a), hex);
        agreed((suite) => suite.hkdf(a, b, c, length), hex);
        const prk = node.hmac(a, b);
        expect(hex(agreed((suite) => suite.hkdfExpand(prk, c, length), hex))).toBe(hex(node.hkdf(b, a, c, length)));
      }),
      runs(300),
    );
  });

  it("aeadSeal, aeadOpen; a changed bit anywhere opens nothing", () => {
    fc.assert(
      fc.property(key32, nonce12, data, data, fc.nat(), (key, nonce, plaintext, aad, at) => {
        const sealed = agreed((suite) => suite.aeadSeal(key, nonce, plaintext, aad), hex);
        expect(hex(agreed((suite) => suite.aeadOpen(key, nonce, sealed, aad), hex))).toBe(hex(plaintext));
        const parts = { key, nonce, sealed, aad };
        for (const name of ["key", "nonce", "sealed", "aad"] as const) {
          if (parts[name].length === 0) continue;
          const changed = { ...parts, [name]: flipped(parts[name], at) };
          expect(
            agreed((suite) => suite.aeadOpen(changed.key, changed.nonce, changed.sealed, changed.aad), hex),
            name,
          ).toBeNull();
        }
      }),
      runs(200),
    );
  });

  it("aeadOpen with the nonces of other tools, of 8 to 64 bytes", () => {
    fc.assert(
      fc.property(key32, fc.uint8Array({ minLength: 8, maxLength: 64 }), data, data, (key, nonce, plaintext, aad) => {
        const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
        const sealed = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
        expect(hex(agreed((suite) => suite.aeadOpen(key, nonce, sealed, aad), hex))).toBe(hex(plaintext));
      }),
      runs(100),
    );
  });

  it("chachaOpen, of what node:crypto seals and of what was tampered with", () => {
    fc.assert(
      fc.property(key32, nonce12, data, fc.nat(), (key, nonce, plaintext, at) => {
        const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
        const sealed = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
        expect(hex(agreed((suite) => suite.chachaOpen(key, nonce, sealed), hex))).toBe(hex(plaintext));
        const tampered = flipped(sealed, at);
        expect(agreed((suite) => suite.chachaOpen(key, nonce, tampered), hex)).toBeNull();
      }),
      runs(200),
    );
  });

  it("x25519 and x25519Public, for any 32 bytes as a point", () => {
    fc.assert(
      fc.property(key32, key32, (secret, other) => {
        const point = agreed((suite) => suite.x25519Public(secret), hex);
        agreed((suite) => suite.x25519(secret, other), hex);
        const shared = node.x25519(other, point);
        expect(hex(agreed((suite) => suite.x25519(secret, suite.x25519Public(other)), hex))).toBe(hex(shared));
      }),
      runs(60),
    );
  });

  it("equal", () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(agreed((suite) => suite.equal(a, b), Boolean)).toBe(hex(a) === hex(b));
        expect(agreed((suite) => suite.equal(a, a.slice()), Boolean)).toBe(true);
      }),
      runs(200),
    );
  });

  it("base64 in both alphabets, and no second text for the same bytes", () => {
    const almost = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{0,12}={0,2}$/),
      fc.stringMatching(/^[A-Za-z0-9+/]{0,12}={0,2}$/),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(data, almost, fc.boolean(), (bytes, candidate, url) => {
        const encoded = agreed((suite) => suite.encodeBase64(bytes, url), String);
        expect(encoded).not.toContain("=");
        expect(hex(agreed((suite) => suite.decodeBase64(encoded, url), hex))).toBe(hex(bytes));
        const decoded = agreed((suite) => suite.decodeBase64(candidate, url), hex);
        if (decoded !== null) expect(node.encodeBase64(decoded, url)).toBe(candidate);
      }),
      runs(1000),
    );
  });

  it("UTF-8 both ways, for any bytes and any string", () => {
    fc.assert(
      fc.property(data, text, (bytes, string) => {
        agreed((suite) => suite.decodeUtf8(bytes), String);
        const encoded = agreed((suite) => suite.encodeUtf8(string), hex);
        expect(node.decodeUtf8(encoded)).toBe(string.toWellFormed());
      }),
      runs(1000),
    );
  });

  it("works on views into a larger buffer, and leaves their inputs alone", () => {
    const whole = createHash("sha512").update("a larger buffer").digest();
    const before = whole.toString("hex");
    const [key, nonce, plaintext] = [whole.subarray(3, 35), whole.subarray(35, 47), whole.subarray(47)];
    const sealed = agreed((suite) => suite.aeadSeal(key, nonce, plaintext, nonce), hex);
    agreed((suite) => suite.aeadOpen(key, nonce, sealed, nonce), hex);
    agreed((suite) => suite.x25519(key, whole.subarray(20, 52)), hex);
    agreed((suite) => suite.encodeBase64(plaintext, true), String);
    agreed((suite) => suite.decodeUtf8(plaintext), String);
    expect(whole.toString("hex")).toBe(before);
  });
});
