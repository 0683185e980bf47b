import { printableLines } from "../printable.ts";
import { type Env, isKeyVariable } from "./key.ts";
import type { LoadedVault, LocatedVault } from "./load.ts";
import { loadVaults, locate, personalValues, wantsPersonal } from "./load.ts";
import { isLoadedMark, loadedMark, refuseMixture, setVariables } from "./mark.ts";
import type { LoadOptions } from "./options.ts";

/** What `config` takes. */
export interface ConfigOptions extends LoadOptions {
  /** Lets the vault win over variables that are already set. Default: false. */
  override?: boolean;
  /** Leaves the key variables in place, for children that open other vaults. Default: false, they are removed. */
  keepKey?: boolean;
}

/** What `config` gives. */
export interface ConfigResult {
  /** Every name and value that was opened, whether or not the environment already had one; empty where nothing was opened. */
  parsed: Record<string, string>;
}

/**
 * Opens the vault and returns its values; touches nothing: neither `process.env` nor a file.
 * @param options which vault, and with what
 * @returns name → value, of all vaults together where `path` names several
 * @throws EnvsealError NO_VAULT, NO_KEY, NO_ACCESS, WRONG_KEY, TAMPERED, BELOW_FLOOR, PIN_MISMATCH, MISSING_REQUIRED and the
 * others of exit codes 2 to 5
 * @example
 * const { DATABASE_URL } = load({ environment: "production" });
 */
export function load(options: LoadOptions = {}): Record<string, string> {
  return merge(loadVaults(options, warn));
}

/**
 * Opens the vault into process.env, removes the key variables and sets ENVSEAL_LOADED.
 * A child that inherits both the preload and every value adds no more than `local` asks for; with `override`, every value has to be the vault's.
 * Variables that are set stay as they are, unless `override` is given. With `ENVSEAL=off` it does nothing and says so on stderr.
 * @param options as those of `load`, and two more
 * @throws EnvsealError as `load` does: no vault, no key, any doubt about either. Nothing is set then.
 * @example
 * config({ environment: "staging", override: true });
 */
export function config(options: ConfigOptions = {}): ConfigResult {
  const env = options.env ?? process.env;
  if (env.ENVSEAL === "off") {
    warn("loading is switched off (ENVSEAL=off)");
    return { parsed: {} };
  }
  const inherited = env.ENVSEAL_LOADED === undefined ? null : inheritedVaults(options, env);
  if (inherited !== null) return { parsed: addPersonal(inherited, options, env) };
  const loaded = loadVaults(options, warn);
  if (options.override !== true) refuseMixture(loaded, env);
  const parsed = merge(loaded);
  if (options.keepKey !== true) for (const name of Object.keys(env)) if (isKeyVariable(name)) delete env[name];
  const kept = setVariables(env, parsed, options.override === true);
  if (loaded.length > 0) env.ENVSEAL_LOADED = loadedMark(loaded, kept);
  return { parsed };
}

/** The first vault wins, as the first file does in dotenv. */
function merge(loaded: readonly LoadedVault[]): Record<string, string> {
  const [first] = loaded;
  return loaded.length === 1 && first !== undefined ? first.values : Object.assign({}, ...loaded.map(({ values }) => values).reverse());
}

/** The vaults, where everything of theirs is set already; else null. */
function inheritedVaults(options: ConfigOptions, env: Env): LocatedVault[] | null {
  const located = locate(options, env);
  const vaults = located.map(({ vault }) => vault);
  if (!isLoadedMark(env.ENVSEAL_LOADED, vaults, options.override === true)) return null;
  const isSet = vaults.every(({ lines }) => lines.every((line) => line.kind !== "assignment" || Object.hasOwn(env, line.name)));
  return isSet ? located : null;
}

/** What the load around us may not have read. What it set stays, as every variable does that is set. */
function addPersonal(located: readonly LocatedVault[], options: ConfigOptions, env: Env): Record<string, string> {
  if (!wantsPersonal(options, env)) return {};
  const personal = located.map(({ path, vault }) => personalValues(path, vault.environment));
  const values: Record<string, string> = Object.assign({}, ...personal.reverse());
  const stays = Object.keys(values).filter((name) => options.override !== true && Object.hasOwn(env, name));
  // After a `!`, a person may have set it: their word counts, as always.
  const unlike = env.ENVSEAL_LOADED?.endsWith("!") === true ? [] : stays.filter((name) => env[name] !== values[name]);
  if (unlike.length > 0) warn(`loaded before this, so not taken from the files of this machine: ${unlike.join(", ")}`);
  for (const [name, value] of Object.entries(values)) if (!stays.includes(name)) env[name] = value;
  return values;
}

function warn(message: string): void {
  process.stderr.write(`envseal: ${printableLines(message)}\n`);
}
