import { secp256k1 } from "@noble/curves/secp256k1.js";
import { aeadOpen, hkdf } from "#crypto";
import { concat } from "../../../core/bytes.ts";

/**
 * The scheme of eciesjs with its defaults, which dotenvx 1.x and 2.x use: an ephemeral public key (65 bytes, uncompressed) ‖
 * nonce (16) ‖ tag (16) ‖ ciphertext; AES-256-GCM under HKDF-SHA256(ephemeral public key ‖ shared point, both uncompressed),
 * without salt, info and additional data.
 */
const POINT = 65;
const NONCE = 16;
const TAG = 16;

export interface EciesBox {
  point: Uint8Array;
  nonce: Uint8Array;
  /** Ciphertext ‖ tag, in the order AES-GCM is used here. */
  sealed: Uint8Array;
}

/** Null where the bytes are too short, or do not start with a point of the curve. */
export function parseBox(bytes: Uint8Array): EciesBox | null {
  const at = POINT + NONCE + TAG;
  const point = bytes.slice(0, POINT);
  if (bytes.length < at || point[0] !== 4 || !secp256k1.utils.isValidPublicKey(point, false)) return null;
  return { point, nonce: bytes.slice(POINT, POINT + NONCE), sealed: concat(bytes.subarray(at), bytes.subarray(at - TAG, at)) };
}

/** The plaintext, or null where this is not the key, or the box was changed: the two cannot be told apart. */
export function openBox({ point, nonce, sealed }: EciesBox, secret: Uint8Array): Uint8Array | null {
  const shared = secp256k1.getSharedSecret(secret, point, false);
  return aeadOpen(hkdf(concat(point, shared), new Uint8Array(0), new Uint8Array(0), 32), nonce, sealed, new Uint8Array(0));
}

/** The 32 secret bytes of 64 hex digits, or null where they are no private key of the curve. */
export function parsePrivateKey(text: string): Uint8Array | null {
  const bytes = /^(?:0x)?[0-9a-fA-F]{64}$/.test(text) ? new Uint8Array(Buffer.from(text.slice(-64), "hex")) : null;
  return bytes !== null && secp256k1.utils.isValidSecretKey(bytes) ? bytes : null;
}

/** The compressed public key in hex, as dotenvx writes it. */
export function publicKeyOf(secret: Uint8Array): string {
  return Buffer.from(secp256k1.getPublicKey(secret, true)).toString("hex");
}
