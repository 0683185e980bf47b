import { createCipheriv, createHash } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hkdf } from "../../src/crypto/node.ts";

/** Writes what the other tools write, for values that no frozen file has. That it is theirs, test/features/migrate/formats/live.test.ts says. */

const none = new Uint8Array(0);

/** With nonces of other lengths than ours. */
function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Not random, so that a failure happens again. */
const bytesFrom = (...parts: string[]) => createHash("sha256").update(JSON.stringify(parts)).digest();

/** `encrypted:…` as dotenvx makes it. */
export function encryptedForDotenvx(value: string, privateKey: string): string {
  const ephemeral = new Uint8Array(bytesFrom("ephemeral", value));
  const point = secp256k1.getPublicKey(ephemeral, false);
  const shared = secp256k1.getSharedSecret(ephemeral, secp256k1.getPublicKey(Buffer.from(privateKey, "hex"), false), false);
  const nonce = bytesFrom("nonce", value).subarray(0, 16);
  const sealed = aeadSeal(hkdf(Buffer.concat([point, shared]), none, none, 32), nonce, Buffer.from(value), none);
  return `encrypted:${Buffer.concat([point, nonce, sealed.subarray(-16), sealed.subarray(0, -16)]).toString("base64")}`;
}

function sopsValue(dataKey: Uint8Array, value: string, aad: string): string {
  if (value === "") return "";
  const iv = bytesFrom(aad, value);
  const sealed = aeadSeal(dataKey, iv, Buffer.from(value), Buffer.from(aad));
  const [data, tag] = [sealed.subarray(0, -16), sealed.subarray(-16)].map((part) => part.toString("base64"));
  return `ENC[AES256_GCM,data:${data},iv:${iv.toString("base64")},tag:${tag},type:str]`;
}

/** A dotenv file of SOPS under `dataKey`, with one recipient that opens nothing. */
export function sopsFile(dataKey: Uint8Array, values: readonly (readonly [string, string])[]): string {
  const hash = createHash("sha512");
  for (const [, value] of values) hash.update(value);
  const time = "2026-11-21T00:00:00Z";
  return [
    ...values.map(([name, value]) => `${name}=${sopsValue(dataKey, value, `${name}:`)}`),
    "sops_age__list_0__map_enc=none",
    `sops_lastmodified=${time}`,
    `sops_mac=${sopsValue(dataKey, hash.digest("hex").toUpperCase(), time)}`,
    "sops_version=3.13.3",
    "",
  ].join("\n");
}
