// The world of the vectors: one project, two environments, three vaults.
import { b64u, hkdf, join, lp, named, utf8 } from "./notation.mjs";

export const PROJECT = named("project").subarray(0, 12);
export const WEB = named("vault web").subarray(0, 12);
export const API = named("vault api").subarray(0, 12);
export const STAGE = named("vault staging").subarray(0, 12);
const keyOf = (environment, version) => {
  const dataKey = named(`${environment} key ${version}`);
  const commitment = hkdf(dataKey, "", utf8("envseal/v1 commitment"));
  return { environment, version, dataKey, commitment, keyId: b64u(commitment.subarray(0, 6)), pin: commitment.subarray(0, 16) };
};
export const PRODUCTION = [1, 2, 3].map((version) => keyOf("production", version));
export const STAGING = keyOf("staging", 1);
export const UNKNOWN = keyOf("nowhere", 1);
export const rootOf = (key, vaultId) => hkdf(key.dataKey, vaultId, join("envseal/v1 vault", lp(key.environment)));
export const manifestKeyOf = (key) => hkdf(key.dataKey, PROJECT, join("envseal/v1 manifest", lp(key.environment)));
export const linkKeyOf = (key) => hkdf(key.dataKey, PROJECT, join("envseal/v1 link", lp(key.environment)));
