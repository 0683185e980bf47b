import { equal, hkdf, hmac } from "#crypto";
import { b64u, concat, lp, unb64u, utf8 } from "./bytes.ts";
import { type Environment, taggedPart } from "./manifest.ts";

/** FORMAT.md section 3, Tags: what signs the manifest's parts for the holders of one data key. */
export interface Signer {
  environment: string;
  keyId: string;
  commitment: Uint8Array;
  manifestKey: Uint8Array;
}

export function deriveManifestKey(dataKey: Uint8Array, projectId: Uint8Array, environment: string): Uint8Array {
  return hkdf(dataKey, projectId, concat(utf8("envseal/v1 manifest"), lp(environment)), 32);
}

export function environmentTag(signer: Signer, entry: Environment): string {
  return tagOver(signer, concat(utf8("envseal/v1 environment"), lp(signer.environment), lp(taggedPart(entry))));
}

export function accessTag(signer: Signer, name: string, recipient: string): string {
  return tagOver(signer, concat(utf8("envseal/v1 access"), lp(signer.environment), lp(name), lp(recipient), lp(signer.commitment)));
}

export function vaultTag(signer: Signer, path: string, id: string): string {
  const idBytes = unb64u(id) as Uint8Array;
  return tagOver(signer, concat(utf8("envseal/v1 vault"), lp(path), lp(signer.environment), lp(idBytes)));
}

function tagOver({ keyId, manifestKey }: Signer, data: Uint8Array): string {
  return `hmac:${keyId}:${b64u(hmac(manifestKey, data))}`;
}

/** Constant-time; false too where the tag names another key. */
export function tagMatches(expected: string, actual: string): boolean {
  return equal(utf8(expected), utf8(actual));
}
