import { EnvsealError } from "../../errors.ts";
import { Authority, type AuthorityStatement, ownMember } from "./authority.ts";
import type { Environment, Manifest } from "./manifest.ts";
import type { Scope } from "./statement.ts";

/** Changed manifests share the list until it changes too. */
const known = new WeakMap<readonly AuthorityStatement[], Authority>();

/** The authority that a manifest lists. Who signed it is not checked yet: `trust` does. @throws MALFORMED_MANIFEST */
export function authorityOf({ project, authority }: Manifest): Authority {
  const found = known.get(authority);
  if (found?.project === project) return found;
  const made = new Authority(project, authority);
  known.set(authority, made);
  return made;
}

/** The statement in force. @throws MALFORMED_MANIFEST */
export function headOf(manifest: Manifest): AuthorityStatement {
  return authorityOf(manifest).head;
}

/** The environments that there are, sorted: those that the head names, whatever else the manifest holds. @throws MALFORMED_MANIFEST */
export function environmentNames(manifest: Manifest): string[] {
  return Object.keys(headOf(manifest).environments).sort();
}

export function hasEnvironment(manifest: Manifest, environment: string): boolean {
  return ownMember(headOf(manifest).environments, environment) !== undefined;
}

/** @throws UNKNOWN_ENVIRONMENT where the head does not name it, FORGED_MANIFEST where its entry is missing */
export function environmentOf(manifest: Manifest, environment: string): Environment {
  if (!hasEnvironment(manifest, environment)) {
    throw new EnvsealError("UNKNOWN_ENVIRONMENT", `the manifest has no environment ${environment}`, {
      hint: `it has: ${environmentNames(manifest).join(", ") || "none yet"}; a new one: write its plaintext file, then envseal init`,
    });
  }
  const entry = entryOf(manifest, environment);
  if (entry !== undefined) return entry;
  throw new EnvsealError("FORGED_MANIFEST", `the authority names ${environment}, and the manifest lacks its keys`, {
    hint: "take envseal.json from git again (git log -p envseal.json tells who removed them)",
  });
}

/** What the manifest holds of an environment, named by the head or not; undefined for nothing. */
export function entryOf({ environments }: Manifest, environment: string): Environment | undefined {
  return ownMember(environments, environment);
}

/** The environments that the head names and that the manifest has, with their entries. */
export function environmentEntries(manifest: Manifest): [string, Environment][] {
  return environmentNames(manifest).flatMap((name) => {
    const entry = entryOf(manifest, name);
    return entry === undefined ? [] : [[name, entry] as [string, Environment]];
  });
}

export function scopeOf({ project }: Manifest, environment: string): Scope {
  return { project, environment };
}

/** What the authority does not name was removed on the side whose authority it is. */
export function withoutUnnamed(manifest: Manifest): Manifest {
  const { environments: named } = authorityOf(manifest).head;
  const isNamed = (name: string) => Object.hasOwn(named, name);
  return {
    ...manifest,
    environments: Object.fromEntries(Object.entries(manifest.environments).filter(([name]) => isNamed(name))),
    vaults: Object.fromEntries(Object.entries(manifest.vaults).filter(([, { environment }]) => isNamed(environment))),
  };
}
