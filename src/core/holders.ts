import { type AccessEntry, accessCounts } from "./access-entry.ts";
import { entryOf, environmentEntries, headOf, scopeOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";

/** What somebody is known by: the name, the recipient and the signing key. Each alone is enough to know them again. */
export function marksOf(name: string, { recipient, signer }: { recipient?: string; signer?: string }): string[] {
  return [`name ${name}`, ...(recipient === undefined ? [] : [recipient]), ...(signer === undefined ? [] : [signer])];
}

export type Marks = ReadonlySet<string>;

/** Whom a manifest gives something: in each environment, by a role, and all of them. */
export interface Holders {
  access: ReadonlyMap<string, Marks>;
  roles: Marks;
  all: Marks;
}

/** Whether an entry of the manifest counts in it: on a side that does not have the environment any more, nothing of it does. */
export function countsIn(manifest: Manifest, environment: string, name: string, entry: AccessEntry): boolean {
  const revision = entryOf(manifest, environment)?.statement.revision ?? 0;
  return accessCounts(headOf(manifest), scopeOf(manifest, environment), revision, name, entry);
}

/** Entries that do not count give nothing, and nobody is known by them: anybody can write them. */
export function holdersOf(manifest: Manifest): Holders {
  const { admins, rotators } = headOf(manifest);
  const roles = new Set([...Object.entries(admins), ...Object.entries(rotators)].flatMap(([name, role]) => marksOf(name, role)));
  const access = new Map<string, Marks>();
  for (const [environment, { access: entries }] of environmentEntries(manifest)) {
    const counting = Object.entries(entries).filter(([name, entry]) => countsIn(manifest, environment, name, entry));
    access.set(environment, new Set(counting.flatMap(([name, entry]) => marksOf(name, entry))));
  }
  return { access, roles, all: new Set([...roles, ...[...access.values()].flatMap((marks) => [...marks])]) };
}
