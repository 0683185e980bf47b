import { dirname } from "node:path";
import { findManifestPath } from "../project/find.ts";
import { type LoadOptions, locate } from "./load.ts";

/** What a load reads, as far as it can be told without a key. */
export interface VaultFile {
  path: string;
  environment: string;
  /** The manifest it is checked against; null where there is none (a read-only key needs none). */
  manifest: string | null;
  /** Every name in file order. `public` is what the vault shows in clear. */
  names: { name: string; public: boolean; version: number }[];
}

/**
 * The vaults that `load` would open with these options, not opened: for whatever ships an app's files or watches them.
 * @throws EnvsealError: no vault, or one that is malformed
 * @example
 * for (const { path, manifest } of vaultFiles()) image.add(path, manifest);
 */
export function vaultFiles(options: LoadOptions = {}): VaultFile[] {
  const env = options.env ?? process.env;
  return locate(options, env).map(({ path, vault }) => ({
    path,
    environment: vault.environment,
    manifest: options.manifest ?? env.ENVSEAL_MANIFEST ?? findManifestPath(dirname(path)),
    names: vault.lines.flatMap((line) =>
      line.kind === "assignment" ? [{ name: line.name, public: line.shown !== undefined, version: line.token.version }] : [],
    ),
  }));
}
