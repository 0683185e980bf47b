import { oneOf } from "../../core/authority/admins.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { EnvsealError } from "../../errors.ts";
import { recoveryPaths } from "../../workspace/recovery-paths.ts";

/** What is left where no one may join two branches: guards let no side be taken whole. */
export const LEAVE_UNMERGED = "leave the other branch unmerged (git merge --abort), and do again on this one what is wanted of it";

/**
 * Who can join the sides of a merge: whoever is an admin on each of them. Where two admins removed each other, neither is, and each
 * side names the other.
 */
export function needsAdminOfAll(manifests: readonly Manifest[]): EnvsealError {
  const names = adminsOfAll(manifests);
  const words = new Set(manifests.flatMap((manifest) => recoveryPaths(manifest).map(({ name }) => name)));
  const people = names.filter((name) => !words.has(name));
  const why = "it takes an admin of both sides to join them";
  if (people.length > 0)
    return new EnvsealError("NEEDS_ADMIN", `${why}: ${oneOf(people)}`, {
      hint: `ask ${people.length === 1 ? "them" : "one of them"} to run: envseal resolve, in the same merge`,
    });
  if (names.length > 0)
    return new EnvsealError("NEEDS_ADMIN", `${why}, and ${oneOf(names)} alone is one: each side removed the other's admins`, {
      hint: `${LEAVE_UNMERGED}; or, with the recovery words, on the branch that removed you: envseal recovery use --admin --allow-older; commit that, and merge again`,
    });
  return new EnvsealError("NEEDS_ADMIN", `${why}, and nobody is one: each side removed the other's admins`, { hint: LEAVE_UNMERGED });
}

function adminsOfAll(manifests: readonly Manifest[]): string[] {
  const [first, ...others] = manifests.map((manifest) => headOf(manifest).admins);
  const isAdmin = (name: string, signer: string) => others.every((admins) => ownMember(admins, name)?.signer === signer);
  return Object.entries(first ?? {})
    .filter(([name, { signer }]) => isAdmin(name, signer))
    .map(([name]) => name)
    .sort();
}
