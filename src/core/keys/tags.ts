import { equal, hkdf, hmac } from "#crypto";
import type { Settings, VaultEntry } from "../authority/manifest.ts";
import { b64u, concat, lp, unb64u, utf8 } from "../bytes.ts";
import { canonicalJson, type Json } from "../json.ts";

/** FORMAT.md section 3, Tags: what makes the manifest's parts authentic for the holders of one data key. */
export interface Tagger {
  environment: string;
  keyId: string;
  commitment: Uint8Array;
  manifestKey: Uint8Array;
}

export function deriveManifestKey(dataKey: Uint8Array, projectId: Uint8Array, environment: string): Uint8Array {
  return hkdf(dataKey, projectId, concat(utf8("envseal/v1 manifest"), lp(environment)), 32);
}

/** Over everything in the settings but `tag`. */
export function settingsTag(tagger: Tagger, settings: Omit<Settings, "tag">): string {
  const { tag: _, ...rest } = settings as Settings;
  return tagOver(tagger, concat(utf8("envseal/v1 settings"), lp(tagger.environment), lp(canonicalJson(rest as unknown as Json))));
}

export function accessTag(tagger: Tagger, name: string, recipient: string): string {
  return tagOver(tagger, concat(utf8("envseal/v1 access"), lp(tagger.environment), lp(name), lp(recipient), lp(tagger.commitment)));
}

export function vaultTag(tagger: Tagger, path: string, { id, below = {} }: Pick<VaultEntry, "id" | "below">): string {
  const idBytes = unb64u(id) as Uint8Array;
  return tagOver(tagger, concat(utf8("envseal/v1 vault"), lp(path), lp(tagger.environment), lp(idBytes), lp(canonicalJson(below))));
}

function tagOver({ keyId, manifestKey }: Tagger, data: Uint8Array): string {
  return `hmac:${keyId}:${b64u(hmac(manifestKey, data))}`;
}

/** Constant-time; false too where the tag names another key. */
export function tagMatches(expected: string, actual: string): boolean {
  return equal(utf8(expected), utf8(actual));
}
