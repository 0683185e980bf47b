import { EnvsealError } from "../errors.ts";
import { damaged } from "./imported.ts";

/** Which values of a SOPS file are encrypted; a file has at most one such rule, `_unencrypted` as a suffix by default. */
export interface SopsRule {
  encrypted: (about: { name: string | null; comments: readonly string[] }) => boolean;
}

const RULES = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

/** @throws TAMPERED for two rules, UNSUPPORTED_FORMAT for a regular expression that JavaScript would read otherwise */
export function parseRule(metadata: ReadonlyMap<string, string>, label: string): SopsRule {
  const given = RULES.filter((rule) => (metadata.get(rule) ?? "") !== "");
  if (given.length > 1) throw damaged(`${label} has both sops_${given[0]} and sops_${given[1]}, and a file has one of them`);
  const [kind = "unencrypted_suffix"] = given;
  const text = metadata.get(kind) || "_unencrypted";
  const open = kind.startsWith("unencrypted");
  if (kind.endsWith("_suffix")) {
    // Comments have no name: a rule about names leaves them to its other half.
    return { encrypted: ({ name }) => (name?.endsWith(text) ?? false) !== open };
  }
  const pattern = goRegExp(text, label);
  if (!kind.includes("comment")) return { encrypted: ({ name }) => (name !== null && pattern.test(name)) !== open };
  return {
    encrypted: ({ name, comments }) => {
      // The comment that switches encryption on is itself not encrypted.
      const above = name === null && !open ? comments.slice(0, -1) : comments;
      return above.some((comment) => pattern.test(comment)) !== open;
    },
  };
}

/** What Go's syntax shares with JavaScript's; the MAC would notice a name that was put on the wrong side. */
function goRegExp(text: string, label: string): RegExp {
  const flags = /^\(\?([ims]{1,3})\)/.exec(text);
  const body = flags === null ? text : text.slice(flags[0].length);
  const foreign = /\\[AzQEpPC\d]|\[\[:|\(\?(?!:)/.test(body);
  try {
    if (!foreign && text.length <= 1000) return new RegExp(body, [...new Set(flags?.[1] ?? "")].join(""));
  } catch {
    // Told below.
  }
  throw new EnvsealError("UNSUPPORTED_FORMAT", `${label} chooses what is encrypted by a regular expression that cannot be read here`, {
    hint: "write a simpler one into .sops.yaml and encrypt the file anew with sops, then import it",
  });
}
