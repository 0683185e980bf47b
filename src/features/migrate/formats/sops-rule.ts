import { RE2JS } from "re2js";
import { EnvsealError } from "../../../errors.ts";
import { damaged } from "./imported.ts";

/**
 * Which values of a SOPS file are encrypted; a file has at most one such rule, `_unencrypted` as a suffix by default. It is to be
 * asked of each item once, in the file's order: a rule may be about the comments above. A comment has no name.
 */
export interface SopsRule {
  encrypted: (item: { name: string | null; text: string }) => boolean;
}

const RULES = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

const MAX_SOURCE = 1000;
/** Instructions of the compiled expression, times characters: under a second. Two thousand variables take a hundredth of it. */
const MAX_WORK = 1 << 25;

/** @throws TAMPERED for two rules, UNSUPPORTED_FORMAT for a regular expression that Go does not read, or that costs too much */
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
  const matches = goPattern(text, label);
  if (!kind.includes("comment")) return { encrypted: ({ name }) => (name !== null && matches(name)) !== open };
  // The comment that switches encryption on is itself not encrypted.
  let above = false;
  return {
    encrypted: ({ name, text }) => {
      const before = above;
      if (name === null) above ||= matches(text);
      else above = false;
      return (name === null && open ? above : before) !== open;
    },
  };
}

/**
 * Whether a text matches, in Go's own syntax and in time that grows with the text alone: the rule stands in a file that anybody
 * may have written, and is followed before a MAC can be checked. What all texts together may cost is bounded.
 */
function goPattern(source: string, label: string): (text: string) => boolean {
  const refused = () =>
    new EnvsealError("UNSUPPORTED_FORMAT", `${label} chooses what is encrypted by a regular expression that cannot be read here`, {
      hint: "write a simpler one into .sops.yaml and encrypt the file again with sops, then import it",
    });
  if (source.length > MAX_SOURCE) throw refused();
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch {
    throw refused();
  }
  let work = 0;
  return (text) => {
    work += pattern.programSize() * (text.length + 1);
    if (work > MAX_WORK) throw refused();
    return pattern.test(text);
  };
}
