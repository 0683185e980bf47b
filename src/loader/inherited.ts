import { dirname, join } from "node:path";
import type { Env } from "../custody/key.ts";
import {
  environmentsIn,
  findManifestPath,
  type LocatedManifest,
  listedIn,
  listedPath,
  namedManifest,
  readManifest,
  readVault,
} from "../project/find.ts";
import { chooseEnvironment, foldersOf, type LocatedVault, loadVaults, locate } from "./load.ts";
import { heldSet, readMark } from "./loaded-variable.ts";
import { isOperatorsWord } from "./operators-word.ts";
import type { LoadOptions } from "./options.ts";

/**
 * The vaults that are meant here, where the load around us has set every name of theirs; else null. ENVSEAL_LOADED is a claim:
 * it never counts where a vault that is at hand has a name which is not set, nor where a file made it.
 */
export function inheritedVaults(
  options: LoadOptions & { override?: boolean },
  env: Env,
  warn: (message: string) => void,
): LocatedVault[] | null {
  const mark = env.ENVSEAL_LOADED;
  if (readMark(mark).length === 0) return null;
  const located = heldElsewhere(options, env) ?? held(locate(options, env), options, env);
  if (located === null || !located.every(({ vault }) => isSet(vault.lines, env))) return null;
  return isOperatorsWord("ENVSEAL_LOADED", foldersOf(located), warn) ? located : null;
}

function held(located: LocatedVault[], { override = false }: { override?: boolean }, env: Env): LocatedVault[] | null {
  const vaults = located.map(({ vault }) => vault);
  return heldSet(readMark(env.ENVSEAL_LOADED), vaults, override) === undefined ? null : located;
}

function isSet(lines: LocatedVault["vault"]["lines"], env: Env): boolean {
  return lines.every((line) => line.kind !== "assignment" || Object.hasOwn(env, line.name));
}

/**
 * The vaults of the load around us, for a child that asks for none by name and whose folder neither has one nor is listed with
 * one: they are all there is for it. Those that the manifest above lists are read, to see that their names are set; where it
 * lists none of them, the child is in another project, and null is the answer, as it is wherever the child has a vault of its own.
 */
export function heldElsewhere(options: LoadOptions & { override?: boolean }, env: Env): LocatedVault[] | null {
  if (options.path !== undefined) return null;
  const folder = process.cwd();
  if (environmentsIn(folder).length > 0) return null;
  const { environment } = chooseEnvironment(options, env);
  const set = readMark(env.ENVSEAL_LOADED).find(({ vaults }) => vaults.some((vault) => vault.environment === environment));
  if (set === undefined || (set.kept && options.override === true)) return null;
  const manifest = manifestNear(folder, options, env);
  if (manifest === null) return [];
  if (listedIn(manifest.manifest, listedPath(manifest.root, folder)).length > 0) return null;
  const paths = set.vaults.flatMap(({ id }) => pathOf(manifest, id) ?? []);
  return paths.length === 0 ? null : paths.map((path) => ({ path, vault: readVault(path, path) }));
}

/** What the vault of another load holds, where the manifest near this one lists it and a key that is here opens it; else null. */
export function heldValues(id: string, near: string, options: LoadOptions, env: Env): Record<string, string> | null {
  const { environment, ...others } = options;
  try {
    const manifest = manifestNear(dirname(near), options, env);
    const path = manifest === null ? null : pathOf(manifest, id);
    return path === null
      ? null
      : (loadVaults({ ...others, local: false, env: { ...env, ENVSEAL_ENV: "" }, path }, () => {})[0]?.values ?? null);
  } catch {
    return null;
  }
}

/** The manifest for what lies in a folder: by option, variable, or the nearest. */
function manifestNear(folder: string, options: LoadOptions, env: Env): LocatedManifest | null {
  const path = options.manifest ?? namedManifest(env) ?? findManifestPath(folder);
  return path === null ? null : readManifest(path);
}

/** Where a manifest lists the vault with this id. */
export function pathOf({ manifest, root }: LocatedManifest, id: string): string | null {
  const [path] = Object.entries(manifest.vaults).find(([, entry]) => entry.id === id) ?? [null];
  return path === null ? null : join(root, path);
}
