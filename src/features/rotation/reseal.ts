import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { entryOf, hasEnvironment } from "../../core/authority/authority-of.ts";
import type { EnvironmentStatement } from "../../core/authority/environment-statement.ts";
import { isAtOrAboveFloor } from "../../core/authority/reachable-keys.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { type KeySource, openVault } from "../../core/vault/open-vault.ts";
import { sealDocument } from "../../core/vault/seal-vault.ts";
import { serialiseVault, type Vault } from "../../core/vault/vault.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { gitLines } from "../../git/output.ts";
import { shellWord } from "../../printable.ts";
import { displayPath, readVault } from "../../project/find.ts";
import { readSyncRecord, writeSyncRecord } from "../../project/sync-record.ts";
import { writeAtomic } from "../../project/write.ts";
import { say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import { withOrigin } from "../../workspace/origin.ts";
import { inGit, type Project } from "../../workspace/project.ts";
import { recordKeys } from "../../workspace/record-keys.ts";

/** The environment's vaults in the work tree that a holder of the active key listed. */
function vaultsOf({ root, manifest }: Project, keyring: Keyring): string[] {
  return Object.keys(manifest.vaults).filter((path) => keyring.listsVault(path) && existsSync(join(root, path)));
}

/** What a vault holds from below the floor: names, and `line N` for comments. */
export function belowFloor(vault: Vault, statement: EnvironmentStatement): string[] {
  const low = (keyId: string) => Object.hasOwn(statement.keys, keyId) && !isAtOrAboveFloor(statement, keyId);
  return vault.lines.flatMap((row) =>
    row.kind === "blank" || !low(row.token.keyId) ? [] : [row.kind === "assignment" ? row.name : `the comment on line ${row.line}`],
  );
}

/**
 * Someone who left may have sealed what is older than the floor: sealing it anew would make it trusted, so the names are
 * listed and asked about.
 * @returns true if there was something and it was approved
 */
export async function approveBelowFloor(
  project: Project,
  keyring: Keyring,
  context: Context,
  isMeant = (_path: string) => true,
): Promise<boolean> {
  const found = vaultsOf(project, keyring)
    .filter(isMeant)
    .map((path) => ({ path, names: belowFloor(readVault(join(project.root, path)), keyring.statement) }))
    .filter(({ names }) => names.length > 0);
  if (found.length === 0) return false;
  say(context, `sealed under a key older than the floor of ${keyring.environment}; someone who left may have done it:`);
  for (const { path, names } of found) say(context, `  ${path}: ${names.join(", ")}`);
  await confirm(context, "take these values over, and seal them under the active key?");
  return true;
}

/**
 * Opens every vault, so that one that does not open stops a rotation before it begins.
 * @throws NO_VAULT for one that a sparse checkout leaves out, and what opening throws
 */
export function checkVaults(project: Project, keyring: Keyring, anyAge: boolean): void {
  refuseLeftOut(project, keyring);
  for (const path of vaultsOf(project, keyring)) {
    const vault = readVault(join(project.root, path));
    keyring.checkVault(path, vault);
    openVault(vault, keysIn(project, keyring, path, vault, anyAge), displayPath(join(project.root, path)));
  }
}

function keysIn({ root, manifest }: Project, keyring: Keyring, listed: string, vault: Vault, anyAge: boolean): KeySource {
  return withOrigin(keyring.keysOf(vault.id, anyAge), { root, manifest, listed, keyring });
}

/** It would stay under the key that is replaced, and below the floor where that is raised: no loader would open it. */
function refuseLeftOut(project: Project, keyring: Keyring): void {
  const { root, manifest } = project;
  const missing = Object.keys(manifest.vaults).filter((path) => keyring.listsVault(path) && !existsSync(join(root, path)));
  if (missing.length === 0 || !inGit(project)) return;
  const left = gitLines(root, ["ls-files", "-z", "--", ...missing.map((path) => `:(literal)${path}`)], { nul: true });
  if (left.length === 0) return;
  throw new EnvsealError("NO_VAULT", `git has ${left.join(", ")}, and the work tree has not: it would be left under the old key`, {
    hint: `take it from git (git sparse-checkout disable, or git checkout -- ${shellWord(left[0] as string)}); if it is gone for good: git rm it, and delete its entry from envseal.json`,
  });
}

/**
 * Every vault of the environment under the active key.
 * @param anyAge true where values from below the floor were approved
 * @returns their paths, as listed
 */
export function resealAll(project: Project, keyring: Keyring, anyAge: boolean): string[] {
  const paths = vaultsOf(project, keyring);
  for (const path of paths) resealOne(project, keyring, path, { anyAge, anew: true });
  return paths;
}

/** By environment, the listed vaults of the work tree that hold something from below the floor: a merge may bring one in. */
export function lowVaults({ root, manifest }: Project, isWanted: (path: string) => boolean): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, { environment }] of Object.entries(manifest.vaults)) {
    const statement = hasEnvironment(manifest, environment) ? entryOf(manifest, environment)?.statement : undefined;
    const vault = statement !== undefined && isWanted(path) ? readable(join(root, path)) : null;
    if (statement === undefined || vault === null || belowFloor(vault, statement).length === 0) continue;
    found.set(environment, [...(found.get(environment) ?? []), path]);
  }
  return found;
}

function readable(path: string): Vault | null {
  try {
    return existsSync(path) ? readVault(path) : null;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** One vault wholly under the active key. What it holds from below the floor is to be approved first. */
export function resealApproved(project: Project, keyring: Keyring, path: string): void {
  resealOne(project, keyring, path, { anyAge: true, anew: true });
}

/** Where other names are public than before: every other line keeps its token. @returns the paths of the vaults that changed */
export function resealChanged(project: Project, keyring: Keyring): string[] {
  return vaultsOf(project, keyring).filter((path) => resealOne(project, keyring, path, { anyAge: false, anew: false }));
}

/** True where that changed it. */
function resealOne(project: Project, keyring: Keyring, path: string, { anyAge, anew }: { anyAge: boolean; anew: boolean }): boolean {
  const file = join(project.root, path);
  const vault = readVault(file);
  keyring.checkVault(path, vault);
  const opened = openVault(vault, keysIn(project, keyring, path, vault, anyAge), displayPath(file));
  const before = serialiseVault(vault);
  const text = resealed(vault, keyring, opened, anew);
  const keys = recordKeys(keyring);
  const agreed = readSyncRecord(project.root, vault.id, keys) === before;
  if (text !== before) writeAtomic(project.root, file, text);
  if (agreed) writeSyncRecord(project.root, vault.id, text, keys);
  return text !== before;
}

function resealed(vault: Vault, keyring: Keyring, opened: ReturnType<typeof openVault>, anew: boolean): string {
  const key = keyring.vaultKey(keyring.active.keyId, vault.id);
  return serialiseVault(
    sealDocument(opened.document, {
      environment: vault.environment,
      vaultId: vault.id,
      key,
      isPublic: (name) => keyring.isPublic(name),
      previous: [opened],
      reseal: anew,
    }),
  );
}
