import { type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { authorityOf, entryOf, environmentEntries, environmentNames, headOf } from "../authority/authority-of.ts";
import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import { isMadeAgain } from "../authority/made-again.ts";
import { type Manifest, type Settings, vaultPathsOf } from "../authority/manifest.ts";
import { keysBelow } from "../authority/reachable-keys.ts";
import { roleChanges } from "../authority/role-changes.ts";
import { canonicalJson, type Json } from "../json.ts";
import { versionLabel } from "../keys/versions.ts";
import { accessChanges } from "./access-changes.ts";
import { keyChanges } from "./key-changes.ts";
import { added, type Note } from "./manifest-notes.ts";

/** One thing that a change of a manifest does, in words. `legal` is false for what no command of envseal ever does. */
export interface ManifestChange {
  environment: string;
  legal: boolean;
  text: string;
  /** Set for what a command may have done, and somebody without any right as well. */
  isDoubtful?: true;
}

/**
 * What changed from one manifest of a project to a later one, as far as keys and rights are concerned. Needs no key: it sees what
 * breaks the rules (FORMAT.md section 3), not who did it.
 */
export function manifestChanges(before: Manifest, after: Manifest): ManifestChange[] {
  if (before.project !== after.project) return [{ environment: "", legal: false, text: "the manifest became another project's" }];
  const [from, to] = [headOf(before), headOf(after)];
  const isAhead = authorityOf(after).contains(authorityOf(before).headDigest);
  return [
    ...authorityNotes(from, to, isAhead).map(([legal, text]) => ({ environment: "", legal, text })),
    ...environmentEntries(before).flatMap(([environment, old]) => {
      const entry = ownMember(to.environments, environment) === undefined ? undefined : entryOf(after, environment);
      if (entry !== undefined && isMadeAgain(before, after, environment))
        return [{ environment, legal: true, text: `environment ${environment} is another one of that name, with keys of its own` }];
      if (entry !== undefined)
        return [
          ...statementChanges(old.statement, entry.statement),
          ...accessChanges(before, after, environment),
          ...settingsChanges(old.settings, entry.settings),
        ].map(([legal, text, isDoubtful]) => ({ environment, legal, text: `${environment}: ${text}`, ...(isDoubtful && { isDoubtful }) }));
      const isGone = isAhead && ownMember(to.gone ?? {}, environment) !== undefined;
      return [{ environment, legal: isGone, text: `environment ${environment} was ${isGone ? "removed" : "dropped"}, with all its keys` }];
    }),
  ];
}

/** What happened to the authority: who decides, and which environments there are. */
function authorityNotes(before: AuthorityStatement, after: AuthorityStatement, isAhead: boolean): Note[] {
  if (!isAhead) {
    const roles = roleChanges(before, after).map((change) => `; ${change}`);
    return [[false, `the authority went back from revision ${before.revision}, or is of another line${roles.join("")}`]];
  }
  const names = (record: object) => Object.keys(record);
  return [
    ...roleChanges(before, after).map((change): Note => [true, change]),
    ...added(names(before.environments), names(after.environments)).map((name): Note => [true, `environment ${name} was added`]),
  ];
}

/**
 * The environments whose active key, floor or list of vaults differs: what holds of their vaults may hold no more, whether or
 * not these changed. All of them where there was no manifest of the project.
 */
export function movedEnvironments(before: Manifest | null, after: Manifest): Set<string> {
  const was = before?.project === after.project ? before : null;
  return new Set(environmentNames(after).filter((name) => standing(was, name) !== standing(after, name)));
}

function standing(manifest: Manifest | null, environment: string): string | null {
  const entry = manifest === null ? undefined : entryOf(manifest, environment);
  if (manifest === null || entry === undefined) return null;
  const { active, floor } = entry.statement;
  const listed = vaultPathsOf(manifest, environment).map((path) => [path, manifest.vaults[path]?.id]);
  return JSON.stringify([active, floor, listed.sort()]);
}

/**
 * What of an earlier manifest a later one does not have at all: an environment, for which nobody searches any more, and a rotation,
 * whose key and floor hold no more. States and lists may be another's, where several manifests became one.
 */
export function lostFrom(before: Manifest, after: Manifest): ManifestChange[] {
  const all = manifestChanges(before, after).filter(({ legal, environment }) => !legal && environment !== "");
  const gone =
    before.project === after.project
      ? all.filter(({ environment }) => entryOf(after, environment) === undefined)
      : manifestChanges(before, after);
  if (before.project !== after.project) return gone;
  const lost = environmentEntries(before).flatMap(([environment, old]) => {
    const entry = entryOf(after, environment);
    const notes = entry === undefined || isMadeAgain(before, after, environment) ? [] : lostRotations(old.statement, entry.statement);
    return notes.map((text) => ({ environment, legal: false, text: `${environment}: ${text}` }));
  });
  return [...gone, ...lost];
}

function lostRotations(before: EnvironmentStatement, after: EnvironmentStatement): string[] {
  const dropped = Object.entries(before.keys).filter(([keyId]) => !Object.hasOwn(after.keys, keyId));
  return [...dropped.map(([keyId, key]) => `key version ${versionLabel(keyId, key)} was dropped`), ...loweredFloor(before, after)];
}

/** A new key is above all earlier ones. */
function loweredFloor(before: EnvironmentStatement, after: EnvironmentStatement): string[] {
  const isKept = after.floor === before.floor || !Object.hasOwn(before.keys, after.floor);
  if (isKept || keysBelow(before, after.floor).includes(before.floor)) return [];
  return [`the floor was lowered from ${versionLabel(before.floor, before.keys[before.floor] as KeyEntry)}`];
}

function statementChanges(before: EnvironmentStatement, after: EnvironmentStatement): Note[] {
  const notes: Note[] = Object.entries(before.keys).flatMap(([keyId, key]) => keyChanges(keyId, key, before, after));
  if (before.active !== after.active && Object.hasOwn(before.keys, after.active))
    notes.push([
      false,
      `${versionLabel(after.active, before.keys[after.active] as KeyEntry)} was made active again, and a retired key never is`,
    ]);
  for (const text of loweredFloor(before, after)) notes.push([false, text]);
  if (after.revision < before.revision)
    notes.push([false, `its statement went back from revision ${before.revision} to ${after.revision}`]);
  return notes;
}

/** More changes of settings than one commit or branch brings. */
const MOST_REVISIONS = 1 << 20;

function settingsChanges(before: Settings, after: Settings): Note[] {
  const rules = ({ allow }: Settings) => allow.map((entry) => canonicalJson(entry as unknown as Json));
  const notes: Note[] = [
    ...added(before.public, after.public).map((pattern): Note => [true, `values that match ${pattern} became public`]),
    ...added(after.required, before.required).map((name): Note => [true, `${name} is no longer required`]),
    ...added(rules(before), rules(after)).map((rule): Note => [true, `a finding was allowed: ${rule}`]),
  ];
  if (before.cryptoperiodDays !== after.cryptoperiodDays)
    notes.push([true, `the cryptoperiod became ${after.cryptoperiodDays} days, from ${before.cryptoperiodDays}`]);
  if (after.revision < before.revision) notes.push([false, `its settings went back from revision ${before.revision} to ${after.revision}`]);
  if (after.revision - before.revision > MOST_REVISIONS)
    notes.push([false, `its settings went on from revision ${before.revision} to ${after.revision}: that uses up the numbers there are`]);
  // A tag speaks for all of this: whoever could make a new one would have.
  if (before.tag === after.tag) return notes.map(([, text]) => [false, `${text}, and the tag of the settings is the old one`]);
  return notes;
}
