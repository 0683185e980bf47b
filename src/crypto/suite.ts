/**
 * The primitives everything above is built from. `node.ts` and `portable.ts` export the same functions (a type test and
 * the shared vectors hold them together); package.json `imports` picks one as `#crypto`. Nothing here decrypts without checking
 * the tag: GCM is a stream cipher, and who may flip its bits would read in an error what a value holds.
 */
export interface CryptoSuite {
  /** HMAC-SHA256 (RFC 2104): 32 bytes. */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HKDF-SHA256 extract and expand (RFC 5869); length 1..8160 bytes. */
  hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** HKDF-SHA256 expand alone (RFC 5869 section 2.3). */
  hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-256-GCM (NIST SP 800-38D), 32-byte key, 12-byte nonce: ciphertext and 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
  /** The plaintext, or null where the tag does not verify. The nonce may be of 8 to 64 bytes: other tools' files have 16 and 32. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null;
  /** ChaCha20-Poly1305 (RFC 8439), no AAD: the plaintext, or null where the tag does not verify. */
  chachaOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null;
  /** X25519 (RFC 7748): the 32-byte shared secret, or null where it is all zero (a point of low order). */
  x25519(secret: Uint8Array, point: Uint8Array): Uint8Array | null;
  /** The X25519 public key of a 32-byte secret. */
  x25519Public(secret: Uint8Array): Uint8Array;
  /** The Ed25519 public key (RFC 8032 section 5.1.5), 32 bytes, of a 32-byte seed. */
  ed25519Public(seed: Uint8Array): Uint8Array;
  /** An Ed25519 signature (RFC 8032 section 5.1.6), 64 bytes, deterministic; `seed` has 32 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * True if the signature is the key's (RFC 8032 section 5.1.7, without the cofactor). False for a key that is not
   * `isSigningKey`, an R that is not canonical or of small order, an S of the group's order or more, and other lengths.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Constant-time equality; false for different lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  encodeUtf8(text: string): Uint8Array;
  /** Strict: null for invalid bytes; a BOM is kept. */
  decodeUtf8(bytes: Uint8Array): string | null;
  /** base64 or base64url, without padding. */
  encodeBase64(bytes: Uint8Array, url: boolean): string;
  /** The bytes, or null for padding, foreign characters or non-zero trailing bits: one text for one byte string. */
  decodeBase64(text: string, url: boolean): Uint8Array | null;
}
