import { authorityOf, entryOf, environmentEntries } from "./authority-of.ts";
import { cutOf } from "./environment-statement.ts";
import type { Manifest } from "./manifest.ts";

/** True for a second manifest of one project. A vault belongs to one place: readers refuse a copy that lies below the other. */
export function isCopy(one: Manifest, other: Manifest): boolean {
  return one.project === other.project;
}

/**
 * Why a copy, such as a bundle, is not what the other manifest of its project says now: where it is deployed alone, what was taken
 * away since holds there. Null where nothing was, and where the copy is the newer one. Needs no key.
 */
export function whyBehind(copy: Manifest, other: Manifest): string | null {
  const [own, its] = [authorityOf(copy), authorityOf(other)];
  if (own.headDigest !== its.headDigest) {
    if (its.contains(own.headDigest)) return "its authority is older";
    return own.contains(its.headDigest) ? null : "its authority is of another line";
  }
  // A rotator takes access away without a step of the authority.
  const low = environmentEntries(copy).find(([environment, { statement }]) => {
    const now = entryOf(other, environment);
    const cut = now === undefined ? undefined : cutOf(now.statement);
    return cut !== undefined && !Object.hasOwn(statement.keys, cut.keyId);
  });
  return low === undefined ? null : `its keys of ${low[0]} are from before somebody lost access`;
}
