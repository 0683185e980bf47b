import { EnvsealError } from "../errors.ts";
import { type Authority, type AuthorityStatement, ownMember, pinOfDigest } from "./authority.ts";
import { authorityOf, headOf, scopeOf } from "./authority-of.ts";
import { type EnvironmentStatement, environmentProblem } from "./environment-statement.ts";
import { isAddedSince } from "./made-again.ts";
import type { Manifest } from "./manifest.ts";
import { keysBelow } from "./reach.ts";

/** What a machine remembers of the newest authority of a project that it accepted. */
export interface SeenProject {
  /** The statement that was in force, and the digests of all listed ones, its own last. */
  head: AuthorityStatement;
  digests: string[];
  /** By environment, the newest statement seen, the floor it set, and whether the person's key opened it here. */
  environments: Record<string, { revision: number; floor: string; opened?: true }>;
}

/** What says which authority is the right one. */
export interface Anchor {
  /** Pins that an operator gave: with a key string, in ENVSEAL_PIN. */
  pins: readonly Uint8Array[];
  seen: SeenProject | null;
}

/**
 * How a manifest compares with what is trusted: `match` the same authority · `newer` it goes on from there · `older`, `parted`
 * from before, or of a branch that went its own way · `first` nothing is known of the project here.
 */
export type Verdict = "match" | "newer" | "older" | "parted" | "first";

/**
 * Checks the authority of a manifest from what is trusted on (FORMAT.md section 3, Pins).
 * @throws FORGED_MANIFEST for a statement that nobody signed who may, PIN_MISMATCH where the list leads to nothing that is trusted
 */
export function trust(manifest: Manifest, { pins, seen }: Anchor): Verdict {
  const authority = authorityOf(manifest);
  const pinned = pins.map((pin) => digestOfPin(authority, pin));
  // Whatever came before the newest one, that one names by digest.
  const last = authority.digests.findLast((digest) => pinned.includes(digest));
  if (last !== undefined) authority.verifyFrom(last);
  if (seen === null) {
    if (last !== undefined) return last === authority.headDigest ? "match" : "newer";
    authority.verifyWhole();
    return "first";
  }
  const newest = seen.digests.at(-1) as string;
  if (authority.contains(newest)) {
    authority.verifyFrom(newest);
    return authority.headDigest === newest ? "match" : "newer";
  }
  const known = new Set(seen.digests);
  const common = authority.digests.findLast((digest) => known.has(digest));
  if (common === undefined) throw mismatch("nothing in the authority of this manifest was ever seen on this machine", PERSON);
  authority.verifyFrom(common);
  return known.has(authority.headDigest) ? "older" : "parted";
}

/**
 * Checks the authority of a manifest from what an earlier one of the project had: whether it goes on from there, goes back, or went
 * its own way, what was signed since is genuine.
 * @throws FORGED_MANIFEST, PIN_MISMATCH where the two have nothing in common
 */
export function verifySince(before: Manifest, after: Manifest): void {
  const [base, authority] = [authorityOf(before), authorityOf(after)];
  const common = authority.digests.findLast((digest) => base.contains(digest));
  if (common === undefined) throw mismatch("its authority has nothing in common with the one before: somebody made a new one", ROOT);
  authority.verifyFrom(common);
}

/** True where the two lists share no statement: one of them was begun again. Of one project alone this says anything. */
export function isOtherRoot(before: Manifest, after: Manifest): boolean {
  const base = authorityOf(before);
  return !authorityOf(after).digests.some((digest) => base.contains(digest));
}

/** Checks an authority of which nothing is known: that its own admins signed it. @throws FORGED_MANIFEST */
export function verifyAlone(manifest: Manifest): void {
  authorityOf(manifest).verifyWhole();
}

/**
 * True where a manifest is older than what was seen, or parted from it, and the pin is of what both have: it says nothing of which
 * of the two is right. A pin that was noted in good time leads to either.
 */
export function isPinOfBoth(manifest: Manifest, pin: Uint8Array, seen: SeenProject): boolean {
  const authority = authorityOf(manifest);
  return !authority.contains(seen.digests.at(-1) as string) && seen.digests.includes(authority.findPin(pin) ?? "");
}

/** True where the authority in force was seen here, and a newer one since. */
export function isBehind(manifest: Manifest, { digests }: SeenProject): boolean {
  const { headDigest } = authorityOf(manifest);
  return headDigest !== digests.at(-1) && digests.includes(headDigest);
}

const ROOT =
  "take envseal.json from git again; where every admin was lost and the root is new on purpose, everybody confirms its pin: envseal pin confirm";
const PERSON =
  "the manifest may be forged or from another line of history: compare pins with a teammate (envseal status); only if theirs is the manifest's, envseal pin confirm; else git log -- envseal.json tells which commit put it there, to be taken back with git revert";
const TYPED =
  "compare it with what you were told, letter by letter; where it is right, the checkout is older than the pin (git pull), or the manifest is forged: ask whoever told you (envseal pin)";
const OPERATOR =
  "the checkout is older than the key, or the manifest is forged: deploy the newest commit, or create the deploy key again after comparing pins";

function mismatch(message: string, hint: string): EnvsealError {
  return new EnvsealError("PIN_MISMATCH", message, { hint });
}

function digestOfPin(authority: Authority, pin: Uint8Array): string {
  const digest = authority.findPin(pin);
  if (digest === undefined) throw mismatch("the authority of this manifest does not lead to the pin that was given", OPERATOR);
  return digest;
}

/** Checks that a manifest's authority leads to a pin that a person typed. @throws PIN_MISMATCH, FORGED_MANIFEST */
export function trustTyped(manifest: Manifest, pin: Uint8Array): void {
  if (authorityOf(manifest).findPin(pin) === undefined)
    throw mismatch("the authority of this manifest does not lead to the pin that was given", TYPED);
  trust(manifest, { pins: [pin], seen: null });
}

/** The pin of the authority in force: 16 bytes. */
export function pinOfManifest(manifest: Manifest): Uint8Array {
  return pinOfDigest(authorityOf(manifest).headDigest);
}

/**
 * Why an environment of a checkout should not be read, though its authority is genuine: since it was signed, somebody lost
 * access or a right, or its floor was raised. Null where nothing speaks against it.
 */
export function outdated(
  manifest: Manifest,
  environment: string,
  statement: EnvironmentStatement,
  verdict: Verdict,
  seen: SeenProject | null,
): string | null {
  if (seen === null) return null;
  if (verdict === "older" || verdict === "parted") {
    const problem = environmentProblem(seen.head, scopeOf(manifest, environment), statement);
    if (problem === "not listed") return "it was removed since";
    if (problem === "unsigned" || problem === "too high") return "whoever signed it has no right to any more";
    if (problem === "replaced") return "somebody lost access since";
  }
  const known = ownMember(seen.environments, environment);
  if (
    known === undefined ||
    keepsFloor(headOf(manifest), statement, known) ||
    isFencedOff(manifest, environment, seen) ||
    isAnother(manifest, environment, seen)
  )
    return null;
  return "its floor was raised since";
}

/**
 * True where an admin, in an authority that goes on from what was seen, signed that nothing of what was seen counts any more, and the
 * statement does not know the key that was seen: it was thrown away. A floor whose key it knows is lowered by nobody.
 */
function isFencedOff(manifest: Manifest, environment: string, seen: SeenProject | null): boolean {
  const statement = ownMember(manifest.environments, environment)?.statement;
  const floor = ownMember(seen?.environments ?? {}, environment)?.floor;
  if (seen === null || statement === undefined || floor === undefined || Object.hasOwn(statement.keys, floor)) return false;
  if (!isByAdmin(headOf(manifest), statement)) return false;
  const authority = authorityOf(manifest);
  const lowest = ownMember(authority.head.environments, environment)?.lowest ?? 0;
  return authority.contains(seen.digests.at(-1) as string) && lowest > (ownMember(seen.environments, environment)?.revision ?? lowest);
}

type SeenEnvironment = SeenProject["environments"][string];

function keepsFloor(head: AuthorityStatement, statement: EnvironmentStatement, known: SeenEnvironment): boolean {
  if (known.floor === statement.floor || keysBelow(statement, statement.floor).includes(known.floor)) return true;
  return isBelowDestroyed(statement, known.floor) || (isJoin(statement, known) && isByAdmin(head, statement));
}

/** A rotator raises floors; only an admin joins two branches of which one had raised it. */
function isByAdmin({ admins }: AuthorityStatement, { signatures }: EnvironmentStatement): boolean {
  return ownMember(admins, Object.keys(signatures)[0] ?? "") !== undefined;
}

/** To a key that was destroyed no link leads any more; its version says that it came before the floor. */
function isBelowDestroyed({ keys, floor }: EnvironmentStatement, seen: string): boolean {
  const [gone, now] = [ownMember(keys, seen), ownMember(keys, floor)];
  return gone?.state === "destroyed" && gone.version < (now?.version ?? 0);
}

/**
 * Two rotations that were joined leave the floor below until the vaults are sealed: the third key was made in a statement later than
 * the one that was seen, and links to both. No other later statement lowers a floor, whoever signed it.
 */
function isJoin({ keys, active }: EnvironmentStatement, seen: SeenEnvironment): boolean {
  const key = ownMember(keys, active);
  if (key?.reason !== "merge" || key.revision <= seen.revision || Object.keys(key.links).length < 2) return false;
  return keysBelow({ keys }, active).includes(seen.floor);
}

/** True where the environment that was seen was removed, or given up in a merge: what was seen of it says nothing of this one. */
export function isAnother(manifest: Manifest, environment: string, seen: SeenProject): boolean {
  const authority = authorityOf(manifest);
  const lowest = ownMember(authority.head.environments, environment)?.lowest ?? 0;
  const isAbove = lowest > (ownMember(seen.environments, environment)?.revision ?? 0);
  if (!isAbove || !authority.contains(seen.digests.at(-1) as string)) return false;
  return isAddedSince(authority, (digest) => seen.digests.includes(digest), environment);
}

/** True where this environment's statement is from before what was seen, and nothing else speaks against it. */
export function isEarlier(statement: EnvironmentStatement, environment: string, seen: SeenProject | null): boolean {
  return seen !== null && statement.revision < (ownMember(seen.environments, environment)?.revision ?? 0);
}

/**
 * What to remember after a manifest was accepted that is not behind what was seen. An environment that is behind stays as it was
 * seen: what was accepted may be another one.
 * @param opened the environment that the person's key opened just now
 */
export function nowSeen(manifest: Manifest, seen: SeenProject | null, opened?: string): SeenProject {
  const authority = authorityOf(manifest);
  const environments: SeenProject["environments"] = {};
  for (const name of Object.keys(authority.head.environments)) {
    const statement = ownMember(manifest.environments, name)?.statement;
    const before = seen === null || isAnother(manifest, name, seen) ? undefined : ownMember(seen.environments, name);
    const isSound = statement !== undefined && environmentProblem(authority.head, scopeOf(manifest, name), statement) === null;
    const goesOn = (from: SeenEnvironment, to: EnvironmentStatement) =>
      from.revision <= to.revision && (keepsFloor(authority.head, to, from) || isFencedOff(manifest, name, seen));
    const isNewer = isSound && (before === undefined || goesOn(before, statement));
    const newest = isNewer ? { revision: statement.revision, floor: statement.floor } : before;
    if (newest === undefined) continue;
    environments[name] = { ...newest, ...((before?.opened === true || name === opened) && { opened: true }) };
  }
  return { head: authority.head, digests: authority.digests, environments };
}
