import { x25519Public } from "#crypto";
import { decodeBech32, encodeBech32 } from "../core/bech32.ts";

/** age X25519 identities and recipients as text (age.md, "The X25519 recipient type"). */

const IDENTITY_HRP = "age-secret-key-";
const RECIPIENT_HRP = "age";

/** The 32 secret bytes of `AGE-SECRET-KEY-1…`, or null where the text is none. */
export function parseIdentity(text: string): Uint8Array | null {
  return text.startsWith("AGE-SECRET-KEY-1") && text === text.toUpperCase() ? decode(text.toLowerCase(), IDENTITY_HRP) : null;
}

export function formatIdentity(secret: Uint8Array): string {
  return encodeBech32(IDENTITY_HRP, secret).toUpperCase();
}

/** The 32 bytes of an X25519 recipient `age1…`, or null where the text is none. */
export function parseRecipient(text: string): Uint8Array | null {
  return decode(text, RECIPIENT_HRP);
}

/** One identity is asked for several times in a run. */
const known = new WeakMap<Uint8Array, string>();

/** The recipient `age1…` of an identity. */
export function recipientOf(secret: Uint8Array): string {
  const found = known.get(secret);
  if (found !== undefined) return found;
  const made = encodeBech32(RECIPIENT_HRP, x25519Public(secret));
  known.set(secret, made);
  return made;
}

function decode(text: string, hrp: string): Uint8Array | null {
  const bytes = text.length > 90 ? null : decodeBech32(hrp, text);
  return bytes?.length === 32 ? bytes : null;
}
