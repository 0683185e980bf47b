import { isSecretName } from "../guard/secret-likelihood.ts";

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
