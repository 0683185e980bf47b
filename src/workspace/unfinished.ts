import { existsSync } from "node:fs";
import { join } from "node:path";
import { ownMember } from "../core/authority/authority.ts";
import { entryOf, environmentNames, headOf } from "../core/authority/authority-of.ts";
import { cutOf, type EnvironmentStatement } from "../core/authority/environment-statement.ts";
import { type Manifest, vaultPathsOf } from "../core/authority/manifest.ts";
import { keysBelow } from "../core/authority/reachable-keys.ts";
import { isDue } from "../core/keys/due.ts";
import { isEnvsealError } from "../errors.ts";
import { readVault } from "../project/find.ts";
import type { Project } from "./project.ts";
import type { Hand } from "./signing.ts";

/**
 * A rotation that did not come to its end, as the manifest and the vaults show without a key:
 * `floor` replaced keys are still accepted · `lowest` what was signed before somebody lost access could be put back, which an
 * admin has to end · `vaults` values are still sealed under an earlier key.
 */
export type Unfinished = "floor" | "lowest" | "vaults";

/** What the manifest alone says. */
export function unfinishedIn(manifest: Manifest, environment: string): Exclude<Unfinished, "vaults"> | null {
  const statement = entryOf(manifest, environment)?.statement;
  const cut = statement === undefined ? undefined : cutOf(statement);
  if (statement === undefined || cut === undefined) return null;
  if (isBelowCut(statement, cut)) return "floor";
  const lowest = ownMember(headOf(manifest).environments, environment)?.lowest ?? 0;
  return lowest < cut.revision ? "lowest" : null;
}

/** To a key that was destroyed no link leads, and none from it: when each was made says which came first. */
function isBelowCut({ keys, active, floor }: EnvironmentStatement, { keyId, revision }: { keyId: string; revision: number }): boolean {
  if (floor === keyId || floor === active) return false;
  if (keys[keyId]?.state === "destroyed") return (keys[floor]?.revision ?? 0) < revision;
  return keysBelow({ keys }, keyId).includes(floor);
}

/** True where somebody lost access who knows a key that is accepted still, and nobody has replaced it. */
export function isDueIn(manifest: Manifest, environment: string): boolean {
  const statement = entryOf(manifest, environment)?.statement;
  return statement !== undefined && isDue(statement);
}

/** The same with the vaults of the work tree. */
export function unfinishedAt(project: Project, environment: string): Unfinished | null {
  return unfinishedIn(project.manifest, environment) ?? (staleVaults(project, environment).length > 0 ? "vaults" : null);
}

/** The vaults of the work tree that hold a token under another key than the active one. */
export function staleVaults({ root, manifest }: Project, environment: string): string[] {
  const active = entryOf(manifest, environment)?.statement.active;
  return vaultPathsOf(manifest, environment).filter((path) => {
    const file = join(root, path);
    if (!existsSync(file)) return false;
    try {
      const { lines, end } = readVault(file);
      return end.keyId !== active || lines.some((line) => line.kind !== "blank" && line.token.keyId !== active);
    } catch (error) {
      if (isEnvsealError(error)) return false;
      throw error;
    }
  });
}

/** True where whoever signs here has something to finish before a new key is made. */
export function isUnfinished(project: Project, environment: string, hand: Hand): boolean {
  const left = unfinishedAt(project, environment);
  return left !== null && (left !== "lowest" || hand.role === "admin");
}

/** True where the floor, or by an admin `lowest`, has to be raised yet. */
export function isOpenToRotators(manifest: Manifest, environment: string, { role }: Hand): boolean {
  const left = unfinishedIn(manifest, environment);
  return left === "floor" || (left === "lowest" && role === "admin");
}

/** The environments with something left to finish. */
export function unfinishedEnvironments(project: Project): { environment: string; left: Unfinished }[] {
  return environmentNames(project.manifest).flatMap((environment) => {
    const left = unfinishedAt(project, environment);
    return left === null ? [] : [{ environment, left }];
  });
}

/** The environments of which two rotations were joined by a third key, and whose vaults or floor are still to follow. */
export function joinsLeft(project: Project): string[] {
  return unfinishedEnvironments(project).flatMap(({ environment }) => {
    const { active = "", keys = {} } = entryOf(project.manifest, environment)?.statement ?? {};
    return keys[active]?.reason === "merge" ? [environment] : [];
  });
}
