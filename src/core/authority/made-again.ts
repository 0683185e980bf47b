import { type Authority, ownMember } from "./authority.ts";
import { withAuthority } from "./authority-changes.ts";
import { authorityOf, entryOf, headOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";
import type { StatementSigner } from "./statement.ts";

/**
 * True where an admin added the environment in a statement that whoever asks did not know: after it had been removed, or on another
 * branch. Its keys are new ones then, and none of them leads to those of before. The authority must be verified by then.
 */
export function isAddedSince(authority: Authority, isKnown: (digest: string) => boolean, environment: string): boolean {
  const names = (digest: string) => ownMember(authority.statement(digest).environments, environment) !== undefined;
  return authority.digests.some((digest) => {
    if (isKnown(digest) || !names(digest)) return false;
    const { previous } = authority.statement(digest);
    return previous.length > 0 && !previous.some(names);
  });
}

/** True where the later manifest's environment is another one of the same name, and nothing that was signed before counts in it. */
export function isMadeAgain(before: Manifest, after: Manifest, environment: string): boolean {
  const [known, authority, was] = [authorityOf(before), authorityOf(after), entryOf(before, environment)];
  if (was === undefined || !authority.contains(known.headDigest)) return false;
  const lowest = ownMember(headOf(after).environments, environment)?.lowest ?? 0;
  return lowest > was.statement.revision && isAddedSince(authority, (digest) => known.contains(digest), environment);
}

/** An environment of which there are two, and which side made one that the other does not know. */
export interface Twin {
  environment: string;
  by: "ours" | "theirs" | "both";
}

/**
 * The environments of which there are two of one name, without a key in common: one side removed it and made it again, or both made
 * one. Two admins who add the same name sign the same statement of the authority, so that the keys alone tell them apart.
 */
export function madeApart(base: Manifest | null, ours: Manifest, theirs: Manifest): Twin[] {
  const [own, other] = [authorityOf(ours), authorityOf(theirs)];
  return Object.keys(own.head.environments).flatMap((environment): Twin[] => {
    const [o, t] = [entryOf(ours, environment)?.statement.keys, entryOf(theirs, environment)?.statement.keys];
    if (o === undefined || t === undefined || ownMember(other.head.environments, environment) === undefined) return [];
    if (Object.keys(o).some((keyId) => Object.hasOwn(t, keyId))) return [];
    const isOwn = isAddedSince(own, (digest) => other.contains(digest), environment);
    const isOther = isAddedSince(other, (digest) => own.contains(digest), environment);
    if (isOwn !== isOther) return [{ environment, by: isOwn ? "ours" : "theirs" }];
    const isNew = isOwn || base === null || ownMember(headOf(base).environments, environment) === undefined;
    return isNew ? [{ environment, by: "both" }] : [];
  });
}

/**
 * The manifest whose authority removes environments and adds them again, so that nothing of before counts. What they hold has to be
 * signed again.
 * @param lowest by environment, the revision from which it counts
 */
export function withAddedAgain(manifest: Manifest, lowest: ReadonlyMap<string, number>, signer: StatementSigner): Manifest {
  const { environments, rotators, gone = {} } = headOf(manifest);
  const left = Object.entries(environments).filter(([name]) => !lowest.has(name));
  const removed = [...lowest].map(([name, revision]) => [name, { revision: revision - 1 }] as const);
  const without = Object.entries(rotators).flatMap(([name, rotator]) => {
    const still = rotator.environments.filter((environment) => !lowest.has(environment));
    return still.length === 0 ? [] : [[name, { ...rotator, environments: still }] as const];
  });
  const next = withAuthority(
    manifest,
    {
      environments: Object.fromEntries(left),
      rotators: Object.fromEntries(without),
      gone: { ...gone, ...Object.fromEntries(removed) },
    },
    signer,
  );
  const back = [...lowest].map(([name, revision]) => [name, { ...environments[name], lowest: revision }] as const);
  return withAuthority(next, { environments: { ...environments, ...Object.fromEntries(back) }, rotators, gone }, signer);
}

/** The manifest with another one's environment of that name in the place of its own, with what is listed of it. */
export function withEnvironmentOf(manifest: Manifest, other: Manifest, environment: string): Manifest {
  const entry = entryOf(other, environment);
  const isIts = ([, listed]: [string, { environment: string }]) => listed.environment === environment;
  const vaults = [...Object.entries(manifest.vaults).filter((one) => !isIts(one)), ...Object.entries(other.vaults).filter(isIts)];
  return {
    ...manifest,
    environments: { ...manifest.environments, ...(entry !== undefined && { [environment]: entry }) },
    vaults: Object.fromEntries(vaults),
  };
}
