import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { blocks } from "../guard/finding.ts";
import { LeakSearch, type Secret } from "../guard/leaks.ts";
import { isSecretName } from "../guard/secret.ts";
import type { Templates } from "../project/templates.ts";

/** Of a file that is looked through while somebody waits. */
const MAX_BYTES = 1 << 20;
const PLAIN_NAMES = new Set(["PORT", "HOST", "NODE_ENV", "APP_ENV", "LOG_LEVEL", "TZ", "LANG"]);
const PLAIN_PREFIXES = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "PUBLIC_"];

/** The patterns that cover what is plainly no secret among `names`; they cover no secret-like name of these, and none of `sealed`. */
export function proposePublic(names: Iterable<string>, sealed: readonly string[] = []): string[] {
  const all = [...names];
  const isSecret = (name: string) => isSecretName(name) || sealed.includes(name);
  const prefixOf = (name: string) => PLAIN_PREFIXES.find((start) => name.startsWith(start));
  const mixed = new Set(all.filter(isSecret).map(prefixOf));
  const patterns = all.flatMap((name) => {
    const prefix = prefixOf(name);
    if (PLAIN_NAMES.has(name) && !sealed.includes(name)) return [name];
    if (prefix === undefined || isSecret(name)) return [];
    return [mixed.has(prefix) ? name : `${prefix}*`];
  });
  return [...new Set(patterns)].sort();
}

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
