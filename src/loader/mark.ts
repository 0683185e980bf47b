import { EnvsealError } from "../errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Sets variables, those that are set already only with `override`.
 * @returns true where one of those has another value, and keeps it
 */
export function setVariables(env: NodeJS.ProcessEnv, values: Readonly<Record<string, string>>, override: boolean): boolean {
  const isSet = variablesOf(env);
  let kept = false;
  for (const name of Object.keys(values)) {
    if (override || !isSet(name)) env[name] = values[name];
    else kept ||= env[name] !== values[name];
  }
  return kept;
}

/** What is set now. To ask process.env for a variable takes the longer the more there are; only Windows has names of any case. */
function variablesOf(env: Env): (name: string) => boolean {
  if (process.platform === "win32") return (name) => Object.hasOwn(env, name);
  const names = new Set(Object.keys(env));
  return (name) => names.has(name);
}

/**
 * ENVSEAL_LOADED (FORMAT.md section 6): `<environment>:<vault id>`, a comma between several. A `!` behind it says that a
 * variable which was set before won over the vault: that is not what a child asks for that wants the vault to win.
 */
export function loadedMark(vaults: Vaults, kept: boolean): string {
  return kept ? `${names(vaults)}!` : names(vaults);
}

/** @param override whether every value has to be the vault's */
export function isLoadedMark(mark: string | undefined, vaults: Vaults, override: boolean): boolean {
  return mark === names(vaults) || (!override && mark === `${names(vaults)}!`);
}

/**
 * Variables that a load or run around us set from another environment would win over what is opened now, and the process
 * would run on two.
 * @throws AMBIGUOUS_ENVIRONMENT
 */
export function refuseMixture(loaded: readonly Loaded[], env: Env): void {
  const mark = env.ENVSEAL_LOADED ?? "";
  const around = [...new Set(mark.split(",").map((entry) => entry.split(":", 1)[0] as string))];
  if (mark === "") return;
  for (const { environment, values } of loaded) {
    if (around.includes(environment)) continue;
    const mixed = Object.keys(values).filter((name) => env[name] !== undefined && env[name] !== values[name]);
    if (mixed.length === 0) continue;
    throw new EnvsealError(
      "AMBIGUOUS_ENVIRONMENT",
      `values of ${around.join(", ")} are loaded already (ENVSEAL_LOADED), and would win over those of ${environment}: ${mixed.join(", ")}`,
      { hint: "start it where nothing is loaded; or let the vault win (override, envseal run --override)" },
    );
  }
}

interface Loaded {
  environment: string;
  values: Readonly<Record<string, string>>;
}

type Vaults = readonly { environment: string; id: string }[];

function names(vaults: Vaults): string {
  return vaults.map(({ environment, id }) => `${environment}:${id}`).join(",");
}
