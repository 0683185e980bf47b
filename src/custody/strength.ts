import { wordlist } from "@scure/bip39/wordlists/english.js";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
import { EnvsealError } from "../errors.ts";

/** FORMAT.md section 5: the sealed identity is in git, to be guessed offline for ever. */
const MIN_GUESSES = 1e14;
/** Longer ones are not estimated beyond this: the estimate's cost grows with the square. */
const ESTIMATED = 128;

const INSTEAD = "take 12 generated words (press Enter where a passphrase is asked for)";

/**
 * @param personal words an attacker would try first: the person's name, the project's
 * @throws WEAK_PASSPHRASE where zxcvbn estimates fewer than 10^14 guesses
 */
export function assertStrong(passphrase: string, personal: readonly string[]): void {
  const text = passphrase.normalize("NFKC").trim();
  const estimator = new ZxcvbnFactory({ dictionary: { ...dictionary, bip39: wordlist }, graphs: adjacencyGraphs, maxLength: ESTIMATED });
  const { guesses } = estimator.check(text, [...personal]);
  if (guesses >= MIN_GUESSES) return;
  throw new EnvsealError(
    "WEAK_PASSPHRASE",
    `this passphrase would be found in about 10^${Math.floor(Math.log10(Math.max(guesses, 1)))} guesses, and 10^14 are needed`,
    { hint: `it is in git and can be guessed there for ever: make it longer, or ${INSTEAD}` },
  );
}

/** @throws WEAK_PASSPHRASE where the hint holds the passphrase or a word of it worth a guess, or is a part of it */
export function assertHint(hint: string, passphrase: string): void {
  const [given, secret] = [hint, passphrase].map((text) => text.normalize("NFKC").toLowerCase()) as [string, string];
  const words = secret.split(LEFT_OUT.signs).filter((word) => word.length >= 4);
  const letters = given.replace(LEFT_OUT.signs, "");
  // A passphrase may be of signs alone: what is left of it without them says nothing.
  const overlaps = Object.values(LEFT_OUT).some((left) => overlap(given.replace(left, ""), secret.replace(left, "")));
  if (!overlaps && !words.some((word) => letters.includes(word))) return;
  throw new EnvsealError("WEAK_PASSPHRASE", "the hint gives away the passphrase or a word of it", {
    hint: "everyone with the repository reads the hint: say where the passphrase is kept, not what it is",
  });
}

const LEFT_OUT = { signs: /[^\p{L}\p{N}]/gu, space: /\s/gu };

function overlap(given: string, secret: string): boolean {
  return (secret !== "" && given.includes(secret)) || (given.length >= 4 && secret.includes(given));
}
