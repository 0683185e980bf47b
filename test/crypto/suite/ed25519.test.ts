import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSigningKey } from "../../../src/crypto/signing-key.ts";
import { runs } from "../../support/arbitraries.ts";
import { RFC_8032, SPECCHECK } from "./ed25519-cases.ts";
import { hex, none, suites, unhex } from "./suites.ts";

/** The 1,024 vectors of the original implementation: seed and key, key, message, signature and message. */
const SIGN_INPUT = "/usr/lib/python3/dist-packages/cryptography_vectors/asymmetric/Ed25519/sign.input";
const signInputIsHere = existsSync(SIGN_INPUT);

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe.each(suites)("%s", (_, suite) => {
  it.each(RFC_8032)("Ed25519, RFC 8032 section 7.1: %s", (_name, seed, key, message, signature) => {
    expect(hex(suite.ed25519Public(unhex(seed)))).toBe(key);
    expect(hex(suite.ed25519Sign(unhex(seed), unhex(message)))).toBe(signature);
    expect(suite.ed25519Verify(unhex(key), unhex(message), unhex(signature))).toBe(true);
  });

  it.each(SPECCHECK)("Ed25519, speccheck %s: %s", (_name, taken, key, message, signature) => {
    expect(suite.ed25519Verify(unhex(key), unhex(message), unhex(signature))).toBe(taken);
  });

  it.runIf(signInputIsHere)(`Ed25519, sign.input${signInputIsHere ? "" : " (skipped: needs python3-cryptography-vectors)"}`, () => {
    const rows = readFileSync(SIGN_INPUT, "latin1").trimEnd().split("\n");
    expect(rows.length).toBe(1024);
    for (const [index, row] of rows.entries()) {
      const [seedAndKey = "", key = "", message = "", signed = ""] = row.split(":");
      const signature = signed.slice(0, 128);
      // The portable suite needs some 10 ms a row; every tenth shows as much.
      if (suite !== suites[0]?.[1] && index % 10 !== 0) continue;
      expect(hex(suite.ed25519Sign(unhex(seedAndKey.slice(0, 64)), unhex(message)))).toBe(signature);
      expect(suite.ed25519Verify(unhex(key), unhex(message), unhex(signature))).toBe(true);
    }
  });

  it("Ed25519 refuses other lengths and points that are on no curve", () => {
    const [, seed, key, message, signature] = RFC_8032[2];
    for (const wrong of [none, unhex(seed.slice(2)), unhex(`${seed}00`)]) {
      expect(() => suite.ed25519Sign(wrong, none)).toThrow(RangeError);
      expect(() => suite.ed25519Public(wrong)).toThrow(RangeError);
      expect(suite.ed25519Verify(wrong, unhex(message), unhex(signature))).toBe(false);
    }
    for (const wrong of [none, unhex(signature.slice(2)), unhex(`${signature}00`)]) {
      expect(suite.ed25519Verify(unhex(key), unhex(message), wrong)).toBe(false);
    }
    expect(suite.ed25519Verify(unhex(`02${"00".repeat(31)}`), unhex(message), unhex(signature))).toBe(false);
  });
});

describe("signing keys", () => {
  it("are no points of small order, with either sign, and no numbers of the field's order or more", () => {
    const small = SPECCHECK.filter(([name]) => name.includes("small A") || name.includes("A not canonical")).map(([, , key]) => key);
    const high = ["ed", "ee", "f0", "ff"].map((low) => `${low}${"ff".repeat(30)}7f`);
    const zero = ["00", "01"].flatMap((low) => ["00", "80"].map((top) => `${low}${"00".repeat(30)}${top}`));
    for (const key of [...small, ...high, ...zero]) expect(isSigningKey(unhex(key)), key).toBe(false);
    for (const [, , key] of RFC_8032) expect(isSigningKey(unhex(key))).toBe(true);
  });
});

describe("both implementations of Ed25519 agree", () => {
  it("on keys, signatures and on what is changed in one bit", () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), fc.nat(1023), (seed, message, at) => {
        const answers = suites.map(([, suite]) => {
          const [key, signature] = [suite.ed25519Public(seed), suite.ed25519Sign(seed, message)];
          const changed = signature.map((byte, index) => (index === (at >> 3) % 64 ? byte ^ (1 << (at & 7)) : byte));
          const otherKey = key.map((byte, index) => (index === (at >> 3) % 32 ? byte ^ (1 << (at & 7)) : byte));
          const verdicts = [suite.ed25519Verify(key, message, changed), suite.ed25519Verify(otherKey, message, signature)];
          return [hex(key), hex(signature), suite.ed25519Verify(key, message, signature), ...verdicts];
        });
        expect(answers[0]?.slice(2)).toEqual([true, false, false]);
        expect(answers[1]).toEqual(answers[0]);
      }),
      runs(40),
    );
  });

  it("on any bytes", () => {
    fc.assert(
      fc.property(bytes(32), bytes(64), fc.uint8Array({ maxLength: 40 }), (key, signature, message) => {
        for (const [, suite] of suites) expect(suite.ed25519Verify(key, message, signature)).toBe(false);
      }),
      runs(40),
    );
  });
});
