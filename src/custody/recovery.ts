import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";

/** Custody `recovery`: 24 BIP-39 words whose 32 bytes of entropy (not the seed) are an age identity. */
export function identityToWords(secret: Uint8Array): string[] {
  return entropyToMnemonic(secret, wordlist).split(" ");
}

/** The identity of 24 words, or null where they are not 24 words of the list with a right checksum. */
export function wordsToIdentity(text: string): Uint8Array | null {
  const words = text.normalize("NFKD").toLowerCase().trim().split(/\s+/);
  if (words.length !== 24) return null;
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    return null;
  }
}
