import { EnvsealError } from "../../errors.ts";
import { type ScannedAssignment, scanAssignment } from "./assignment.ts";

const BARE = /^[\w./:@%+,=~!?*^-]+$/;

/**
 * The right-hand side that dotenv reads back as exactly `value`, whatever lines follow it.
 * @param quote the kind to take where it fits: one of the three, or "" for none
 * @throws BAD_VALUE where dotenv's syntax has no text for the value (a NUL; all three quotes beside a line break and `#`).
 */
export function quoteValue(value: string, name: string, quote?: string): string {
  if (value.includes("\0")) {
    throw new EnvsealError("BAD_VALUE", `the value of ${name} holds a NUL character`, { hint: "encode it, for example as base64" });
  }
  const isFree = (kind: string) => kind === "" || !value.includes(kind);
  if (quote !== undefined && isFree(quote) && readsBack(quote + value + quote, value)) return quote + value + quote;
  if (value === "" || BARE.test(value)) return value;
  const escaped = value.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  // dotenv reads 'O'Brien' to its end, and whatever else reads the file (node --env-file, a shell) to the first quote.
  const kinds = ["'", '"', "`"].sort((a, b) => Number(isFree(b)) - Number(isFree(a)));
  const candidates = [...kinds.map((kind) => kind + value + kind), `"${escaped}"`, value];
  const fit = candidates.find((candidate) => readsBack(candidate, value));
  if (fit !== undefined) return fit;
  throw new EnvsealError("BAD_VALUE", `dotenv syntax has no way to write the value of ${name}`, {
    hint: "it mixes all kinds of quotes with line breaks or #; encode it, for example as base64",
  });
}

function readsBack(candidate: string, value: string): boolean {
  const scanned = scanAssignment(`X=${candidate}`, 0) as ScannedAssignment;
  return scanned.value === value && closesHere(candidate);
}

/** dotenv looks past a quote that has a backslash before it, into the lines that follow: one without must end the search. */
function closesHere(candidate: string): boolean {
  const quote = candidate[0] as string;
  if (!"'\"`".includes(quote)) return true;
  for (let at = candidate.indexOf(quote, 1); at !== -1; at = candidate.indexOf(quote, at + 1)) {
    if (candidate[at - 1] !== "\\") return true;
  }
  return false;
}
