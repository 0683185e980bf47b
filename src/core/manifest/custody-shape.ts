import { bytes, date, note, wrapped } from "../authority/manifest-parts.ts";
import { type Check, integer, oneOf, variants } from "../shape.ts";

/** An identity and the pin that goes with it, under a passphrase. */
const sealedIdentity = bytes(12 + 32 + 16 + 16, "aead:");

/** FORMAT.md section 7: costs below the defaults are a downgrade, above the bounds (a second, 256 MiB) a denial of service. */
const scryptCost: Check = (value, at) => (value === 2 ** 17 || value === 2 ** 18 ? null : `${at} is neither 2^17 nor 2^18`);

const passphrase = {
  salt: bytes(16),
  sealed: sealedIdentity,
  "hint?": note,
};
const kdfShape = variants("kdf", {
  scrypt: { kind: oneOf("passphrase"), n: scryptCost, r: integer(8, 16), p: integer(1, 2), ...passphrase },
  "pbkdf2-sha256": { kind: oneOf("passphrase"), iterations: integer(600_000, 2_000_000), ...passphrase },
});
/** Each bound alone would still let a file ask for four times the work of a backup. */
const bounded: Check = (value, at) => {
  const { n = 0, r = 0, p = 0 } = value as { n?: number; r?: number; p?: number };
  return n * r * p > 2 ** 21 ? `${at} asks for more than twice the default work` : null;
};
/** Of the manifest, and of the copy that a machine keeps. */
export const passphraseShape: Check = (value, at) => kdfShape(value, at) ?? bounded(value, at);
const otherCustody = variants("kind", {
  file: {},
  keychain: {},
  command: {},
  deploy: {},
  recovery: { "confirmed?": date },
  kms: { provider: note, key: note, sealed: wrapped },
});
export const custodyShape: Check = (value, at) =>
  (value as { kind?: unknown } | null)?.kind === "passphrase" ? passphraseShape(value, at) : otherCustody(value, at);
