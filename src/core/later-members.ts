import { EnvsealError } from "../errors.ts";
import { accessCounts } from "./access-entry.ts";
import { ownMember } from "./authority.ts";
import { scopeOf } from "./authority-of.ts";
import type { Keyring } from "./keyring.ts";

/**
 * Members of format 1 that this release reads, signs and merges, and cannot act on yet: an environment on which one of them has
 * a say does not open, since it would open with other values, or for other people, than were meant. Entries and listings that
 * are not genuine have none: anybody can write them.
 * @param keyring whose statement and settings were found genuine
 * @throws UNSUPPORTED_FORMAT
 */
export function refuseUnsupported(keyring: Keyring): void {
  const { manifest, environment, head, statement, access, settings } = keyring;
  const until = Object.entries(access).find(
    ([name, entry]) => entry.until !== undefined && accessCounts(head, scopeOf(manifest, environment), statement.revision, name, entry),
  );
  const below = Object.entries(manifest.vaults).find(([path, vault]) => vault.below !== undefined && keyring.listsVault(path));
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
