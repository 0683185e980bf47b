import { accessCounts } from "../core/authority/access-entry.ts";
import { environmentEntries, headOf, scopeOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { verifySince } from "../core/authority/trust.ts";
import { isEnvsealError } from "../errors.ts";
import { pastManifests } from "../git/manifests.ts";
import type { Project } from "./project.ts";

/** Access that an earlier manifest gave, as an admin of then signed it. */
export interface FormerAccess {
  environment: string;
  name: string;
  recipient: string;
  /** The key that was active then. */
  active: string;
}

/** Manifests of the past that are looked into. */
const PAST = 100;

/**
 * The access that these recipients had in earlier manifests, the newest first. Anybody can commit an entry, so only one counts that
 * was signed under an authority which leads to the present one, or goes on from it.
 */
export function* formerAccess(project: Project, isAsked: (recipient: string) => boolean): Generator<FormerAccess> {
  for (const earlier of pastManifests(project, PAST)) {
    if (earlier.project !== project.manifest.project || !isOfSameRoot(project.manifest, earlier)) continue;
    for (const [environment, { access, statement }] of environmentEntries(earlier))
      for (const [name, entry] of Object.entries(access))
        if (isAsked(entry.recipient) && accessCounts(headOf(earlier), scopeOf(earlier, environment), statement.revision, name, entry))
          yield { environment, name, recipient: entry.recipient, active: statement.active };
  }
}

/** True for a manifest whose authority leads to the present one, or goes on from where both were one. */
export function isOfSameRoot(manifest: Manifest, earlier: Manifest): boolean {
  try {
    verifySince(manifest, earlier);
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
