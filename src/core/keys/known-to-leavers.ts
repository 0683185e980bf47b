import { cutOf, type EnvironmentStatement } from "../authority/environment-statement.ts";
import { isAtOrAboveFloor, keysBelow } from "../authority/reachable-keys.ts";
import type { Vault } from "../vault/vault.ts";
import { dueStep } from "./due.ts";

/**
 * The keys that are accepted still, though somebody who lost access knows them: those below the key that was made for that, until
 * the rotation has raised the floor, and those that nobody could replace yet.
 */
function knownToLeavers(statement: EnvironmentStatement): Set<string> {
  const cut = cutOf(statement);
  const due = Object.entries(statement.keys).flatMap(([keyId, key]) => (dueStep(key) === undefined ? [] : keyId));
  const below = cut === undefined || cut.keyId === statement.floor ? [] : keysBelow(statement, cut.keyId);
  const known = [...below, ...due.flatMap((keyId) => [keyId, ...keysBelow(statement, keyId)])];
  return new Set(known.filter((keyId) => isAtOrAboveFloor(statement, keyId)));
}

/** The variables whose values somebody may have sealed after losing access, as the statement and the vault say by themselves. */
export function sealedByLeavers({ lines }: Vault, statement: EnvironmentStatement): string[] {
  const known = knownToLeavers(statement);
  if (known.size === 0) return [];
  return lines.flatMap((line) => (line.kind === "assignment" && known.has(line.token.keyId) ? [line.name] : []));
}
