import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { identityToWords, wordsToIdentity } from "../../src/custody/recovery.ts";

const { vectors } = JSON.parse(readFileSync(new URL("bip39.json", import.meta.url), "utf8")) as {
  vectors: { entropy: string; words: string }[];
};
const whole = vectors.filter(({ entropy }) => entropy.length === 64);

it("holds all 24 English vectors, 8 of them of 32 bytes", () => {
  expect([vectors.length, whole.length]).toEqual([24, 8]);
});

it.each(whole)("$entropy", ({ entropy, words }) => {
  expect(identityToWords(new Uint8Array(Buffer.from(entropy, "hex"))).join(" ")).toBe(words);
  expect(Buffer.from(wordsToIdentity(words) as Uint8Array).toString("hex")).toBe(entropy);
});

it("takes no shorter ones, and none whose checksum is wrong", () => {
  for (const { words } of vectors.filter((vector) => !whole.includes(vector))) expect(wordsToIdentity(words), words).toBeNull();
  for (const { words } of whole) {
    const list = words.split(" ");
    // Of the 2048 last words one in 256 fits; these do not.
    expect(wordsToIdentity([...list.slice(0, -1), list.at(-1) === "zoo" ? "abandon" : "zoo"].join(" ")), words).toBeNull();
    expect(wordsToIdentity(list.slice(1).join(" ")), words).toBeNull();
  }
});
