import { type AuthorityStatement, ownMember } from "./authority.ts";
import { authorityOf, headOf, scopeOf } from "./authority-of.ts";
import { cutOf, type EnvironmentStatement, environmentProblem } from "./environment-statement.ts";
import { isAddedSince } from "./made-again.ts";
import type { Manifest } from "./manifest.ts";
import { brokenBy, keysSeen, type SeenKeys } from "./seen-keys.ts";

/** What a machine remembers of the newest authority of a project that it accepted. */
export interface SeenProject {
  /** The statement that was in force, and the digests of all listed ones, its own last. */
  head: AuthorityStatement;
  digests: string[];
  environments: Record<string, SeenEnvironment>;
}

/** The key that opened an environment just now, a person's. */
export interface Opened {
  environment: string;
  recipient: string;
}

/** Identities of one person that are remembered. */
export const MAX_OPENED = 32;

/** Of one environment: the newest statement that was seen. */
export interface SeenEnvironment extends SeenKeys {
  revision: number;
  /** What the authority said was the lowest then. */
  lowest: number;
  /** By recipient of the keys that opened it here, the revision that it was of then. */
  opened?: Record<string, number>;
}

const BROKEN = {
  floor: "its floor was raised since",
  keys: "a key that was seen is destroyed or has another number in it, and no admin signed that",
};

/** The one reason that a person can settle alone: by saying which of the two branches stays. */
export const OTHER_BRANCH = "its key was replaced on two branches, and this machine has seen the key of the other one";

/**
 * Why an environment of a checkout should not be read, though its authority is genuine: since it was signed, somebody lost
 * access or a right, or its floor was raised; or a key is other than it was. Null where nothing speaks against it.
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
    if (problem === "replaced") return "somebody lost access since";
    if (problem !== null) return "whoever signed it has no right to any more";
  }
  const known = ownMember(seen.environments, environment);
  if (known === undefined || isEnded(manifest, environment, statement, seen) || isAnother(manifest, environment, seen)) return null;
  const isAdmins = isByAdmin(headOf(manifest), statement);
  const broken = brokenBy(statement, known, { isAdmins, isRaised: isRaised(manifest, environment, seen) });
  if (broken === "floor" && isAdmins && isOtherBranch(statement, known, lowestOf(headOf(manifest), environment))) return OTHER_BRANCH;
  return broken && BROKEN[broken];
}

/**
 * True where an admin's floor is no older than the one that was seen, was there when `lowest` was set, and does not lead to it: both were
 * made on branches of which one was dropped. Two admins who take somebody's access away from one base sign the same authority, so
 * that no pin tells the two apart.
 */
function isOtherBranch({ keys, floor }: EnvironmentStatement, known: SeenEnvironment, lowest: number): boolean {
  const key = ownMember(keys, floor);
  const seen = ownMember(known.keys, known.floor);
  return key !== undefined && seen !== undefined && key.version >= seen.version && key.revision <= lowest;
}

/** A rotator raises floors; only an admin destroys a key, or joins two branches of which one had raised the floor. */
function isByAdmin({ admins }: AuthorityStatement, { signatures }: EnvironmentStatement): boolean {
  return ownMember(admins, Object.keys(signatures)[0] ?? "") !== undefined;
}

function lowestOf({ environments }: AuthorityStatement, environment: string): number {
  return ownMember(environments, environment)?.lowest ?? 0;
}

/** True where an admin, in an authority that goes on from what was seen, has said since that nothing older counts. */
function isRaised(manifest: Manifest, environment: string, seen: SeenProject): boolean {
  const authority = authorityOf(manifest);
  const known = ownMember(seen.environments, environment);
  return authority.contains(seen.digests.at(-1) as string) && lowestOf(authority.head, environment) > (known?.lowest ?? 0);
}

/**
 * True where what was seen of an environment was thrown away, and an admin said so: nothing older counts, and the floor is a key made
 * since. Revisions are not asked: those that were thrown away may have been higher.
 */
function isEnded(manifest: Manifest, environment: string, { floor }: EnvironmentStatement, seen: SeenProject): boolean {
  const known = ownMember(seen.environments, environment);
  return known !== undefined && !Object.hasOwn(known.keys, floor) && isRaised(manifest, environment, seen);
}

/** True where the environment that was seen was removed, or given up in a merge: what was seen of it says nothing of this one. */
export function isAnother(manifest: Manifest, environment: string, seen: SeenProject): boolean {
  return (
    isRaised(manifest, environment, seen) && isAddedSince(authorityOf(manifest), (digest) => seen.digests.includes(digest), environment)
  );
}

/** True where this environment's statement is from before what was seen, and nothing else speaks against it. */
export function isEarlier(manifest: Manifest, environment: string, statement: EnvironmentStatement, seen: SeenProject | null): boolean {
  if (seen === null || statement.revision >= (ownMember(seen.environments, environment)?.revision ?? 0)) return false;
  return !isEnded(manifest, environment, statement, seen) && !isAnother(manifest, environment, seen);
}

/**
 * What to remember after a manifest was accepted that is not behind what was seen. An environment that is behind stays as it was
 * seen: what was accepted may be another one.
 * @param chosen environments of which a person says that the branch here is the one that stays
 */
export function nowSeen(manifest: Manifest, seen: SeenProject | null, opened?: Opened, chosen: readonly string[] = []): SeenProject {
  const authority = authorityOf(manifest);
  const environments: SeenProject["environments"] = {};
  for (const name of Object.keys(authority.head.environments)) {
    const statement = ownMember(manifest.environments, name)?.statement;
    const before = seen === null || isAnother(manifest, name, seen) ? undefined : ownMember(seen.environments, name);
    const newest = newestOf(manifest, name, statement, before, seen, chosen.includes(name)) ?? before;
    if (newest === undefined) continue;
    const known = openedBy(before, name === opened?.environment ? { [opened.recipient]: statement?.revision ?? 0 } : {});
    environments[name] = { ...newest, ...(known !== undefined && { opened: known }) };
  }
  return { head: authority.head, digests: authority.digests, environments };
}

/** The last of those that opened it. */
function openedBy(before: SeenEnvironment | undefined, now: Record<string, number>): Record<string, number> | undefined {
  const all = Object.entries({ ...before?.opened, ...now });
  return all.length === 0 ? undefined : Object.fromEntries(all.slice(-MAX_OPENED));
}

/**
 * True where whatever was granted until a revision ended by the word of somebody with the right to: an admin signed that nothing so old
 * counts, or a rotator cut the key. Only of an authority that goes on from what was seen.
 */
export function isAccessEnded(manifest: Manifest, environment: string, revision: number, seen: SeenProject): boolean {
  const authority = authorityOf(manifest);
  const statement = ownMember(manifest.environments, environment)?.statement;
  if (!authority.contains(seen.digests.at(-1) as string)) return false;
  if (lowestOf(authority.head, environment) > revision) return true;
  if (statement === undefined || environmentProblem(authority.head, scopeOf(manifest, environment), statement) !== null) return false;
  return (cutOf(statement)?.revision ?? 0) > revision;
}

/** Null where the statement does not count, or does not go on from what was seen. */
function newestOf(
  manifest: Manifest,
  environment: string,
  statement: EnvironmentStatement | undefined,
  before: SeenEnvironment | undefined,
  seen: SeenProject | null,
  isChosen: boolean,
): SeenEnvironment | null {
  const head = headOf(manifest);
  if (statement === undefined || environmentProblem(head, scopeOf(manifest, environment), statement) !== null) return null;
  const lowest = lowestOf(head, environment);
  const { revision, floor } = statement;
  if (before === undefined || seen === null) return { revision, lowest, floor, keys: keysSeen({}, statement) };
  // Whether it goes on is asked of the authority as it is here, which does not lie behind what was seen.
  const why = outdated(manifest, environment, statement, "newer", seen);
  if (why === OTHER_BRANCH ? !isChosen : why !== null || isEarlier(manifest, environment, statement, seen)) return null;
  return { revision, lowest, floor, keys: keysSeen(before.keys, statement) };
}

/**
 * How a manifest compares with what is trusted: `match` the same authority · `newer` it goes on from there · `older`, `parted`
 * from before, or of a branch that went its own way · `first` nothing is known of the project here.
 */
export type Verdict = "match" | "newer" | "older" | "parted" | "first";
