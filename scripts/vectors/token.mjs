import { aead, b64u, expand, hmac, join, lp, u32 } from "./notation.mjs";
import { rootOf } from "./world.mjs";

export function paddedLength(length) {
  if (length <= 64) return 64;
  if (length <= 512) return length + ((32 - (length % 32)) % 32);
  let exponent = 0;
  while (2 ** (exponent + 1) <= length) exponent++;
  let bits = 0;
  while (2 ** (bits + 1) <= exponent) bits++;
  const unit = 2 ** (exponent - bits - 1);
  return length + ((unit - (length % unit)) % unit);
}
export const pad = (bytes) => join(bytes, Buffer.alloc(paddedLength(bytes.length) - bytes.length));

const KIND = { secret: 0, public: 1, end: 2, comment: 3 };
export const NEVER = Buffer.alloc(6);
export const lineText = (since, end, raw) => join(since, [end], lp(raw));

/** A token by the book; `nonce` and `padded` only to break one rule at a time. */
export function seal(key, vaultId, { kind, name = "", previous = "" }, plaintext, { nonce, padded = pad(plaintext) } = {}) {
  const root = rootOf(key, vaultId);
  const aad = join(
    "envseal/v1 token",
    lp(key.environment),
    lp(vaultId),
    lp(key.pin),
    u32(key.version),
    [KIND[kind]],
    lp(name),
    lp(previous),
  );
  const used = nonce ?? hmac(expand(root, "nonce"), join(lp(aad), lp(padded))).subarray(0, 12);
  const token = `enc:v${key.version}.${key.keyId}:${b64u(aead(expand(root, "encrypt"), used, padded, aad))}`;
  return { aad, padded, nonce: used, token };
}
