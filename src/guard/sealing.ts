import type { EnvironmentStatement, KeyEntry } from "../core/authority/environment-statement.ts";
import { isAtOrAboveFloor } from "../core/authority/reachable-keys.ts";
import { versionLabel } from "../core/keys/versions.ts";
import type { Token } from "../core/vault/token.ts";
import type { Vault } from "../core/vault/vault.ts";
import type { ErrorCode } from "../errors.ts";
import { atVault } from "./at-vault.ts";
import type { Finding } from "./finding.ts";

/**
 * What a vault and the manifest of the same commit say of each other in clear: which keys its tokens name, and whether readers
 * accept these. Needs no key; what a token holds, it cannot tell.
 */
export function inspectSealing(path: string, vault: Vault, statement: EnvironmentStatement): Finding[] {
  const findings: Finding[] = [];
  const sealed = sealedUnder(vault);
  for (const { token, names } of sealed.values()) {
    const wrong = refusal(token, statement);
    if (wrong === null) continue;
    const message = `${path}: ${listed(names)} sealed under v${token.version} (${token.keyId}), ${wrong.what} [${wrong.code}]`;
    findings.push({ rule: "forged-vault", path, message, fix: wrong.fix });
  }
  if (findings.length > 0 || [...sealed.values()].some(({ token }) => token.keyId === statement.active)) return findings;
  const [active, fix] = [
    labelOf(statement, statement.active),
    `commit the vault that the rotation wrote; where it wrote none: envseal rotate${atVault(path, vault.environment)}`,
  ];
  const message = `${path} holds nothing under the active key of ${vault.environment}, ${active}: it is from before a rotation`;
  return [{ rule: "unfinished-rotation", level: "warning", path, message, fix }];
}

/** By key and version: a token under it, and the names of its lines. */
function sealedUnder(vault: Vault): Map<string, { token: Token; names: string[] }> {
  const found = new Map<string, { token: Token; names: string[] }>();
  const add = (token: Token, name: string) => {
    const key = `${token.version}.${token.keyId}`;
    const same = found.get(key);
    if (same === undefined) found.set(key, { token, names: [name] });
    else same.names.push(name);
  };
  for (const row of vault.lines) if (row.kind !== "blank") add(row.token, row.kind === "assignment" ? row.name : "a comment");
  add(vault.end, "the end line");
  return found;
}

function refusal({ keyId, version }: Token, statement: EnvironmentStatement): { code: ErrorCode; what: string; fix: string } | null {
  const key = Object.hasOwn(statement.keys, keyId) ? statement.keys[keyId] : undefined;
  if (key === undefined) {
    const fix = "the vault may be newer than envseal.json: commit both together; else take the vault from git again";
    return { code: "KEY_UNKNOWN", what: "which the envseal.json of the same commit does not know", fix };
  }
  if (key.version !== version)
    return { code: "TAMPERED", what: `and that key is version ${key.version}`, fix: "take the vault from git again" };
  if (key.state === "destroyed")
    return { code: "KEY_DESTROYED", what: "which was destroyed", fix: "take a later version of the vault from git" };
  if (isAtOrAboveFloor(statement, keyId)) return null;
  const fix =
    "commit the vault that the rotation wrote; where a merge brought these lines, envseal resolve lists them, asks, and seals them under the active key";
  return { code: "BELOW_FLOOR", what: `which is older than the floor, ${labelOf(statement, statement.floor)}`, fix };
}

function labelOf({ keys }: EnvironmentStatement, keyId: string): string {
  return versionLabel(keyId, keys[keyId] as KeyEntry);
}

const SHOWN = 5;

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
