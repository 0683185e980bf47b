import type { Env } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { printableLines } from "../printable.ts";
import { apply, merge } from "./apply.ts";
import { heldValues, inheritedVaults } from "./inherited.ts";
import { foldersOf, type LocatedVault, loadVaults, personalValues, wantsPersonal } from "./load.ts";
import { readMark } from "./loaded-variable.ts";
import type { LoadOptions } from "./options.ts";
import { isSwitchedOff } from "./switched-off.ts";

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
 * A child that inherits both the preload and every value adds no more than `local` asks for, in whatever folder without a vault
 * it starts; with `override`, every value has to be the vault's.
 * Variables that are set stay as they are, unless `override` is given; those that differ are named on stderr where a plaintext
 * file accounts for it. With `ENVSEAL=off` it does nothing and says so on stderr.
 * @param options as those of `load`, and two more
 * @throws EnvsealError as `load` does: no vault, no key, any doubt about either; AMBIGUOUS_ENVIRONMENT where another vault that was loaded
 * before has other values for the same names. Nothing is set then.
 * @example
 * config({ environment: "staging", override: true });
 */
export function config(options: ConfigOptions = {}): ConfigResult {
  const env = options.env ?? process.env;
  if (isSwitchedOff(env, process.cwd(), warn)) {
    warn("loading is switched off (ENVSEAL=off)");
    return { parsed: {} };
  }
  refuseDaemon(env);
  const inherited = inheritedVaults(options, env, warn);
  if (inherited !== null) return { parsed: addPersonal(inherited, options, env) };
  const loaded = loadVaults(options, warn);
  const { override = false, keepKey = false } = options;
  const valuesOf = (id: string, near: string) => heldValues(id, near, options, env);
  return { parsed: apply(loaded, { env, override, keepKey, cwd: process.cwd(), valuesOf, warn }) };
}

/**
 * PM2's cluster mode starts node, and with it a preload, in the folder and with the variables of its daemon; the app's own come
 * after that. Whoever started the daemon first would give every app their values.
 */
function refuseDaemon(env: Env): void {
  if (env.pm2_env === undefined) return;
  throw new EnvsealError("USAGE", "PM2's cluster mode runs a preload in the folder of its daemon, not of this app", {
    hint: "load envseal/config on the first line of the app instead; or use fork mode, in which the preload works",
  });
}

/** What the load around us may not have read. What it set stays, as every variable does that is set. */
function addPersonal(located: readonly LocatedVault[], options: ConfigOptions, env: Env): Record<string, string> {
  if (!wantsPersonal(options, env, foldersOf(located), warn)) return {};
  const personal = located.map(({ path, vault }) => personalValues(path, vault.environment));
  const values: Record<string, string> = Object.assign({}, ...personal.reverse());
  const stays = Object.keys(values).filter((name) => options.override !== true && Object.hasOwn(env, name));
  // After a `!`, a person may have set it: their word counts, as always.
  const unlike = readMark(env.ENVSEAL_LOADED).some(({ kept }) => kept) ? [] : stays.filter((name) => env[name] !== values[name]);
  if (unlike.length > 0) warn(`loaded before this, so not taken from the files of this machine: ${unlike.join(", ")}`);
  for (const [name, value] of Object.entries(values)) if (!stays.includes(name)) env[name] = value;
  return values;
}

function warn(message: string): void {
  process.stderr.write(`envseal: ${printableLines(message)}\n`);
}
