const BYTES = 32;
/** The little-endian bytes of 2^255 - 19, the order of the field. */
const FIELD = Uint8Array.from([0xed, ...new Array<number>(30).fill(0xff), 0x7f]);

/** The y coordinates of the eight points whose order divides 8 (RFC 8032's curve); each goes with both signs of x. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map((hex) => Uint8Array.from({ length: BYTES }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)));

/**
 * True if the bytes may be a signer's Ed25519 key: 32 bytes, y below the order of the field, and not a point of small
 * order, under which one signature is good for many messages. Libraries differ in what they accept here; both suites ask
 * this first. Whether the point is on the curve is left to them.
 */
export function isSigningKey(key: Uint8Array): boolean {
  if (key.length !== BYTES) return false;
  const y = (at: number) => (key[at] as number) & (at === BYTES - 1 ? 0x7f : 0xff);
  let at = BYTES - 1;
  while (at >= 0 && y(at) === FIELD[at]) at--;
  if (at < 0 || y(at) > (FIELD[at] as number)) return false;
  return !SMALL_ORDER.some((point) => point.every((byte, index) => y(index) === byte));
}

/**
 * True where the equation alone decides whether a signature is good. An R of small order, which nobody makes by signing, is
 * good to some releases of Node and not to others, and not to WebCrypto as it is specified.
 */
export function isPlainSignature(key: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 2 * BYTES && isSigningKey(key) && isSigningKey(signature.subarray(0, BYTES));
}
