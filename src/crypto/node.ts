import { isUtf8 } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hash,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { isPlainSignature } from "./signing-key.ts";
import { FOREIGN_NONCE, refusePoints, refuseSizes } from "./sizes.ts";

const TAG = 16;
const GCM = { authTagLength: TAG } as const;

export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}

export function sha256(data: Uint8Array): Uint8Array {
  return hash("sha256", data, "buffer");
}

export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdfExpand(hmac(salt, ikm), info, length);
}

export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * 32) throw new RangeError("HKDF gives at most 8160 bytes");
  const out = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += block.length, counter++) {
    block = createHmac("sha256", prk).update(block).update(info).update(Uint8Array.of(counter)).digest();
    out.set(block.subarray(0, length - at), at);
  }
  return out;
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

/** By the array's identity: keys are never written to. A vault's key opens a thousand tokens: made into a KeyObject once, each opening costs a fifth less. */
function keyObject(key: Uint8Array): KeyObject {
  let object = keyObjects.get(key);
  if (object === undefined) {
    object = createSecretKey(key);
    keyObjects.set(key, object);
  }
  return object;
}

export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  refuseSizes(key, nonce);
  const cipher = createCipheriv("aes-256-gcm", keyObject(key), nonce, GCM).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  refuseSizes(key, nonce, ...FOREIGN_NONCE);
  if (sealed.length < TAG) return null;
  const split = sealed.length - TAG;
  const decipher = createDecipheriv("aes-256-gcm", keyObject(key), nonce, GCM);
  decipher.setAAD(aad).setAuthTag(sealed.subarray(split));
  const plaintext = decipher.update(sealed.subarray(0, split));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

export function chachaOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  refuseSizes(key, nonce);
  if (sealed.length < TAG) return null;
  if (process.versions.bun !== undefined) return chachaOpenOnBun(key, nonce, sealed);
  const split = sealed.length - TAG;
  const decipher = createDecipheriv("chacha20-poly1305", key, nonce, GCM);
  decipher.setAuthTag(sealed.subarray(split));
  const plaintext = decipher.update(sealed.subarray(0, split));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

/** Bun's node:crypto lacks this cipher. noble has it, and is loaded nowhere else. */
function chachaOpenOnBun(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  const load = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  const { chacha20poly1305 }: typeof import("@noble/ciphers/chacha.js") = load("@noble/ciphers/chacha.js");
  try {
    return chacha20poly1305(key, nonce).decrypt(sealed);
  } catch {
    return null;
  }
}

/** RFC 8410: the DER that goes before the 32 raw bytes of an X25519 and an Ed25519 private key. */
const X25519_PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const privateKeys = new WeakMap<Uint8Array, KeyObject>();

function privateKey(secret: Uint8Array): KeyObject {
  let key = privateKeys.get(secret);
  if (key === undefined) {
    key = exchangeKeyOf(secret);
    privateKeys.set(secret, key);
  }
  return key;
}

/**
 * OpenSSL reads DER through decoders, which it looks up first: half a millisecond of a boot. As a JWK, releases of Node that do not
 * ask for the point take the secret alone and compute the point themselves; the others refuse an empty one.
 */
function exchangeKeyOf(secret: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: { kty: "OKP", crv: "X25519", d: encodeBase64(secret, true), x: "" }, format: "jwk" });
  } catch {
    return privateKeyOf(X25519_PKCS8, secret);
  }
}

function privateKeyOf(prefix: Uint8Array, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, secret]), format: "der", type: "pkcs8" });
}

/** RFC 8037. A public key goes in and out as a JWK, which takes a fifth of the time of DER; Node 26 takes no private one without its point. */
function publicKeyOf(crv: "X25519" | "Ed25519", point: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv, x: encodeBase64(point, true) }, format: "jwk" });
}

function pointOf(secret: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(secret).export({ format: "jwk" }).x as string, "base64url");
}

export function x25519(secret: Uint8Array, point: Uint8Array): Uint8Array | null {
  refusePoints(secret, point);
  try {
    const shared = diffieHellman({ privateKey: privateKey(secret), publicKey: publicKeyOf("X25519", point) });
    return shared.some((byte) => byte !== 0) ? shared : null;
  } catch {
    return null;
  }
}

const publicKeys = new WeakMap<Uint8Array, Uint8Array>();

export function x25519Public(secret: Uint8Array): Uint8Array {
  refusePoints(secret);
  let point = publicKeys.get(secret);
  if (point === undefined) {
    point = pointOf(privateKey(secret));
    publicKeys.set(secret, point);
  }
  return point.slice();
}

export function ed25519Public(seed: Uint8Array): Uint8Array {
  refusePoints(seed);
  return pointOf(privateKeyOf(ED25519_PKCS8, seed));
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  refusePoints(seed);
  return sign(null, message, privateKeyOf(ED25519_PKCS8, seed));
}

export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return isPlainSignature(publicKey, signature) && verify(null, message, signingKeyOf(publicKey), signature);
}

/** The same few people sign everything: to make a key object costs as much as to verify. */
const signingKeys = new Map<string, KeyObject>();
const MOST_SIGNING_KEYS = 256;

function signingKeyOf(point: Uint8Array): KeyObject {
  const name = view(point).toString("latin1");
  const known = signingKeys.get(name);
  if (known !== undefined) return known;
  const key = publicKeyOf("Ed25519", point);
  if (signingKeys.size < MOST_SIGNING_KEYS) signingKeys.set(name, key);
  return key;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function encodeUtf8(text: string): Uint8Array {
  return Buffer.from(text);
}

export function decodeUtf8(bytes: Uint8Array): string | null {
  const text = view(bytes).toString();
  // What is invalid becomes U+FFFD; only a text that has one needs the second look.
  return text.includes("\uFFFD") && !isUtf8(bytes) ? null : text;
}

function view(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeBase64(bytes: Uint8Array, url: boolean): string {
  return url ? view(bytes).toString("base64url") : view(bytes).toString("base64").replace(/=+$/, "");
}

export function decodeBase64(text: string, url: boolean): Uint8Array | null {
  const bytes = Buffer.from(text, url ? "base64url" : "base64");
  return encodeBase64(bytes, url) === text ? bytes : null;
}
