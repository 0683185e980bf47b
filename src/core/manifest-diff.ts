import { type Environment, type KeyEntry, type Manifest, vaultPathsOf } from "./manifest.ts";
import { keysBelow } from "./reach.ts";
import { mayBecome } from "./states.ts";
import { versionLabel } from "./versions.ts";

/** One thing that a change of a manifest does, in words. `legal` is false for what no command of envseal ever does. */
export interface ManifestChange {
  environment: string;
  legal: boolean;
  text: string;
}

/**
 * What changed from one manifest of a project to a later one, as far as keys are concerned. Needs no key: it sees what
 * breaks the rules (FORMAT.md section 3, states), not who did it.
 */
export function manifestChanges(before: Manifest, after: Manifest): ManifestChange[] {
  if (before.project !== after.project) return [{ environment: "", legal: false, text: "the manifest became another project's" }];
  return Object.entries(before.environments).flatMap(([environment, old]) => {
    const entry = Object.hasOwn(after.environments, environment) ? after.environments[environment] : undefined;
    if (entry === undefined) return [{ environment, legal: false, text: `environment ${environment} was dropped, with all its keys` }];
    return environmentChanges(old, entry).map(([legal, text]) => ({ environment, legal, text: `${environment}: ${text}` }));
  });
}

/**
 * The environments whose active key, floor or list of vaults differs: what holds of their vaults may hold no more, whether or
 * not these changed. All of them where there was no manifest of the project.
 */
export function movedEnvironments(before: Manifest | null, after: Manifest): Set<string> {
  const was = before?.project === after.project ? before : null;
  return new Set(Object.keys(after.environments).filter((name) => standing(was, name) !== standing(after, name)));
}

function standing(manifest: Manifest | null, environment: string): string | null {
  if (manifest === null || !Object.hasOwn(manifest.environments, environment)) return null;
  const { active, floor } = manifest.environments[environment] as Environment;
  const listed = vaultPathsOf(manifest, environment).map((path) => [path, manifest.vaults[path]?.id]);
  return JSON.stringify([active, floor, listed.sort()]);
}

/**
 * What of an earlier manifest a later one does not have at all: an environment, for which nobody searches any more, and a rotation,
 * whose key and floor hold no more. States and lists may be another's, where several manifests became one.
 */
export function lostFrom(before: Manifest, after: Manifest): ManifestChange[] {
  const gone = manifestChanges(before, after).filter(({ environment }) => !Object.hasOwn(after.environments, environment));
  const shared = Object.entries(before.environments).filter(([environment]) => Object.hasOwn(after.environments, environment));
  const lost = shared.flatMap(([environment, old]) =>
    lostRotations(old, after.environments[environment] as Environment).map((text) => ({
      environment,
      legal: false,
      text: `${environment}: ${text}`,
    })),
  );
  return before.project === after.project ? [...gone, ...lost] : gone;
}

function lostRotations(before: Environment, after: Environment): string[] {
  const dropped = Object.entries(before.keys).filter(([keyId]) => !Object.hasOwn(after.keys, keyId));
  return [...dropped.map(([keyId, key]) => droppedKey(versionLabel(keyId, key))), ...loweredFloor(before, after)];
}

const droppedKey = (label: string) => `key version ${label} was dropped`;

/** A new key is above all earlier ones. */
function loweredFloor(before: Environment, after: Environment): string[] {
  const isKept = after.floor === before.floor || !Object.hasOwn(before.keys, after.floor);
  if (isKept || keysBelow(before, after.floor).includes(before.floor)) return [];
  return [`the floor was lowered from ${versionLabel(before.floor, before.keys[before.floor] as KeyEntry)}`];
}

type Note = [legal: boolean, text: string];

function environmentChanges(before: Environment, after: Environment): Note[] {
  const notes: Note[] = Object.entries(before.keys).flatMap(([keyId, key]) => keyChanges(keyId, key, before, after));
  if (before.active !== after.active && Object.hasOwn(before.keys, after.active))
    notes.push([
      false,
      `${versionLabel(after.active, before.keys[after.active] as KeyEntry)} was made active again, and a retired key never is`,
    ]);
  for (const text of loweredFloor(before, after)) notes.push([false, text]);
  for (const pattern of added(before.public, after.public)) notes.push([true, `values that match ${pattern} became public`]);
  for (const name of added(after.required, before.required)) notes.push([true, `${name} is no longer required`]);
  for (const rule of added(
    before.allow.map((entry) => JSON.stringify(entry)),
    after.allow.map((entry) => JSON.stringify(entry)),
  ))
    notes.push([true, `a finding was allowed: ${rule}`]);
  if (before.cryptoperiodDays !== after.cryptoperiodDays)
    notes.push([true, `the cryptoperiod became ${after.cryptoperiodDays} days, from ${before.cryptoperiodDays}`]);
  // A tag speaks for all of this: whoever could make a new one would have.
  if (before.tag === after.tag) return notes.map(([, text]) => [false, `${text}, and its tag was not made anew`]);
  return notes;
}

function added(from: readonly string[], to: readonly string[]): string[] {
  return to.filter((item) => !from.includes(item));
}

function keyChanges(keyId: string, before: KeyEntry, from: Environment, entry: Environment): Note[] {
  const label = versionLabel(keyId, before);
  const after = Object.hasOwn(entry.keys, keyId) ? entry.keys[keyId] : undefined;
  if (after === undefined) return [[false, droppedKey(label)]];
  const notes: Note[] = [];
  for (const field of ["version", "created", "commitment", "reason"] as const)
    if (before[field] !== after[field]) notes.push([false, `the ${field} of ${label} was edited`]);
  const steps = after.history.slice(before.history.length);
  const kept = before.history.every((step, index) => JSON.stringify(step) === JSON.stringify(after.history[index]));
  if (!kept) notes.push([false, `the history of ${label} was edited`]);
  let state = before.state;
  for (const step of steps) {
    if (!mayBecome(state, step.state)) notes.push([false, `${label} went from ${state} to ${step.state}, which is no legal transition`]);
    state = step.state;
  }
  if (kept && state !== after.state) notes.push([false, `the state of ${label} was edited to ${after.state}`]);
  // Destroying a key links what is above it to what is below. A link upwards would put an old key above the floor.
  const anew = added(Object.keys(before.links), Object.keys(after.links));
  if (anew.some((id) => !keysBelow(from, keyId).includes(id))) notes.push([false, `${label} was linked to a key that it did not lead to`]);
  if (!linksAreKept(before, after, entry)) notes.push([false, `a link of ${label} to an earlier key was removed or edited`]);
  return notes;
}

/** Links are immutable, but that destroying a key takes the links to it and from it away. */
function linksAreKept(before: KeyEntry, after: KeyEntry, entry: Environment): boolean {
  if (after.state === "destroyed") return Object.keys(after.links).length === 0;
  return Object.entries(before.links).every(
    ([keyId, link]) => after.links[keyId] === link || (entry.keys[keyId]?.state === "destroyed" && !Object.hasOwn(after.links, keyId)),
  );
}
