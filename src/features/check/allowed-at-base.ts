import { dirname } from "node:path";
import { environmentEntries } from "../../core/authority/authority-of.ts";
import { isManifest } from "../../core/names.ts";
import type { BlobEntry } from "../../git/blobs.ts";
import { manifestsIn } from "../../workspace/at-commit.ts";
import type { Confined } from "./let-through.ts";
import type { Scope } from "./scope.ts";

/**
 * What the base of a range lets through in environments whose keys are not at hand. Nobody here can tell who wrote it, but it
 * has been accepted before: of what the range itself brings, entries count with a key alone.
 */
export async function allowedAtBase({ top, guard }: Scope, atBase: readonly BlobEntry[]): Promise<Confined[]> {
  const found: Confined[] = [];
  const manifests = await manifestsIn(
    top,
    atBase.filter(({ path }) => isManifest(path)),
  );
  for (const [path, manifest] of manifests) {
    const isOpen = (name: string) => guard.deciding.some((ring) => ring.environment === name && ring.manifest.project === manifest.project);
    const shut = environmentEntries(manifest).filter(([name]) => !isOpen(name));
    const folder = dirname(path);
    const below = folder === "." ? "" : `${folder}/`;
    for (const [environment, { settings }] of shut) found.push({ folder: below, environment, allow: settings.allow });
  }
  return found;
}
