const KEY = 32;
export const SIGNATURE_BYTES = 64;

/**
 * Nothing passes a key or a nonce of another length; if something ever did, both implementations must say so, and neither take
 * AES-128 for it.
 * @throws RangeError
 */
export function refuseSizes(key: Uint8Array, nonce: Uint8Array, shortest = 12, longest = shortest): void {
  if (key.length !== KEY || nonce.length < shortest || nonce.length > longest) throw new RangeError("a key or a nonce of the wrong length");
}

/** The nonces that other tools' files have. */
export const FOREIGN_NONCE = [8, 64] as const;

/** @throws RangeError */
export function refusePoints(...parts: readonly Uint8Array[]): void {
  if (parts.some(({ length }) => length !== KEY)) throw new RangeError("a secret or a point of the wrong length");
}
