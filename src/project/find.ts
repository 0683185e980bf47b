import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isCopy } from "../core/authority/copies.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { MAX_MANIFEST_BYTES, MAX_VAULT_BYTES } from "../core/limits.ts";
import { parseManifest } from "../core/manifest/manifest-text.ts";
import { classifyFile, environmentOfFile, MANIFEST_NAME, vaultName } from "../core/names.ts";
import { parseVault, type Vault } from "../core/vault/vault.ts";
import { EnvsealError } from "../errors.ts";
import { readText } from "../system/read.ts";

export interface LocatedManifest {
  path: string;
  root: string;
  manifest: Manifest;
}

/** The nearest `envseal.json` from `folder` upwards, not past one that holds a `.git`. */
export function findManifestPath(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, MANIFEST_NAME);
    if (existsSync(candidate)) return candidate;
    if (existsSync(join(at, ".git")) || dirname(at) === at) return null;
  }
}

/** The path in ENVSEAL_MANIFEST. A variable that is set to nothing names none. */
export function namedManifest(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env.ENVSEAL_MANIFEST === "" ? undefined : env.ENVSEAL_MANIFEST;
}

/** @throws MALFORMED_MANIFEST, UNSUPPORTED_FORMAT, CONFLICT_MARKERS, NO_MANIFEST where `path` names no file */
export function readManifest(path: string): LocatedManifest {
  const text = readText(path, MAX_MANIFEST_BYTES, "MALFORMED_MANIFEST");
  if (text === null)
    throw new EnvsealError("NO_MANIFEST", `there is no manifest at ${path}`, { hint: "check the path, or unset ENVSEAL_MANIFEST" });
  return { path: resolve(path), root: dirname(resolve(path)), manifest: parseManifest(text, displayPath(path)) };
}

/**
 * The nearest manifest, or null. One that lies below another of the same project is a copy that took a vault's path out
 * of its place, and is refused; a bundle inside its own repository is named with ENVSEAL_MANIFEST.
 * @throws FOREIGN_VAULT, and what readManifest throws
 */
export function nearestManifest(folder: string): LocatedManifest | null {
  const path = findManifestPath(folder);
  if (path === null) return null;
  const located = readManifest(path);
  const atTop = existsSync(join(located.root, ".git")) || dirname(located.root) === located.root;
  const above = atTop ? null : findManifestPath(dirname(located.root));
  if (above === null || !isCopy(readManifest(above).manifest, located.manifest)) return located;
  throw new EnvsealError(
    "FOREIGN_VAULT",
    `${displayPath(path)} is a copy of the manifest at ${displayPath(above)}: a vault belongs to one place`,
    {
      hint: "remove the copy; to use a bundle inside its own repository, name it: ENVSEAL_MANIFEST",
    },
  );
}

/** A vault's path as the manifest lists it: relative to it, with `/`, in NFC. Begins with `../` where it lies elsewhere. */
export function listedPath(root: string, vaultPath: string): string {
  const way = relative(root, resolve(vaultPath));
  // On another drive there is no way to it.
  return (isAbsolute(way) ? join("..", way) : way).split(sep).join("/").normalize("NFC");
}

/** @throws NO_VAULT, and what parseVault throws; `label` is how they call the file */
export function readVault(path: string, label = displayPath(path)): Vault {
  const text = readText(path, MAX_VAULT_BYTES, "MALFORMED_VAULT");
  if (text === null) {
    throw new EnvsealError("NO_VAULT", `there is no vault at ${resolve(path)}`, {
      hint: "run it where the vault is, name it (-f PATH, or the path option), or seal one with: envseal encrypt",
    });
  }
  const vault = parseVault(text, label);
  const named = environmentOfFile(basename(path));
  if (named === null || named === vault.environment) return vault;
  throw new EnvsealError("FOREIGN_VAULT", `${label} holds a vault of ${vault.environment}, and its name says ${named}`, {
    hint: "it was copied, renamed or replaced: take the file from git again (git log tells who changed it)",
  });
}

/** The environments that have a vault in `folder`. */
export function environmentsIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const kind = classifyFile(name);
    return kind?.kind === "vault" ? [kind.environment] : [];
  });
}

/** The environments of the vaults that a manifest lists in a folder (relative to it, empty for its own). */
export function listedIn(manifest: Manifest, folder: string): string[] {
  return Object.entries(manifest.vaults).flatMap(([path, { environment }]) =>
    path.slice(0, Math.max(path.lastIndexOf("/"), 0)) === folder ? [environment] : [],
  );
}

/** The nearest folder from `folder` upwards, not past one with a `.git`, that holds the environment's vault, or should. */
export function findVaultAbove(folder: string, environment: string, isListed: (path: string) => boolean): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, vaultName(environment));
    if (existsSync(candidate) || isListed(candidate)) return candidate;
    if (existsSync(join(at, ".git")) || dirname(at) === at) return null;
  }
}

/** Relative to the current folder where that is shorter, for messages. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith(`..${sep}..`) ? path : short;
}
