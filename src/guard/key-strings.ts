import { parseIdentity } from "../age/keys.ts";
import { parseKeyString } from "../core/keystring.ts";
import { isEnvsealError } from "../errors.ts";
import type { Finding } from "./finding.ts";
import { plainLine } from "./place.ts";

const MARKS = [Buffer.from("esk_"), Buffer.from("AGE-SECRET-KEY-1")];
const KEY = /(?:esk_[a-z0-9-]{1,32}_[A-Za-z0-9_-]{40,200}|AGE-SECRET-KEY-1[A-Z0-9]{58})(?![A-Za-z0-9_-])/g;

/** Key strings and age identities, told from look-alikes by their checksums. */
export function inspectKeys(what: string, content: Uint8Array): Finding[] {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (!MARKS.some((mark) => buffer.includes(mark))) return [];
  const text = buffer.toString("latin1");
  return [...text.matchAll(KEY)].flatMap((match) => {
    if (!isKey(match[0])) return [];
    const line = plainLine(content, match.index);
    const kind = match[0].startsWith("esk_") ? "an envseal key string" : "an age identity";
    return [
      {
        rule: "key-in-file" as const,
        path: what,
        line,
        message: `${what}${line === undefined ? "" : ` line ${line}`} holds ${kind}`,
        fix: "take it out; if it was ever pushed, revoke it (envseal revoke NAME) and make a new one",
      },
    ];
  });
}

function isKey(text: string): boolean {
  if (!text.startsWith("esk_")) return parseIdentity(text) !== null;
  try {
    parseKeyString(text, "a file");
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
