const FLOOR = 64;
const STEP = 32;
const STEP_LIMIT = 512;

/**
 * The padded length of a token's plaintext (FORMAT.md section 2): 64, then multiples of 32 up to 512, then Padmé
 * (Nikitin et al., PETS 2019: at most 12% overhead, and only O(log log n) bits about the length are shown).
 */
export function paddedLength(length: number): number {
  if (length <= FLOOR) return FLOOR;
  if (length <= STEP_LIMIT) return Math.ceil(length / STEP) * STEP;
  const exponent = Math.floor(Math.log2(length));
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** (exponent - mantissaBits);
  return Math.ceil(length / unit) * unit;
}

export function pad(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(paddedLength(bytes.length));
  out.set(bytes);
  return out;
}

/** True if `padded` is exactly what `pad` gives for its first `length` bytes. */
export function isPaddedFrom(padded: Uint8Array, length: number): boolean {
  if (padded.length !== paddedLength(length)) return false;
  for (let i = length; i < padded.length; i++) if (padded[i] !== 0) return false;
  return true;
}
