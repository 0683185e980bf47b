import { describe, expect, it } from "vitest";
import { commitmentOf } from "../../../src/core/commitment.ts";
import type { CryptoSuite } from "../../../src/crypto/suite.ts";
import { CAVP, cavpCases, cavpIsHere, cavpNotice, GCM, type GcmCase } from "./gcm-cases.ts";
import { ascii, hex, suites, times, unhex } from "./suites.ts";

function holdsGcm(suite: CryptoSuite, one: GcmCase): void {
  const [key, nonce, aad] = [one.key, one.nonce, one.aad].map(unhex) as [Uint8Array, Uint8Array, Uint8Array];
  expect(hex(suite.aeadOpen(key, nonce, unhex(one.ciphertext + one.tag), aad)), one.name).toBe(one.plaintext);
  if (one.plaintext === null) return;
  expect(hex(suite.aeadSeal(key, nonce, unhex(one.plaintext), aad)), one.name).toBe(one.ciphertext + one.tag);
}

describe.each(suites)("%s", (_, suite) => {
  it.each(GCM)("AES-256-GCM, $name", (one) => holdsGcm(suite, one));

  it.runIf(cavpIsHere)(`AES-256-GCM, every CAVP case of our sizes${cavpNotice}`, () => {
    const cases = CAVP.flatMap(cavpCases);
    expect(cases.length).toBe(750);
    expect(cases.filter(({ plaintext }) => plaintext === null).length).toBe(191);
    for (const one of cases) holdsGcm(suite, one);
  });

  /** Why a key has a commitment (FORMAT.md section 1): GCM alone opens one sealed text under two keys. */
  it("AES-256-GCM opens a salamander under both of its keys, and only their commitments tell them apart", () => {
    const nonce = times("07", 12);
    const sealed = unhex("a9f7e97965d6cf799a529102a973b8b945a1d6b472c04816251b815cbd9ad13f1877d47adc9f769717b857258e5e8545");
    const keys = ["key v1", "key v2"].map((text) => suite.sha256(ascii(text))) as [Uint8Array, Uint8Array];
    const opened = keys.map((key) => hex(suite.aeadOpen(key, nonce, sealed, ascii("env:prod|API_KEY"))));
    expect(opened).toEqual([
      "9d5193f88ecd198582af9fe97af7e7e575113bd6931b5dae72c4b6a3d32577bd",
      "9e6ba99f620ad0a52bf7efa19b1c2b605c0db6423a595950bf33a8c4306cceca",
    ]);
    expect(hex(commitmentOf(keys[0]))).not.toBe(hex(commitmentOf(keys[1])));
  });
});
