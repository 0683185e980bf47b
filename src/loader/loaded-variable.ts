import { isEnvironment } from "../core/names.ts";

/**
 * ENVSEAL_LOADED: what was opened into this environment. Each load is a set of vaults, `<environment>:<vault id>` with a comma
 * between several; sets are parted by `;`, the newest first. A `!` after a set says that a variable which was set before won over
 * its vaults: that is not what a child asks for that wants the vault to win.
 */
export interface HeldSet {
  vaults: readonly VaultName[];
  kept: boolean;
}

interface VaultName {
  environment: string;
  id: string;
}

/** What a mark says; nothing where it is none: whatever is claimed in another form was never written by envseal. */
export function readMark(mark: string | undefined): HeldSet[] {
  if (mark === undefined || mark === "") return [];
  const sets = mark.split(";").map(readSet);
  return sets.includes(null) ? [] : (sets as HeldSet[]);
}

function readSet(text: string): HeldSet | null {
  const kept = text.endsWith("!");
  const vaults = (kept ? text.slice(0, -1) : text).split(",").map((entry) => {
    const [, environment = "", id = ""] = /^([a-z0-9-]+):([\w-]{16})$/.exec(entry) ?? [];
    return { environment, id };
  });
  return vaults.every(({ environment }) => isEnvironment(environment)) ? { vaults, kept } : null;
}

/** The environment that the newest load around us opened; null where there is none. */
export function heldEnvironment(mark: string | undefined): string | null {
  return readMark(mark)[0]?.vaults[0]?.environment ?? null;
}

/** The mark after another load. What was set before counts no more where that load changed a variable. */
export function nextMark(mark: string | undefined, { vaults, kept }: HeldSet, replaced: boolean): string {
  const before = replaced ? [] : otherSets(mark, vaults);
  return [{ vaults, kept }, ...before].map((set) => `${namesOf(set.vaults)}${set.kept ? "!" : ""}`).join(";");
}

/** The set that is just these vaults, in this order; with `override` one that kept nothing. */
export function heldSet(sets: readonly HeldSet[], vaults: readonly VaultName[], override: boolean): HeldSet | undefined {
  const wanted = namesOf(vaults);
  return sets.find((set) => namesOf(set.vaults) === wanted && !(override && set.kept));
}

/** What other loads than one of just these vaults have set. */
export function otherSets(mark: string | undefined, vaults: readonly VaultName[]): HeldSet[] {
  const own = namesOf(vaults);
  return readMark(mark).filter((set) => namesOf(set.vaults) !== own);
}

function namesOf(vaults: readonly VaultName[]): string {
  return vaults.map(({ environment, id }) => `${environment}:${id}`).join(",");
}
