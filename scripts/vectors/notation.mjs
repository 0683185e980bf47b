// The notation of docs/reference/format.md.
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign } from "node:crypto";
import { crc32 as zipCrc } from "node:zlib";

export const utf8 = (text) => Buffer.from(text, "utf8");
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const b64u = (bytes) => Buffer.from(bytes).toString("base64url");
export const u32 = (value) => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
export const join = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? utf8(part) : Buffer.from(part))));
export const lp = (value) => {
  const bytes = join(value);
  return join(u32(bytes.length), bytes);
};
export const hkdf = (ikm, salt, info) => Buffer.from(hkdfSync("sha256", ikm, salt, info, 32));
export const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
/** HKDF-Expand to one block. */
export const expand = (prk, info) => hmac(prk, join(info, [1]));
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const ed25519Of = (seed) =>
  createPrivateKey({ key: join(Buffer.from("302e020100300506032b657004220420", "hex"), seed), format: "der", type: "pkcs8" });
export const ed25519Public = (seed) => createPublicKey(ed25519Of(seed)).export({ format: "der", type: "spki" }).subarray(-32);
export const ed25519Sign = (seed, message) => sign(null, message, ed25519Of(seed));
export const named = (what) => createHash("sha256").update(`envseal test vector: ${what}`).digest();
export const aead = (key, nonce, plaintext, aad) => {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(aad);
  return join(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
};
export const crc32 = (bytes) => zipCrc?.(bytes) ?? slowCrc(bytes);
function slowCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
