import { existsSync } from "node:fs";
import { join } from "node:path";
import { environmentEntries } from "../../core/authority/authority-of.ts";
import type { EnvironmentStatement, KeyState } from "../../core/authority/environment-statement.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { validEntries } from "../../core/keys/fence.ts";
import { isEnvsealError } from "../../errors.ts";
import { readVault } from "../../project/find.ts";
import type { Project } from "../../workspace/project.ts";

/** One key version, as the inventory of Acra and of NIST SP 800-57 part 2 lists them. */
export interface KeyRecord {
  purpose: string;
  environment: string;
  version: number;
  keyId: string;
  state: KeyState;
  created: string;
  ageDays: number;
  /** True for the active key past its cryptoperiod. */
  due: boolean;
  reason: string;
  recipients: string[];
  /** Assignments of the work tree's vaults that are sealed under it. */
  values: number;
  floor: boolean;
  held: string;
}

/** Every key version of every environment (or of one), the newest first. Needs no key. */
export function inventory(project: Project, only: string | undefined): KeyRecord[] {
  const counts = countValues(project);
  return environmentEntries(project.manifest)
    .filter(([name]) => only === undefined || name === only)
    .flatMap(([environment, { statement, settings }]) =>
      Object.entries(statement.keys)
        .sort(([, a], [, b]) => b.version - a.version)
        .map(([keyId, { version, state, created, reason }]) => ({
          purpose: "seals values",
          environment,
          version,
          keyId,
          state,
          created,
          ageDays: ageInDays(created),
          due: keyId === statement.active && ageInDays(created) >= settings.cryptoperiodDays,
          reason,
          recipients: keyId === statement.active ? validEntries(project.manifest, environment).sort() : [],
          values: counts.get(keyId) ?? 0,
          floor: keyId === statement.floor,
          held: whereHeld(keyId, statement),
        })),
    );
}

/** Whole days from an instant, never negative: clocks differ. One that a wrong clock set far ahead would else never be due. */
export function ageInDays(instant: string): number {
  return Math.floor(Math.abs(Date.now() - Date.parse(instant)) / 86_400_000);
}

const BACKUP_DAYS = 90;

/** True 90 days after a backup was last verified, or after the first key was made where none ever was. */
export function backupIsDue(manifest: Manifest): boolean {
  const { backup } = manifest;
  const keys = environmentEntries(manifest).flatMap(([, { statement }]) => Object.values(statement.keys));
  const since = backup?.verified ?? keys.map(({ created }) => created).sort()[0];
  return since !== undefined && ageInDays(since) > BACKUP_DAYS;
}

function whereHeld(keyId: string, { active, keys }: EnvironmentStatement): string {
  if (keyId === active) return "wrapped for each recipient";
  return keys[keyId]?.state === "destroyed" ? "nowhere in this manifest" : "sealed under the next key";
}

function countValues(project: Project): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of Object.keys(project.manifest.vaults)) {
    const file = join(project.root, path);
    if (!existsSync(file)) continue;
    try {
      for (const row of readVault(file).lines)
        if (row.kind === "assignment") counts.set(row.token.keyId, (counts.get(row.token.keyId) ?? 0) + 1);
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
    }
  }
  return counts;
}
