import { hkdf } from "#crypto";
import { b64u, concat, lp, unb64u, utf8 } from "./bytes.ts";
import { COMMITMENT_BYTES, KEY_ID_BYTES, PIN_BYTES } from "./vaultkey.ts";

/** What stands for a data key in public, and how one key leads to the one before (FORMAT.md sections 1 and 3). */

/** FORMAT.md section 1: 32 bytes that stand for a data key and for no other. */
export function commitmentOf(dataKey: Uint8Array): Uint8Array {
  return hkdf(dataKey, new Uint8Array(0), utf8("envseal/v1 commitment"), COMMITMENT_BYTES);
}

export function keyIdOf(commitment: Uint8Array): string {
  return b64u(commitment.subarray(0, KEY_ID_BYTES));
}

export function pinOf(commitment: Uint8Array): Uint8Array {
  return commitment.subarray(0, PIN_BYTES);
}

export function deriveLinkKey(dataKey: Uint8Array, projectId: Uint8Array, environment: string): Uint8Array {
  return hkdf(dataKey, projectId, concat(utf8("envseal/v1 link"), lp(environment)), 32);
}

/** The AAD of a link: FORMAT.md section 3. */
export function linkAad(environment: string, keyId: string, previous: string): Uint8Array {
  return concat(lp(environment), lp(unb64u(keyId) as Uint8Array), lp(unb64u(previous) as Uint8Array));
}

/** The id of the key that a tag says it was made with. */
export function keyIdOfTag(tag: string): string {
  return tag.split(":")[1] as string;
}
