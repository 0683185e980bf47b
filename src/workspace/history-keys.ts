import type { Manifest } from "../core/manifest.ts";
import { newestManifests } from "../git/manifests.ts";
import { HistoryOpener, type KeysOf } from "../history/opener.ts";
import type { Context } from "../ui/context.ts";
import { type MergeKeys, openMergeKeys } from "./merge-keys.ts";
import { inGit, type Project } from "./project.ts";

/** The keys of an environment for looking at its history; null where none is at hand. */
export function openHistoryKeys(project: Project, environment: string, context: Context): MergeKeys | null {
  return openMergeKeys(manifests(project), environment, new Set(), context);
}

function* manifests(project: Project): Generator<Manifest> {
  yield project.manifest;
  if (inGit(project)) yield* newestManifests(project);
}

/** Opens rows of any version of the project's vaults, whichever environment they were of. */
export function historyOpener(project: Project, context: Context): HistoryOpener {
  const keys = new Map<string, MergeKeys | null>();
  const sources = new Map<string, ReturnType<KeysOf>>();
  return new HistoryOpener((environment, vaultId) => {
    if (!keys.has(environment)) keys.set(environment, environment === "" ? null : openHistoryKeys(project, environment, context));
    const id = `${environment} ${vaultId}`;
    if (!sources.has(id)) sources.set(id, keys.get(environment)?.of(vaultId) ?? null);
    return sources.get(id) ?? null;
  });
}
