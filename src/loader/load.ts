import { dirname, join, resolve } from "node:path";
import { hasEnvironment } from "../core/authority/authority-of.ts";
import { fromUtf8 } from "../core/bytes.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import { isEnvironment, plaintextName, vaultName } from "../core/names.ts";
import { readLoosely } from "../core/vault/document.ts";
import type { Vault } from "../core/vault/vault.ts";
import { type Env, injectedKey } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { environmentsIn, findManifestPath, listedIn, listedPath, namedManifest, readManifest, readVault } from "../project/find.ts";
import { readBounded } from "../system/read.ts";
import { heldEnvironment } from "./loaded-variable.ts";
import { openVaultFile } from "./open.ts";
import { isOperatorsWord } from "./operators-word.ts";
import type { LoadOptions } from "./options.ts";

export interface LoadedVault {
  environment: string;
  id: string;
  path: string;
  values: Record<string, string>;
  /** What the manifest requires of it. */
  required: readonly string[];
}

/** Opens the vaults that `options` name, and the personal files if asked. Touches nothing. */
export function loadVaults(options: LoadOptions, warn: (message: string) => void): LoadedVault[] {
  const env = options.env ?? process.env;
  const located = locate(options, env);
  const personal = wantsPersonal(options, env, foldersOf(located), warn);
  return located.map(({ path, vault }) => {
    const values: Record<string, string> = {};
    const manifestPath = options.manifest ?? namedManifest(env);
    const { assignments, required } = openVaultFile({ path, vault, manifestPath, key: options.key, env, warn });
    for (const [name, { value }] of assignments) values[name] = value;
    if (personal) Object.assign(values, personalValues(path, vault.environment));
    return { environment: vault.environment, id: vault.id, path, values, required };
  });
}

/** Where plaintext files count for a load: where the program runs, and where its vaults are. */
export function foldersOf(located: readonly LocatedVault[]): string[] {
  return [process.cwd(), ...located.map(({ path }) => dirname(path))];
}

/** True where the files of this machine count too. @throws USAGE for a word that would say nothing, such as `true` */
export function wantsPersonal(
  { local }: Pick<LoadOptions, "local">,
  env: Env,
  folders: readonly string[],
  warn: (message: string) => void,
): boolean {
  if (local !== undefined) return local;
  const asked = (env.ENVSEAL_LOCAL ?? "").trim();
  if (asked === "1") return isOperatorsWord("ENVSEAL_LOCAL", folders, warn);
  if (["", "0"].includes(asked)) return false;
  throw new EnvsealError("USAGE", "ENVSEAL_LOCAL is neither 1 nor 0", { hint: "1 reads .env.local too; unset it otherwise" });
}

export interface LocatedVault {
  path: string;
  vault: Vault;
}

/** The vault files to load, read but not opened. Errors name them in full: who reads a log does not know the folder. @throws NO_VAULT, FOREIGN_VAULT, and what parseVault throws */
export function locate(options: LoadOptions, env: Env): LocatedVault[] {
  const chosen = chooseEnvironment(options, env);
  const paths = options.path === undefined ? [vaultName(chosen.environment)] : [options.path].flat();
  if (paths.length === 0)
    throw new EnvsealError("NO_VAULT", "the path option names no vault: its list is empty", {
      hint: "name one, or leave the option out for the environment's vault in the current folder",
    });
  const located: LocatedVault[] = [];
  for (const entry of paths) {
    const path = resolve(entry);
    let vault: Vault;
    try {
      vault = readVault(path, path);
    } catch (error) {
      if (options.optional === true && (error as EnvsealError).code === "NO_VAULT" && !isListed(path, options, env)) continue;
      throw error;
    }
    if (options.path === undefined && vault.environment !== chosen.environment) {
      throw new EnvsealError("FOREIGN_VAULT", `${path} is a vault of ${vault.environment}, not of ${chosen.environment}`, {
        hint: "it was copied or renamed: take the file from git again",
      });
    }
    located.push({ path, vault });
  }
  if (chosen.explicit) refuseOthers(located, chosen.environment);
  return located;
}

/** A list may reach into further environments; without one of the environment that was asked for, none of it is meant. */
function refuseOthers(located: readonly LocatedVault[], asked: string): void {
  const [first] = located;
  if (first === undefined || located.some(({ vault }) => vault.environment === asked)) return;
  throw new EnvsealError("FOREIGN_VAULT", `${first.path} is a vault of ${first.vault.environment}, and ${asked} was asked for`, {
    hint: "name the vault of that environment, or leave the environment out",
  });
}

/** Option > ENVSEAL_ENV > the key string's > the only one in the folder > default. */
export function chooseEnvironment(options: LoadOptions, env: Env): { environment: string; explicit: boolean } {
  const asked = options.environment ?? (env.ENVSEAL_ENV === "" ? undefined : env.ENVSEAL_ENV);
  if (asked !== undefined) {
    if (!isEnvironment(asked))
      throw new EnvsealError("UNKNOWN_ENVIRONMENT", "the chosen environment is no environment name", {
        hint: "use lower-case letters, digits and -",
      });
    return { environment: asked, explicit: true };
  }
  if (options.path !== undefined) return { environment: "default", explicit: false };
  const named = injectedKey(env, null, options.key)?.environment ?? null;
  if (named !== null) return { environment: named, explicit: false };
  const inherited = heldEnvironment(env.ENVSEAL_LOADED);
  if (inherited !== null) return { environment: inherited, explicit: false };
  return { environment: onlyEnvironment(process.cwd(), options.manifest ?? namedManifest(env)), explicit: false };
}

/**
 * The only environment of a folder. A vault that the manifest lists there and that is missing counts: else its absence would
 * choose another one. One that the authority does not name is nobody's.
 */
function onlyEnvironment(folder: string, named: string | undefined): string {
  const present = environmentsIn(folder);
  if (present.every((environment) => environment === "default")) return "default";
  const manifestPath = named ?? findManifestPath(folder);
  if (manifestPath === null) return present.length === 1 ? (present[0] as string) : "default";
  const { manifest, root } = readManifest(manifestPath);
  const here = new Set([...present, ...listedIn(manifest, listedPath(root, folder))].filter((name) => hasEnvironment(manifest, name)));
  return here.size === 1 ? ([...here][0] as string) : "default";
}

function isListed(path: string, options: LoadOptions, env: Env): boolean {
  const manifestPath = options.manifest ?? namedManifest(env) ?? findManifestPath(dirname(path));
  if (manifestPath === null) return false;
  const { manifest, root } = readManifest(manifestPath);
  return Object.hasOwn(manifest.vaults, listedPath(root, path));
}

/** `.env.local` under `.env.<environment>.local`, both plain dotenv files of this machine. */
export function personalValues(vaultPath: string, environment: string): Record<string, string> {
  const names = [".env.local", ...(environment === "default" ? [] : [`${plaintextName(environment)}.local`])];
  const values: Record<string, string> = {};
  for (const name of names) {
    const path = join(dirname(vaultPath), name);
    const bytes = readBounded(path, MAX_VAULT_BYTES);
    if (bytes === null) continue;
    const text = fromUtf8(bytes);
    // UTF-16, as some shells write it, would be read as a file that sets nothing.
    if (text === null || text.includes("\0"))
      throw new EnvsealError("MALFORMED_DOTENV", `${path} is not valid UTF-8, or holds a NUL`, { hint: "save it as UTF-8" });
    Object.assign(values, readLoosely(text));
  }
  return values;
}
