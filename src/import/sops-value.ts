import { aeadOpen } from "#crypto";
import { concat, fromUtf8, utf8 } from "../core/bytes.ts";
import { padded } from "./base64.ts";

/** `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`: AES-256-GCM under the file's data key, with an iv of 32 bytes. */
const SEALED = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]{1,16})\]$/;

export interface SopsValue {
  /** What SOPS hands to a program. */
  text: string;
  /** What its MAC is made of. */
  mac: string;
}

export type Unopened = "no form" | "does not open" | "no text" | "unknown type";

/**
 * @param aad the value's path with a colon behind each part: `NAME:`, and `:` for comments
 * @returns what it says, or why there is nothing
 */
export function openSopsValue(sealed: string, dataKey: Uint8Array, aad: string): SopsValue | Unopened {
  if (sealed === "") return { text: "", mac: "" };
  const [, ...parts] = SEALED.exec(sealed) ?? [];
  const [data, iv, tag] = parts.slice(0, 3).map(padded);
  if (!data || !iv || !tag || iv.length < 8 || iv.length > 64 || tag.length !== 16) return "no form";
  const plain = aeadOpen(dataKey, iv, concat(data, tag), utf8(aad));
  if (plain === null) return "does not open";
  const text = fromUtf8(plain);
  if (text === null) return "no text";
  return typed(text, parts[3] as string);
}

/** Files that were turned from yaml or json into dotenv have other types than text. */
function typed(text: string, type: string): SopsValue | Unopened {
  if (type === "str" || type === "comment") return { text, mac: text };
  if (type === "int" && /^-?(?:0|[1-9]\d{0,17})$/.test(text)) return { text, mac: text };
  if (type === "float" && /^-?\d{1,6}\.\d{1,6}$/.test(text)) return { text, mac: text };
  if (type === "bool" && /^(?:True|False)$/.test(text)) return { text: text.toLowerCase(), mac: text };
  return "unknown type";
}
