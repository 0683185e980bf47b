import type { Authority, AuthorityStatement } from "./authority.ts";
import { type EnvironmentStatement, environmentProblem } from "./environment-statement.ts";
import type { Scope } from "./statement.ts";

/** What a machine remembers of the newest authority it accepted. */
export interface SeenAuthority {
  head: AuthorityStatement;
  headDigest: string;
  /** Every digest of that list, the head's too. */
  digests: string[];
}

/**
 * Where a checkout is, compared with what the machine saw last: the same or newer, older, or on a branch that went its own
 * way. Only a list that contains the newest statement seen moves the record on.
 */
export function standingOf(authority: Authority, seen: SeenAuthority): "current" | "older" | "parted" {
  if (authority.contains(seen.headDigest)) return "current";
  return seen.digests.includes(authority.headDigest) ? "older" : "parted";
}

/**
 * True if an environment of a checkout that is not current may still be read: nothing of it was replaced since, and who
 * signed it has the right to this day. Somebody who left cannot bring back what they signed, nor what they could open.
 */
export function stillHolds({ head }: SeenAuthority, scope: Scope, statement: EnvironmentStatement): boolean {
  return environmentProblem(head, scope, statement) === null;
}
