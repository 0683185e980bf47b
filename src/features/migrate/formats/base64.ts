import { decodeBase64 } from "#crypto";

/** The bytes of padded base64 (RFC 4648 section 4), or null for anything a writer does not write. */
export function padded(text: string): Uint8Array | null {
  return text.length % 4 === 0 ? decodeBase64(text.replace(/={1,2}$/, ""), false) : null;
}
