import { dirname } from "node:path";
import { isKeyVariable } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { namesFromPlaintext } from "../project/plaintext.ts";
import type { LoadedVault } from "./load.ts";
import { nextMark, otherSets } from "./loaded-variable.ts";
import { steeringNames, steersText } from "./steering-names.ts";

/** How what was opened comes into an environment: the same for the loader and for `run`. */
export interface Applying {
  env: NodeJS.ProcessEnv;
  override: boolean;
  keepKey: boolean;
  /** Where the program runs that gets the values. */
  cwd: string;
  /** What another vault holds, by its id, where a manifest near this one lists it and a key opens it; else null. */
  valuesOf: (id: string, near: string) => Readonly<Record<string, string>> | null;
  warn: (message: string) => void;
}

/**
 * Sets what was opened, removes the keys and leaves the mark.
 * @returns every name and value that was opened
 * @throws AMBIGUOUS_ENVIRONMENT; nothing is set then
 */
export function apply(loaded: readonly LoadedVault[], applying: Applying): Record<string, string> {
  const { env, override, warn } = applying;
  if (!override) refuseMixture(loaded, applying);
  const values = merge(loaded);
  // First: a vault may hold another project's key, which is a value like any other.
  if (!applying.keepKey) for (const name of Object.keys(env)) if (isKeyVariable(name)) delete env[name];
  const { kept, set, replaced } = setVariables(env, values, override);
  const steering = steeringNames(set.map((name) => [name, values[name] as string]));
  if (steering.length > 0) warn(steersText(steering));
  if (loaded.length > 0) env.ENVSEAL_LOADED = nextMark(env.ENVSEAL_LOADED, { vaults: loaded, kept: kept.length > 0 }, replaced);
  const folders = new Set([applying.cwd, ...loaded.map(({ path }) => dirname(path))]);
  for (const { path, names, isSeen } of namesFromPlaintext(env, kept, folders)) {
    const what = isSeen ? "has it too" : "may have it too (there is too much to read)";
    warn(
      `kept at another value than the vault's, which was set before: ${names.join(", ")}. ${path} ${what}, and some programs read that file by themselves: remove it, or let the vault win (override)`,
    );
  }
  const empty = loaded.flatMap(({ required }) => required.filter((name) => env[name] === ""));
  if (empty.length > 0) warn(`required, and set to nothing: ${empty.join(", ")}`);
  return values;
}

/** The first vault wins, as the first file does in dotenv. */
export function merge(loaded: readonly LoadedVault[]): Record<string, string> {
  const [first] = loaded;
  return loaded.length === 1 && first !== undefined ? first.values : Object.assign({}, ...loaded.map(({ values }) => values).reverse());
}

/** Sets variables, those that are set already only with `override`; says which it set, which kept another value, and whether one lost its own. */
function setVariables(
  env: NodeJS.ProcessEnv,
  values: Readonly<Record<string, string>>,
  override: boolean,
): { kept: string[]; set: string[]; replaced: boolean } {
  const isSet = variablesOf(env);
  const kept: string[] = [];
  const set: string[] = [];
  let replaced = false;
  for (const name of Object.keys(values)) {
    if (isSet(name) && env[name] === values[name]) continue;
    if (isSet(name) && !override) kept.push(name);
    else {
      replaced ||= isSet(name);
      env[name] = values[name];
      set.push(name);
    }
  }
  return { kept, set, replaced };
}

/** What is set now. To ask process.env for a variable takes the longer the more there are; only Windows has names of any case. */
function variablesOf(env: NodeJS.ProcessEnv): (name: string) => boolean {
  if (process.platform === "win32") return (name) => Object.hasOwn(env, name);
  const names = new Set(Object.keys(env));
  return (name) => names.has(name);
}

/**
 * What another load around us set would win over what is opened now, and the process would run on two vaults. A variable that
 * the operator set is none of that, where the other vault can be opened to see that it is not its own.
 */
function refuseMixture(loaded: readonly LoadedVault[], { env, valuesOf }: Applying): void {
  const others = otherSets(env.ENVSEAL_LOADED, loaded);
  const [first] = loaded;
  if (first === undefined || others.length === 0) return;
  const values = merge(loaded);
  const unlike = Object.keys(values).filter((name) => env[name] !== undefined && env[name] !== values[name]);
  if (unlike.length === 0) return;
  const isTheirs = others.flatMap(({ vaults, kept }) =>
    vaults.map(({ id }) => {
      const theirs = valuesOf(id, first.path);
      return (name: string) => theirs === null || (Object.hasOwn(theirs, name) && (!kept || theirs[name] === env[name]));
    }),
  );
  const mixed = unlike.filter((name) => isTheirs.some((is) => is(name)));
  if (mixed.length === 0) return;
  const own = new Set(loaded.map(({ environment }) => environment));
  const around = new Set(
    others.flatMap(({ vaults }) =>
      vaults.map(({ environment }) => (own.has(environment) ? `another vault of ${environment}` : environment)),
    ),
  );
  throw new EnvsealError(
    "AMBIGUOUS_ENVIRONMENT",
    `values of ${[...around].join(", ")} are loaded already (ENVSEAL_LOADED), and would win over those of ${first.environment} in ${dirname(first.path)}: ${mixed.join(", ")}`,
    {
      hint: "start it where nothing is loaded; let the vault win (override, envseal run --override); or read it apart from process.env: load(). A child that opens another vault needs the key: keepKey, --keep-key",
    },
  );
}
