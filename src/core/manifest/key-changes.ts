import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import { keysBelow } from "../authority/reachable-keys.ts";
import { isDueStep } from "../keys/due.ts";
import { mayBecome } from "../keys/state-transitions.ts";
import { versionLabel } from "../keys/versions.ts";
import { added, type Note } from "./manifest-notes.ts";

/** What became of one key version, from one statement of its environment to a later one. */
export function keyChanges(keyId: string, before: KeyEntry, from: EnvironmentStatement, to: EnvironmentStatement): Note[] {
  const label = versionLabel(keyId, before);
  const after = Object.hasOwn(to.keys, keyId) ? to.keys[keyId] : undefined;
  if (after === undefined) return [[false, `key version ${label} was dropped`]];
  const notes: Note[] = [];
  for (const field of ["version", "revision", "created", "commitment", "reason"] as const)
    if (before[field] !== after[field]) notes.push([false, `the ${field} of ${label} was edited`]);
  const parted = before.history.findIndex((step, index) => JSON.stringify(step) !== JSON.stringify(after.history[index]));
  const kept = parted === -1;
  if (!kept && !isJoined(before, after, parted)) notes.push([false, `the history of ${label} was edited`]);
  else {
    const steps = after.history.slice(kept ? before.history.length : parted);
    let state = kept ? before.state : (before.history[parted - 1]?.state ?? before.state);
    for (const step of steps) {
      if (!mayBecome(state, step.state) && !isDueStep(step, state))
        notes.push([false, `${label} went from ${state} to ${step.state}, which is no legal transition`]);
      state = step.state;
    }
    if (state !== after.state) notes.push([false, `the state of ${label} was edited to ${after.state}`]);
  }
  // Destroying a key links what is above it to what is below. A link upwards would put an old key above the floor.
  const anew = added(Object.keys(before.links), Object.keys(after.links));
  if (anew.some((id) => !keysBelow(from, keyId).includes(id))) notes.push([false, `${label} was linked to a key that it did not lead to`]);
  if (!linksAreKept(before, after, to)) notes.push([false, `a link of ${label} to an earlier key was removed or edited`]);
  return notes;
}

/** Two branches may both have retired the key: of the two histories one stays, and what either knew of wrong hands does. */
function isJoined(before: KeyEntry, after: KeyEntry, parted: number): boolean {
  const isBad = ({ state }: KeyEntry) => state === "suspended" || state === "compromised";
  return parted > 0 && parted < after.history.length && (!isBad(before) || isBad(after) || after.state === "destroyed");
}

/** Links are immutable, but that destroying a key takes the links to it and from it away. */
function linksAreKept(before: KeyEntry, after: KeyEntry, { keys }: EnvironmentStatement): boolean {
  if (after.state === "destroyed") return Object.keys(after.links).length === 0;
  return Object.entries(before.links).every(
    ([keyId, link]) => after.links[keyId] === link || (keys[keyId]?.state === "destroyed" && !Object.hasOwn(after.links, keyId)),
  );
}
