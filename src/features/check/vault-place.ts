import { basename, join, relative, sep } from "node:path";
import type { Manifest } from "../../core/authority/manifest.ts";
import { classifyFile } from "../../core/names.ts";

/** A folder that holds a manifest, and that manifest. */
export interface Place {
  root: string;
  manifest: Manifest;
}

/** The place that a vault of the repository belongs to, with its path as the manifest there would list it: the nearest one's. */
export function placeOf(places: readonly Place[], top: string, path: string): { place: Place; listed: string } | null {
  if (classifyFile(basename(path))?.kind !== "vault") return null;
  const around = places.flatMap((place) => {
    const listed = relative(place.root, join(top, path)).split(sep).join("/").normalize("NFC");
    return listed.startsWith("../") ? [] : [{ place, listed }];
  });
  return around.sort((a, b) => a.listed.length - b.listed.length)[0] ?? null;
}
