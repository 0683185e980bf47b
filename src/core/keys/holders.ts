import { type AccessEntry, accessCounts } from "../authority/access-entry.ts";
import { entryOf, environmentEntries, environmentOf, headOf, scopeOf } from "../authority/authority-of.ts";
import { cutOf } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import { keyIdOfTag } from "../commitment.ts";

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

/**
 * Whether an entry of the manifest counts in it: neither on a side that does not have the environment any more, nor where a rotator
 * left somebody out since and no admin has raised `lowest` yet.
 */
export function countsIn(manifest: Manifest, environment: string, name: string, entry: AccessEntry): boolean {
  const statement = entryOf(manifest, environment)?.statement;
  if (statement === undefined) return false;
  const isHeld = entry.tag !== undefined && keyIdOfTag(entry.tag) === statement.active;
  const isCut = !isHeld && entry.since < (cutOf(statement)?.revision ?? 0);
  return !isCut && accessCounts(headOf(manifest), scopeOf(manifest, environment), statement.revision, name, entry);
}

/** Who has access and keeps it, as far as it shows without a key: whoever changes what counts signs these again. */
export function standingEntries(manifest: Manifest, environment: string): string[] {
  const { access } = environmentOf(manifest, environment);
  return Object.keys(access).filter((name) => countsIn(manifest, environment, name, access[name] as AccessEntry));
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
