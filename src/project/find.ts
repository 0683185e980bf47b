import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { MAX_MANIFEST_BYTES, MAX_VAULT_BYTES } from "../core/limits.ts";
import { MANIFEST_NAME, type Manifest, parseManifest } from "../core/manifest.ts";
import { classifyFile, vaultName } from "../core/names.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { EnvsealError } from "../errors.ts";
import { readText } from "./read.ts";

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

/** @throws MALFORMED_MANIFEST, UNSUPPORTED_FORMAT, CONFLICT_MARKERS, NO_MANIFEST where `path` names no file */
export function readManifest(path: string): LocatedManifest {
  const text = readText(path, MAX_MANIFEST_BYTES, "MALFORMED_MANIFEST");
  if (text === null)
    throw new EnvsealError("NO_MANIFEST", `there is no manifest at ${path}`, { hint: "check the path, or run: envseal init" });
  return { path: resolve(path), root: dirname(resolve(path)), manifest: parseManifest(text, displayPath(path)) };
}

/** A vault's path as the manifest lists it: relative to it, with `/`, in NFC. */
export function listedPath(root: string, vaultPath: string): string {
  return relative(root, resolve(vaultPath)).split(sep).join("/").normalize("NFC");
}

/** @throws NO_VAULT, and what parseVault throws */
export function readVault(path: string): Vault {
  const text = readText(path, MAX_VAULT_BYTES, "MALFORMED_VAULT");
  if (text === null) {
    throw new EnvsealError("NO_VAULT", `there is no vault at ${displayPath(path)}`, {
      hint: "run it where the vault is, name it (-f PATH, or the path option), or seal one with: envseal encrypt",
    });
  }
  return parseVault(text, displayPath(path));
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

/** The nearest folder from `folder` upwards, not past one with a `.git`, that holds the environment's vault. */
export function findVaultAbove(folder: string, environment: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const candidate = join(at, vaultName(environment));
    if (existsSync(candidate)) return candidate;
    if (existsSync(join(at, ".git")) || dirname(at) === at) return null;
  }
}

/** Relative to the current folder where that is shorter, for messages. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith(`..${sep}..`) ? path : short;
}
