import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 as montgomery } from "@noble/curves/ed25519.js";
import { expand, hkdf as hkdfFull } from "@noble/hashes/hkdf.js";
import { hmac as hmacOf } from "@noble/hashes/hmac.js";
import { sha256 as sha256Of, sha512 } from "@noble/hashes/sha2.js";
import { base64nopad, base64urlnopad } from "@scure/base";
import { isPlainSignature } from "./signing-key.ts";
import { FOREIGN_NONCE, refusePoints, refuseSizes, SIGNATURE_BYTES } from "./sizes.ts";

export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmacOf(sha256Of, key, data);
}

export function sha256(data: Uint8Array): Uint8Array {
  return sha256Of(data);
}

export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdfFull(sha256Of, ikm, salt, info, length);
}

export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return expand(sha256Of, prk, info, length);
}

export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  refuseSizes(key, nonce);
  return gcm(key, nonce, aad).encrypt(plaintext);
}

export function aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  refuseSizes(key, nonce, ...FOREIGN_NONCE);
  return openOrNull(gcm(key, nonce, aad), sealed);
}

export function chachaOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  refuseSizes(key, nonce);
  return openOrNull(chacha20poly1305(key, nonce), sealed);
}

/** noble has one error for a bad tag, with no code; the lengths are checked here so that nothing else is swallowed. */
function openOrNull(cipher: { decrypt(sealed: Uint8Array): Uint8Array }, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < 16) return null;
  try {
    return cipher.decrypt(sealed);
  } catch {
    return null;
  }
}

export function x25519(secret: Uint8Array, point: Uint8Array): Uint8Array | null {
  refusePoints(secret, point);
  try {
    return montgomery.getSharedSecret(secret, point);
  } catch {
    return null;
  }
}

export function x25519Public(secret: Uint8Array): Uint8Array {
  refusePoints(secret);
  return montgomery.getPublicKey(secret);
}

export function ed25519Public(seed: Uint8Array): Uint8Array {
  refusePoints(seed);
  return ed25519.getPublicKey(seed);
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  refusePoints(seed);
  return ed25519.sign(message, seed);
}

/**
 * By the equation without the cofactor, as OpenSSL and BoringSSL have it. noble's own multiplies both sides by the cofactor: the
 * two differ on signatures made on purpose with a point of mixed order, which one reader would accept and another refuse.
 */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isPlainSignature(publicKey, signature)) return false;
  const { Point } = ed25519;
  const [r, s] = [signature.subarray(0, SIGNATURE_BYTES / 2), littleEndian(signature.subarray(SIGNATURE_BYTES / 2))];
  const point = signerPoint(publicKey);
  if (point === null || s >= Point.Fn.ORDER) return false;
  const hash = littleEndian(sha512.create().update(r).update(publicKey).update(message).digest()) % Point.Fn.ORDER;
  return equal(Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(hash)).toBytes(), r);
}

/** The same few people sign everything: with a table for a key, each of its signatures takes a third of the time. */
const signerPoints = new Map<string, { point: ReturnType<typeof pointOrNull>; uses: number }>();
const MOST_SIGNERS = 16;
const USES_FOR_TABLE = 4;

function signerPoint(publicKey: Uint8Array): ReturnType<typeof pointOrNull> {
  const name = publicKey.join();
  const known = signerPoints.get(name) ?? { point: pointOrNull(publicKey)?.negate() ?? null, uses: 0 };
  if (++known.uses === USES_FOR_TABLE) known.point?.precompute(6, false);
  if (signerPoints.size < MOST_SIGNERS) signerPoints.set(name, known);
  return known.point;
}

function pointOrNull(bytes: Uint8Array): InstanceType<typeof ed25519.Point> | null {
  try {
    return ed25519.Point.fromBytes(bytes);
  } catch {
    return null;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export function encodeBase64(bytes: Uint8Array, url: boolean): string {
  return (url ? base64urlnopad : base64nopad).encode(bytes);
}

export function decodeBase64(text: string, url: boolean): Uint8Array | null {
  try {
    return (url ? base64urlnopad : base64nopad).decode(text);
  } catch {
    return null;
  }
}
