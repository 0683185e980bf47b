import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isSecretName } from "../guard/secret.ts";

const PLAIN_NAMES = new Set(["PORT", "HOST", "NODE_ENV", "APP_ENV", "LOG_LEVEL", "TZ", "LANG"]);
const PLAIN_PREFIXES = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "PUBLIC_"];

/** The patterns that cover what is plainly no secret among `names`; they cover no secret-like name of these. */
export function proposePublic(names: Iterable<string>): string[] {
  const all = [...names];
  const prefixOf = (name: string) => PLAIN_PREFIXES.find((start) => name.startsWith(start));
  const mixed = new Set(all.filter(isSecretName).map(prefixOf));
  const patterns = all.flatMap((name) => {
    const prefix = prefixOf(name);
    if (PLAIN_NAMES.has(name)) return [name];
    if (prefix === undefined || isSecretName(name)) return [];
    return [mixed.has(prefix) ? name : `${prefix}*`];
  });
  return [...new Set(patterns)].sort();
}

/** Where the values of secret-like names stand in files that git tracks. Values under 8 characters are too common to tell. */
export function findTrackedSecrets(
  root: string,
  tracked: readonly string[],
  values: ReadonlyMap<string, string>,
): { name: string; path: string }[] {
  const needles = [...values]
    .filter(([name, value]) => isSecretName(name) && value.length >= 8)
    .map(([name, value]) => ({ name, bytes: Buffer.from(value) }));
  if (needles.length === 0) return [];
  return tracked.flatMap((path) => {
    const content = readSmall(join(root, path));
    return content === null ? [] : needles.filter(({ bytes }) => content.includes(bytes)).map(({ name }) => ({ name, path }));
  });
}

function readSmall(path: string): Buffer | null {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= 1 << 20 ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
