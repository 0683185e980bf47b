import { type AccessEntry, accessProblem, isTagged } from "../authority/access-entry.ts";
import { environmentOf, headOf, scopeOf } from "../authority/authority-of.ts";
import { cutOf } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";

/** As in `Keyring.accessState`, which has the key: `ok` is what nothing speaks against. */
export type EntryState = "ok" | "waiting" | "outdated" | "spoiled";

/** How an access entry stands, as far as its signature shows without a key. @throws UNKNOWN_ENVIRONMENT, FORGED_MANIFEST */
export function entryState(manifest: Manifest, environment: string, name: string): EntryState {
  return stateOfEntry(manifest, environment, name, environmentOf(manifest, environment).access[name] as AccessEntry);
}

/** The same of an entry as it would stand there, whether or not the manifest has it. @throws as `entryState` */
export function stateOfEntry(manifest: Manifest, environment: string, name: string, entry: AccessEntry): EntryState {
  const { statement } = environmentOf(manifest, environment);
  const problem = accessProblem(headOf(manifest), scopeOf(manifest, environment), statement.revision, name, entry);
  if (problem !== null) return problem === "replaced" ? "outdated" : "spoiled";
  if (isTagged(entry, statement.active)) return "ok";
  return entry.since >= (cutOf(statement)?.revision ?? 0) ? "waiting" : "outdated";
}

/** Who was given access, and has no key yet; and the people who have it, and can give it to them. */
export interface Waiting {
  environment: string;
  names: string[];
  holders: string[];
}

/** @throws as `entryState` */
export function waitingFor(manifest: Manifest, environment: string): Waiting {
  const { access } = environmentOf(manifest, environment);
  const inState = (state: EntryState) => Object.keys(access).filter((name) => entryState(manifest, environment, name) === state);
  const holders = inState("ok").sort();
  const people = holders.filter((name) => access[name]?.kind === "person");
  return { environment, names: inState("waiting").sort(), holders: people.length > 0 ? people : holders };
}
