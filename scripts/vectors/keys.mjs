import { b64u, expand, hex } from "./notation.mjs";
import { linkKeyOf, manifestKeyOf, PRODUCTION, PROJECT, rootOf, STAGE, STAGING, WEB } from "./world.mjs";

export function keys() {
  const vectors = [...PRODUCTION, STAGING].map((key) => {
    const vaultId = key.environment === "staging" ? STAGE : WEB;
    const root = rootOf(key, vaultId);
    return {
      environment: key.environment,
      version: key.version,
      project: b64u(PROJECT),
      vaultId: b64u(vaultId),
      dataKey: hex(key.dataKey),
      commitment: hex(key.commitment),
      keyId: key.keyId,
      pin: hex(key.pin),
      vaultRoot: hex(root),
      vaultKey: hex(expand(root, "encrypt")),
      nonceKey: hex(expand(root, "nonce")),
      manifestKey: hex(manifestKeyOf(key)),
      linkKey: hex(linkKeyOf(key)),
    };
  });
  return { about: "Section 2, keys: everything that is derived from a data key. Bytes in hex, ids in base64url.", keys: vectors };
}
