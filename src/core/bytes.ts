import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from "#crypto";

export const utf8: (text: string) => Uint8Array = encodeUtf8;

/** Strict UTF-8 (a BOM is kept as a character), or null for invalid bytes. */
export const fromUtf8: (bytes: Uint8Array) => string | null = decodeUtf8;

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0
  );
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** FORMAT.md section 0: the length as u32 big-endian, then the bytes; text as UTF-8. */
export function lp(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? utf8(value) : value;
  const out = new Uint8Array(4 + bytes.length);
  out[0] = bytes.length >>> 24;
  out[1] = bytes.length >>> 16;
  out[2] = bytes.length >>> 8;
  out[3] = bytes.length;
  out.set(bytes, 4);
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function b64u(bytes: Uint8Array): string {
  return encodeBase64(bytes, true);
}

/** The bytes of canonical base64url text, or null; with `length`, null for any other number of bytes. */
export function unb64u(text: string, length?: number): Uint8Array | null {
  const bytes = decodeBase64(text, true);
  return bytes === null || (length !== undefined && bytes.length !== length) ? null : bytes;
}
