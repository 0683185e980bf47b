import { aeadOpen } from "#crypto";
import { concat, utf8 } from "../../../core/bytes.ts";
import { padded } from "./base64.ts";

/** `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`: AES-256-GCM under the file's data key, with an iv of 32 bytes. */
const SEALED = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]{1,16})\]$/;

/** How SOPS keeps values; files that were turned from yaml or json into dotenv have others than text. */
const TYPES = new Set(["str", "comment", "int", "float", "bool"]);

export interface SopsValue {
  /** What was encrypted: what the MAC is made of. */
  bytes: Uint8Array;
  type: string;
}

export type Unopened = "no form" | "unknown type" | "does not open";

/**
 * Its type is in clear and in no tag, so nothing of what it holds is looked at here: what a type does not fit would tell of it.
 * @param aad the value's path with a colon behind each part: `NAME:`, and `:` for comments
 * @returns what it says, or why there is nothing
 */
export function openSopsValue(sealed: string, dataKey: Uint8Array, aad: string): SopsValue | Unopened {
  if (sealed === "") return { bytes: new Uint8Array(0), type: "str" };
  const [, ...parts] = SEALED.exec(sealed) ?? [];
  const [data, iv, tag] = parts.slice(0, 3).map(padded);
  if (!data || !iv || !tag || iv.length < 8 || iv.length > 64 || tag.length !== 16) return "no form";
  const type = parts[3] as string;
  if (!TYPES.has(type)) return "unknown type";
  const bytes = aeadOpen(dataKey, iv, concat(data, tag), utf8(aad));
  return bytes === null ? "does not open" : { bytes, type };
}
