import { dirname, join } from "node:path";
import { ownMember } from "../../core/authority/authority.ts";
import { hasEnvironment, headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isEnvsealError } from "../../errors.ts";
import { findManifestPath, readVault } from "../../project/find.ts";
import { scanEnvFiles } from "../../workspace/env-files.ts";
import type { Project } from "../../workspace/project.ts";

/** True for an environment that an admin removed, and nobody added again. */
export function isRemoved(manifest: Manifest, environment: string): boolean {
  return !hasEnvironment(manifest, environment) && ownMember(headOf(manifest).gone ?? {}, environment) !== undefined;
}

/** The vaults that a removed environment left, by their paths in the project: where its removal was interrupted, or a merge kept them. */
export function remainsOf({ root, path, manifest }: Project, environment: string): string[] {
  const isIts = (vault: string) => {
    const file = join(root, vault);
    if (Object.hasOwn(manifest.vaults, vault) || findManifestPath(dirname(file)) !== path) return false;
    try {
      return readVault(file).environment === environment;
    } catch (error) {
      // Another tool's, or a broken one, is nobody's to delete here.
      if (isEnvsealError(error)) return false;
      throw error;
    }
  };
  return scanEnvFiles(root).vaults.filter(isIts);
}
