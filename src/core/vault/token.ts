import { aeadOpen, aeadSeal, equal, hmac } from "#crypto";
import { b64u, concat, equalBytes, fromUtf8, lp, readU32, unb64u, utf8 } from "../bytes.ts";
import { MAX_VERSION } from "../limits.ts";
import { KEY_ID_BYTES, type VaultKey } from "../vaultkey.ts";
import type { LineEnd } from "./document.ts";
import { isPaddedFrom, pad } from "./padding.ts";

const NONCE = 12;
const TAG = 16;
export const NO_SINCE: Uint8Array = new Uint8Array(KEY_ID_BYTES);

/** FORMAT.md section 2, AAD. */
export const KIND = { secret: 0, public: 1, end: 2, comment: 3 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Where a token stands: what its AAD binds beyond vault and key. */
export interface Place {
  kind: Kind;
  name: string;
  /** The name of the assignment before it; empty for the first and for comments. */
  previous: string;
}

/** A token as text, `enc:v<version>.<keyId>:<b64u>`, taken apart but not opened. */
export interface Token {
  text: string;
  version: number;
  keyId: string;
  /** Where the encoded body starts in `text`. */
  bodyAt: number;
}

/** The plaintext of an assignment's or a comment's token. */
export interface LineContent {
  /** The 6-byte keyId under which the value was first encrypted; zero for comments. */
  since: Uint8Array;
  end: LineEnd;
  raw: string;
}

export function encodeLine({ since, end, raw }: LineContent): Uint8Array {
  return concat(since, Uint8Array.of(end), lp(raw));
}

/** The content of a padded plaintext, or null where it is not exactly what `encodeLine` and padding give. */
export function decodeLine(padded: Uint8Array, kind: Kind): LineContent | null {
  const head = KEY_ID_BYTES + 1;
  const since = padded.subarray(0, KEY_ID_BYTES);
  const end = padded[KEY_ID_BYTES] as number;
  const length = readU32(padded, head);
  if (end > 4 || !isPaddedFrom(padded, head + 4 + length)) return null;
  const raw = fromUtf8(padded.subarray(head + 4, head + 4 + length));
  if (raw === null || equalBytes(since, NO_SINCE) !== (kind === KIND.comment)) return null;
  return { since, end: end as LineEnd, raw };
}

function aadOf(key: VaultKey, { kind, name, previous }: Place): Uint8Array {
  // Names are ASCII, so both LPs are one text and one conversion, as long as their lengths are too.
  if (name.length < 128 && previous.length < 128) {
    const { length } = key.aadPrefix;
    const rest = utf8(String.fromCharCode(kind, 0, 0, 0, name.length) + name + String.fromCharCode(0, 0, 0, previous.length) + previous);
    const aad = new Uint8Array(length + rest.length);
    aad.set(key.aadPrefix);
    aad.set(rest, length);
    return aad;
  }
  return concat(key.aadPrefix, Uint8Array.of(kind), lp(name), lp(previous));
}

/** The synthetic nonce: the first 12 bytes of HMAC(nonceKey, LP(AAD) ‖ LP(padded plaintext)). */
function nonceOf(key: VaultKey, aad: Uint8Array, padded: Uint8Array): Uint8Array {
  return hmac(key.nonce(), concat(lp(aad), lp(padded))).subarray(0, NONCE);
}

/** Seals `plaintext` (unpadded) for its place. Deterministic: the same text in the same place is the same token. */
export function sealToken(key: VaultKey, place: Place, plaintext: Uint8Array): Token {
  const aad = aadOf(key, place);
  const padded = pad(plaintext);
  const nonce = nonceOf(key, aad, padded);
  const head = `enc:v${key.version}.${key.keyId}:`;
  const text = head + b64u(concat(nonce, aeadSeal(key.encrypt, nonce, padded, aad)));
  return { text, version: key.version, keyId: key.keyId, bodyAt: head.length };
}

/**
 * The padded plaintext, or null where the token does not authenticate in this place.
 * @param strict also recompute the nonce; the loader alone goes without (FORMAT.md section 2).
 */
export function openToken(key: VaultKey, place: Place, token: Token, strict: boolean): Uint8Array | null {
  const bytes = tokenBytes(token);
  if (bytes === null || token.version !== key.version || token.keyId !== key.keyId) return null;
  const aad = aadOf(key, place);
  const nonce = bytes.subarray(0, NONCE);
  const padded = aeadOpen(key.encrypt, nonce, bytes.subarray(NONCE), aad);
  if (padded === null || (strict && !equal(nonce, nonceOf(key, aad, padded)))) return null;
  return padded;
}

function tokenBytes({ text, bodyAt }: Token): Uint8Array | null {
  const bytes = unb64u(text.slice(bodyAt));
  return bytes === null || bytes.length < NONCE + TAG ? null : bytes;
}

const TOKEN = /^enc:v([1-9]\d{0,9})\.([A-Za-z0-9_-]{8}):[A-Za-z0-9_-]+$/;

/** Takes a token's text apart; null where it has not exactly the form of one. */
export function parseToken(text: string): Token | null {
  const match = TOKEN.exec(text);
  if (match === null) return null;
  const version = Number(match[1]);
  return version > MAX_VERSION ? null : { text, version, keyId: match[2] as string, bodyAt: text.lastIndexOf(":") + 1 };
}

/** End token: one byte of flags. Bit 0 BOM, bits 1-2 the default line end, bit 3 no final newline. */
export interface FileFlags {
  bom: boolean;
  eol: 1 | 2 | 3;
  finalNewline: boolean;
}

export function encodeFlags({ bom, eol, finalNewline }: FileFlags): Uint8Array {
  return Uint8Array.of((bom ? 1 : 0) | (eol << 1) | (finalNewline ? 0 : 8));
}

export function decodeFlags(padded: Uint8Array): FileFlags | null {
  const flags = padded[0] as number;
  const eol = (flags >> 1) & 3;
  if (!isPaddedFrom(padded, 1) || flags > 15 || eol === 0) return null;
  return { bom: (flags & 1) !== 0, eol: eol as 1 | 2 | 3, finalNewline: (flags & 8) === 0 };
}
