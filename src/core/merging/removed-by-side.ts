import { type AccessEntry, signedPart } from "../authority/access-entry.ts";
import { ownMember } from "../authority/authority.ts";
import { authorityOf, entryOf, environmentEntries, environmentNames, environmentOf, withoutUnnamed } from "../authority/authority-of.ts";
import type { Manifest } from "../authority/manifest.ts";
import { onlySignature } from "../authority/statement.ts";
import { countsIn, type Holders, holdersOf, type Marks, marksOf } from "../keys/holders.ts";
import { withEntry } from "../keys/manifest-edits.ts";
import type { Side } from "./merge.ts";

/**
 * In a merge a removal wins, whatever stands in the files. An entry that does not count on its own side is absent there. Who counted
 * in an environment before, and on one side does not any more, was removed by that side, and gets in by nothing that the other side
 * has. Who counts nowhere any more on one side was revoked by it, and no other environment or role of the other side lets them in.
 */

/** The sides of a merge, and what they go on from. */
export interface Sides {
  base: Manifest | null;
  ours: Manifest;
  theirs: Manifest;
  /** What each side's own commits held since the base, where that is known: whoever was let in and put out again was removed, too. */
  lines?: Record<Side, readonly Manifest[]>;
  /** What was before the base, where that is known: an entry of then that the base lacks was put back by whoever kept it. */
  earlier?: readonly Manifest[];
}

/**
 * Why an entry is left out: one side took this access away, or all that they had; there is no base that would tell a grant from a
 * removal; it is an old one that somebody put back; or it counted on no side.
 */
export type LeftOutBecause = "removed" | "revoked" | "one-sided" | "old" | "dead";

export interface LeftOut {
  environment: string;
  name: string;
  recipient: string;
  /** Who gave it, as it says. */
  by: string;
  why: LeftOutBecause;
  /** The side that has it. */
  side: Side;
}

/** Whom one side took something from. */
interface Removed {
  access: ReadonlyMap<string, Marks>;
  roles: Marks;
  everywhere: Marks;
}

/**
 * The versions of a merge with what counts alone, and without what either side removed.
 * @throws FORGED_MANIFEST where a side lacks the keys of an environment that its authority names: that is no removal
 */
export function withoutRemoved(asked: Sides): { base: Manifest | null; ours: Manifest; theirs: Manifest; leftOut: LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const given = { ...asked, ours: withoutOld(asked, "ours", leftOut), theirs: withoutOld(asked, "theirs", leftOut) };
  const removed = removedBySides(given);
  for (const side of [given.ours, given.theirs]) for (const name of environmentNames(side)) environmentOf(side, name);
  const both = [removed.ours, removed.theirs];
  const ours = cleaned(given.ours, [removed.theirs], (...entry) => append(given, "ours", removed.theirs, entry, leftOut));
  const theirs = cleaned(given.theirs, [removed.ours], (...entry) => append(given, "theirs", removed.ours, entry, leftOut));
  return { base: given.base === null ? null : cleaned(given.base, both, () => {}), ours, theirs, leftOut };
}

/** A side without the entries that stood before the base and were gone there: the same signature says that nobody gave them again. */
function withoutOld({ base, earlier = [], ...sides }: Sides, side: Side, leftOut: LeftOut[]): Manifest {
  const signaturesIn = (manifest: Manifest) =>
    Object.values(manifest.environments).flatMap(({ access }) => Object.values(access).map(({ signatures }) => JSON.stringify(signatures)));
  const kept = new Set(base === null ? [] : signaturesIn(base));
  const old = new Set(base === null ? [] : earlier.flatMap(signaturesIn).filter((signature) => !kept.has(signature)));
  let next = sides[side];
  if (old.size === 0) return next;
  for (const [environment, { access }] of environmentEntries(next))
    for (const [name, entry] of Object.entries(access)) {
      if (!old.has(JSON.stringify(entry.signatures))) continue;
      const { [name]: _, ...others } = entryOf(next, environment)?.access ?? {};
      next = withEntry(next, environment, { access: others });
      leftOut.push({ environment, name, recipient: entry.recipient, by: onlySignature(entry)?.name ?? "nobody", why: "old", side });
    }
  return next;
}

function cleaned(manifest: Manifest, by: readonly Removed[], tell: (environment: string, name: string) => void): Manifest {
  let next = withoutUnnamed(manifest);
  for (const [environment, { access }] of environmentEntries(next)) {
    const left = Object.entries(access).filter(
      ([name, entry]) => !countsIn(manifest, environment, name, entry) || by.some((one) => takes(one, environment, marksOf(name, entry))),
    );
    if (left.length === 0) continue;
    const names = new Set(left.map(([name]) => name));
    const kept = Object.entries(access).filter(([name]) => !names.has(name));
    next = withEntry(next, environment, { access: Object.fromEntries(kept) });
    for (const name of names) tell(environment, name);
  }
  return next;
}

function takes({ access, everywhere }: Removed, environment: string, marks: readonly string[]): boolean {
  return marks.some((mark) => everywhere.has(mark) || access.get(environment)?.has(mark));
}

/** No word is needed of what stood so in the base already, and one side took out, nor of what counts on the other side. */
function append(given: Sides, side: Side, by: Removed, [environment, name]: [string, string], leftOut: LeftOut[]): void {
  const [own, other] = side === "ours" ? [given.ours, given.theirs] : [given.theirs, given.ours];
  const entryIn = (manifest: Manifest | null) => manifest && ownMember(entryOf(manifest, environment)?.access ?? {}, name);
  const entry = entryIn(own) as AccessEntry;
  const [there, before] = [entryIn(other), entryIn(given.base)];
  const isDead = there != null && !countsIn(other, environment, name, there);
  const tell = (why: LeftOutBecause) =>
    leftOut.push({ environment, name, recipient: entry.recipient, by: onlySignature(entry)?.name ?? "nobody", why, side });
  if (!countsIn(own, environment, name, entry)) {
    if (there == null || (isDead && side === "ours")) tell("dead");
  } else if (given.base === null) tell("one-sided");
  else if (isDead || before == null || signedText(name, before) !== signedText(name, entry))
    tell(marksOf(name, entry).some((mark) => by.everywhere.has(mark)) ? "revoked" : "removed");
}

function signedText(name: string, entry: AccessEntry): string {
  return JSON.stringify(signedPart(name, entry));
}

/** Whom a side took every role from, or all that they had: a role that the other side gave them goes, too. */
export function losesRole(given: Sides): (name: string, role: { recipient?: string; signer?: string }) => boolean {
  const both = Object.values(removedBySides(given));
  return (name, role) => marksOf(name, role).some((mark) => both.some(({ roles, everywhere }) => roles.has(mark) || everywhere.has(mark)));
}

/** Without a base, whatever one side alone has may have been removed by the other. */
function removedBySides({ base, ours, theirs, lines }: Sides): Record<Side, Removed> {
  const now = { ours: holdersOf(ours), theirs: holdersOf(theirs) };
  const common = base === null ? [now.ours, now.theirs] : [holdersOf(base)];
  const by = (side: Side, known = authorityOf(side === "ours" ? ours : theirs)) => {
    // Of a commit that anybody made, only what goes on under an authority of this side says anything.
    const line = lines?.[side].filter((one) => one.project === ours.project && known.contains(authorityOf(one).headDigest)) ?? [];
    return removedBy([...common, ...line.map(holdersOf)], now[side]);
  };
  return { ours: by("ours"), theirs: by("theirs") };
}

function removedBy(before: readonly Holders[], now: Holders): Removed {
  const gone = (had: (holders: Holders) => Marks | undefined, has: Marks) =>
    new Set(before.flatMap((holders) => [...(had(holders) ?? [])].filter((mark) => !has.has(mark))));
  // Whether an environment is there at all, the authority says.
  const access = [...now.access].map(([environment, has]) => [environment, gone(({ access: had }) => had.get(environment), has)] as const);
  return { access: new Map(access), roles: gone(({ roles }) => roles, now.roles), everywhere: gone(({ all }) => all, now.all) };
}
