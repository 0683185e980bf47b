import { ownMember } from "./authority.ts";
import { environmentEntries } from "./authority-of.ts";
import type { Environment, Manifest } from "./manifest.ts";

/** The environments of which a manifest has a statement, or an access entry, whose signature none of these others has. */
export function newlySigned(manifest: Manifest, ...others: readonly Manifest[]): string[] {
  return environmentEntries(manifest).flatMap(([environment, entry]) => {
    const known = new Set(others.flatMap((other) => signaturesOf(ownMember(other.environments, environment))));
    return signaturesOf(entry).every((signature) => known.has(signature)) ? [] : [environment];
  });
}

function signaturesOf(entry: Environment | undefined): string[] {
  if (entry === undefined) return [];
  return [entry.statement, ...Object.values(entry.access)].flatMap(({ signatures }) => Object.values(signatures));
}
