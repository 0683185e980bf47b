type Env = Readonly<Record<string, string | undefined>>;

/**
 * ENVSEAL_LOADED (FORMAT.md section 6): `<environment>:<vault id>`, a comma between several. A `!` behind it says that a
 * variable which was set before won over the vault: that is not what a child asks for that wants the vault to win.
 */
export function loadedMark(vaults: Vaults, values: Readonly<Record<string, string>>, env: Env): string {
  const kept = Object.keys(values).some((name) => env[name] !== values[name]);
  return kept ? `${names(vaults)}!` : names(vaults);
}

/** @param override whether every value has to be the vault's */
export function isLoadedMark(mark: string | undefined, vaults: Vaults, override: boolean): boolean {
  return mark === names(vaults) || (!override && mark === `${names(vaults)}!`);
}

type Vaults = readonly { environment: string; id: string }[];

function names(vaults: Vaults): string {
  return vaults.map(({ environment, id }) => `${environment}:${id}`).join(",");
}
