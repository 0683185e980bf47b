import { ownMember } from "../../core/authority/authority.ts";
import { entryOf, environmentEntries, headOf } from "../../core/authority/authority-of.ts";
import { isMadeAgain } from "../../core/authority/made-again.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { lostAccess } from "../../core/manifest/access-changes.ts";
import { isEnvsealError } from "../../errors.ts";
import { type Place, pastManifests } from "../../git/manifests.ts";
import { isOfSameRoot } from "../../workspace/former-access.ts";

/** Manifests of the past that are looked into. */
const PAST = 100;

/** An access entry that counts, and is not in the manifest, though no admin took it away. */
export interface Vanished {
  environment: string;
  name: string;
}

/**
 * Entries of the checkout's own history that an admin signed and that would count, put back: what a leaver takes out of the file by
 * hand nobody ended, and the next holder of the key would wrap it for them. Only what HEAD leads to counts: a branch may have grants
 * that are to come.
 */
export function vanishedAccess(place: Place, manifest: Manifest): Vanished[] {
  const found = new Map<string, Vanished>();
  for (const past of pastManifests(place, PAST, { refs: ["HEAD"], isWanted: (text) => mayHaveMore(text, manifest) }))
    if (past.project === manifest.project && isOfSameRoot(manifest, past))
      for (const one of vanishedSince(past, manifest)) found.set(`${one.environment} ${one.name}`, one);
  return [...found.values()];
}

function vanishedSince(past: Manifest, manifest: Manifest): Vanished[] {
  return environmentEntries(past).flatMap(([environment]) => {
    if (ownMember(headOf(manifest).environments, environment) === undefined || isMadeAgain(past, manifest, environment)) return [];
    return lostIn(past, manifest, environment).flatMap(({ name, how }) => (how === "unwrapped" ? [] : [{ environment, name }]));
  });
}

/** What is wrong with an environment itself is another finding. */
function lostIn(past: Manifest, manifest: Manifest, environment: string): ReturnType<typeof lostAccess> {
  try {
    return lostAccess(past, manifest, environment);
  } catch (error) {
    if (isEnvsealError(error)) return [];
    throw error;
  }
}

type Claimed = Record<string, { recipient?: string; since?: number }>;

/** False for a text in which nobody has access that the manifest does not name, or fences off: to read a manifest takes longer. */
function mayHaveMore(text: string, now: Manifest): boolean {
  try {
    const { environments }: { environments: Record<string, { access?: Claimed }> } = JSON.parse(text);
    return Object.entries(headOf(now).environments).some(([environment, { lowest }]) =>
      Object.entries(ownMember(environments, environment)?.access ?? {}).some(
        ([name, { recipient, since = 0 }]) =>
          since >= lowest && ownMember(entryOf(now, environment)?.access ?? {}, name)?.recipient !== recipient,
      ),
    );
  } catch {
    return false;
  }
}
