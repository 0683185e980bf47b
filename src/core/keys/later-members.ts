import { EnvsealError } from "../../errors.ts";
import { accessCounts } from "../authority/access-entry.ts";
import { type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { scopeOf } from "../authority/authority-of.ts";
import type { Environment, Manifest } from "../authority/manifest.ts";

/** An environment whose statement and settings were found genuine. */
interface Opening extends Environment {
  manifest: Manifest;
  environment: string;
  head: AuthorityStatement;
  listsVault(path: string): boolean;
}

/**
 * Members of format 1 that this release reads, signs and merges, and cannot act on yet: an environment on which one of them has
 * a say does not open, since it would open with other values, or for other people, than were meant. Entries and listings that
 * are not genuine have none: anybody can write them.
 * @throws UNSUPPORTED_FORMAT
 */
export function refuseUnsupported(opening: Opening): void {
  const { manifest, environment, head, statement, access, settings } = opening;
  const until = Object.entries(access).find(
    ([name, entry]) => entry.until !== undefined && accessCounts(head, scopeOf(manifest, environment), statement.revision, name, entry),
  );
  const below = Object.entries(manifest.vaults).find(([path, vault]) => vault.below !== undefined && opening.listsVault(path));
  const found = [
    ["extends", ownMember(head.environments, environment)?.extends],
    ["groups", head.groups],
    ["postQuantum", statement.postQuantum],
    ["inherits", settings.inherits],
    ["expand", settings.expand],
    ["until", until],
    ["below", below],
  ].find(([, value]) => value !== undefined);
  if (found === undefined) return;
  throw new EnvsealError("UNSUPPORTED_FORMAT", `${environment} uses "${found[0]}", which this release does not know how to follow`, {
    hint: "install a newer envseal",
  });
}
