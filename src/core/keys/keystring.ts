import { EnvsealError } from "../../errors.ts";
import { b64u, concat, readU32, u32, unb64u, utf8 } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import { isEnvironment } from "../names.ts";
import { PIN_BYTES, VAULT_ID_BYTES } from "../vaultkey.ts";

/** FORMAT.md section 6. */
export type KeyString =
  | { type: "identity"; environment: string; pin: Uint8Array; identity: Uint8Array }
  | { type: "read-only"; environment: string; pin: Uint8Array; vaultId: Uint8Array; version: number; root: Uint8Array };

/** The word of a key string that opens every environment: no environment may be called so. */
export const ALL = "all";

const TYPE = { identity: 1, reserved: 2, readOnly: 3 } as const;
const CRC = 4;
const SECRET = 32;
/** Bytes of each type's body: its number, the pin, and what the type holds. */
const BODIES = [1 + PIN_BYTES + SECRET, 1 + PIN_BYTES + VAULT_ID_BYTES + 4 + SECRET];
/** Letters of base64url behind the second `_`, for each type. */
export const PAYLOAD_LENGTHS: readonly number[] = BODIES.map((body) => Math.ceil(((body + CRC) * 8) / 6));
const PATTERN = /^esk_([a-z0-9-]{1,32})_([A-Za-z0-9_-]+)$/;

export function encodeKeyString(key: KeyString): string {
  const body =
    key.type === "identity"
      ? concat(Uint8Array.of(TYPE.identity), key.pin, key.identity)
      : concat(Uint8Array.of(TYPE.readOnly), key.pin, key.vaultId, u32(key.version), key.root);
  return `esk_${key.environment}_${b64u(concat(body, u32(checksum(key.environment, body))))}`;
}

function checksum(environment: string, body: Uint8Array): number {
  return crc32(concat(utf8(environment), body));
}

/** True for text that claims to be a key string, well-formed or not. */
export function looksLikeKeyString(text: string): boolean {
  return text.startsWith("esk_");
}

/** @throws MALFORMED_KEY saying what is wrong; `source` names where the text came from. No part of it is quoted. */
export function parseKeyString(text: string, source: string): KeyString {
  const malformed = (what: string, hint = "copy the whole string again, from esk_ to its last character") =>
    new EnvsealError("MALFORMED_KEY", `the key in ${source} ${what}`, { hint });
  const match = PATTERN.exec(text);
  if (match === null) throw malformed("is no envseal key string");
  const [environment, encoded] = match.slice(1) as [string, string];
  if (!isEnvironment(environment) && environment !== ALL) throw malformed("names no environment");
  const bytes = unb64u(encoded);
  if (bytes === null || bytes.length <= CRC + 1) throw malformed("is cut off or mistyped");
  const body = bytes.subarray(0, -CRC);
  if (readU32(bytes, body.length) !== checksum(environment, body)) throw malformed("is cut off or mistyped (its checksum does not match)");
  const content = body.subarray(1);
  if (body[0] === TYPE.identity && content.length === PIN_BYTES + SECRET) {
    return { type: "identity", environment, pin: content.slice(0, PIN_BYTES), identity: content.slice(PIN_BYTES) };
  }
  if (body[0] === TYPE.readOnly && environment !== ALL && content.length === PIN_BYTES + VAULT_ID_BYTES + 4 + SECRET) {
    const version = readU32(content, PIN_BYTES + VAULT_ID_BYTES);
    if (version === 0) throw malformed("names key version 0");
    const vaultId = content.slice(PIN_BYTES, PIN_BYTES + VAULT_ID_BYTES);
    return {
      type: "read-only",
      environment,
      pin: content.slice(0, PIN_BYTES),
      vaultId,
      version,
      root: content.slice(PIN_BYTES + VAULT_ID_BYTES + 4),
    };
  }
  throw malformed("is of a kind this release does not know", "install the newest envseal");
}
