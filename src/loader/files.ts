import { dirname } from "node:path";
import { findManifestPath, namedManifest } from "../project/find.ts";
import { heldElsewhere } from "./inherited.ts";
import { locate } from "./load.ts";
import type { LoadOptions } from "./options.ts";

/** What a load reads, as far as it can be told without a key. */
export interface VaultFile {
  /** Absolute. */
  path: string;
  /** As the vault's first line names it: `default`, or lower-case letters, digits and `-`. */
  environment: string;
  /** The manifest it is checked against; null where there is none (a read-only key needs none). */
  manifest: string | null;
  /** In file order. */
  names: VaultName[];
}

/** One variable of a vault, without its value. */
export interface VaultName {
  /** The variable. */
  name: string;
  /** Whether the vault shows its value in clear. */
  public: boolean;
  /** The key version it is sealed under, from 1. */
  version: number;
}

/**
 * The vaults that `config` opens with these options, or that a load around this process has opened, not opened: for whatever ships an app's files or watches them.
 * @throws EnvsealError NO_VAULT, MALFORMED_VAULT, CONFLICT_MARKERS, FOREIGN_VAULT, UNSUPPORTED_FORMAT; keys play no part
 * @example
 * for (const { path, manifest } of vaultFiles()) image.add(path, manifest);
 */
export function vaultFiles(options: LoadOptions = {}): VaultFile[] {
  const env = options.env ?? process.env;
  const inherited = heldElsewhere(options, env) ?? [];
  return (inherited.length > 0 ? inherited : locate(options, env)).map(({ path, vault }) => ({
    path,
    environment: vault.environment,
    manifest: options.manifest ?? namedManifest(env) ?? findManifestPath(dirname(path)),
    names: vault.lines.flatMap((line) =>
      line.kind === "assignment" ? [{ name: line.name, public: line.shown !== undefined, version: line.token.version }] : [],
    ),
  }));
}
