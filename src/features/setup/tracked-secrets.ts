import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { blocks } from "../../guard/finding.ts";
import { LeakSearch, type Secret } from "../../guard/leaks.ts";
import type { Templates } from "../../project/templates.ts";

/** Of a file that is looked through while somebody waits. */
const MAX_BYTES = 1 << 20;

/** Where one value stands that is no secret any more: in so many files that git tracks, and in which of them first. */
export interface Exposed {
  name: string;
  path: string;
  files: number;
}

/** Values that stand in tracked files and that the guards would stop; one for each name. */
export function findTrackedSecrets(root: string, tracked: readonly string[], secrets: readonly Secret[], templates: Templates): Exposed[] {
  const search = new LeakSearch(secrets, templates);
  const found = new Map<string, Exposed>();
  for (const path of search.size === 0 ? [] : tracked) {
    const content = readSmall(join(root, path));
    const stopping = content === null ? [] : search.inspect(path, content).filter(blocks);
    for (const name of new Set(stopping.map((finding) => finding.name as string))) {
      const known = found.get(name);
      if (known === undefined) found.set(name, { name, path, files: 1 });
      else known.files++;
    }
  }
  return [...found.values()];
}

/** What git records of a link is the text of its target. */
function readSmall(path: string): Buffer | null {
  try {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return readlinkSync(path, { encoding: "buffer" });
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
