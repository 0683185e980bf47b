import { EnvsealError } from "../../errors.ts";
import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";

/** `v3 (k7QxPw2A)`: how people are told of a key version. */
export function versionLabel(keyId: string, { version }: KeyEntry): string {
  return `v${version} (${keyId})`;
}

/**
 * The id of the key version that people name as `v3`, `3` or by its id. Two branches may both have made a version 3.
 * @throws USAGE where there is none or more than one
 */
export function findVersion(entry: EnvironmentStatement, environment: string, text: string): string {
  const all = Object.entries(entry.keys);
  if (Object.hasOwn(entry.keys, text)) return text;
  const number = /^v?([1-9]\d{0,9})$/.exec(text)?.[1];
  const found = all.filter(([, { version }]) => version === Number(number));
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only[0];
  if (another !== undefined) {
    throw new EnvsealError("USAGE", `${environment} has ${found.length} keys of version ${number}, from branches that both rotated`, {
      hint: `name one by its id: ${found.map(([keyId]) => keyId).join(", ")}`,
    });
  }
  throw new EnvsealError("USAGE", `${environment} has no such key version`, {
    hint: `it has ${all.map(([keyId, key]) => versionLabel(keyId, key)).join(", ")}`,
  });
}
