import type { EnvironmentStatement } from "./environment-statement.ts";

type Keys = Pick<EnvironmentStatement, "keys">;

/**
 * The keys that a key's links lead to, nearest first: who holds it can open all of these. No link leads to a key that is not older: one
 * that says so leads nowhere.
 */
export function keysBelow({ keys }: Keys, keyId: string): string[] {
  const found = new Set([keyId]);
  for (const at of found)
    for (const below of Object.keys(keys[at]?.links ?? {})) if ((keys[below]?.version ?? 0) < (keys[at]?.version ?? 0)) found.add(below);
  return [...found].slice(1);
}

/**
 * The keys that whoever holds `keyId` can open: it and all that links lead to. A destroyed key has no links any more, but
 * git history keeps the old ones: it counts where its version is no higher.
 */
export function reachableKeys(statement: Keys, keyId: string): Set<string> {
  const reached = new Set([keyId, ...keysBelow(statement, keyId)]);
  const version = statement.keys[keyId]?.version ?? 0;
  for (const [id, key] of Object.entries(statement.keys)) if (key.state === "destroyed" && key.version <= version) reached.add(id);
  return reached;
}

/** True if tokens under this key may stand in a current vault: it is the floor's key or a later one. */
export function isAtOrAboveFloor(statement: Pick<EnvironmentStatement, "keys" | "floor">, keyId: string): boolean {
  const { keys, floor } = statement;
  return Object.hasOwn(keys, keyId) && (keyId === floor || keysBelow(statement, keyId).includes(floor));
}
