import { aeadSeal, hmac } from "#crypto";
import { b64u, concat, lp } from "../../src/core/bytes.ts";
import { pad } from "../../src/core/vault/padding.ts";
import { type Place, parseToken, type Token } from "../../src/core/vault/token.ts";
import type { VaultKey } from "../../src/core/vaultkey.ts";

/** A token made step by step as FORMAT.md section 2 says, or with another nonce. */
export function tokenByHand(key: VaultKey, { kind, name, previous }: Place, plaintext: Uint8Array, nonce?: Uint8Array): Token {
  const aad = concat(key.aadPrefix, Uint8Array.of(kind), lp(name), lp(previous));
  const padded = pad(plaintext);
  const used = nonce ?? hmac(key.nonce(), concat(lp(aad), lp(padded))).subarray(0, 12);
  const body = b64u(concat(used, aeadSeal(key.encrypt, used, padded, aad)));
  return parseToken(`enc:v${key.version}.${key.keyId}:${body}`) as Token;
}
