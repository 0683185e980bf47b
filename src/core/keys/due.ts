import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import { isAtOrAboveFloor } from "../authority/reachable-keys.ts";

/**
 * A key is due where somebody lost access who knows it, and nobody who could replace it did so: whoever took the access away had no
 * key. It says so by a step in its history that repeats its state, with the reason `offboarding`.
 */

type Step = KeyEntry["history"][number];

const DUE = "offboarding";

/** The keys with the active one marked as due. @param at RFC 3339, UTC, seconds */
export function withDue({ keys, active }: Pick<EnvironmentStatement, "keys" | "active">, at: string): EnvironmentStatement["keys"] {
  const key = keys[active] as KeyEntry;
  return { ...keys, [active]: { ...key, history: [...key.history, { state: key.state, at, reason: DUE }] } };
}

/** True while tokens under a key that is due are accepted. */
export function isDue(statement: EnvironmentStatement): boolean {
  return Object.entries(statement.keys).some(([keyId, key]) => dueStep(key) !== undefined && isAtOrAboveFloor(statement, keyId));
}

/** The step of a key's history that says it, if there is one. */
export function dueStep({ history }: KeyEntry): Step | undefined {
  return history.find((step, index) => isDueStep(step, history[index - 1]?.state));
}

/** @param before the state that the step goes on from */
export function isDueStep({ state, reason }: Step, before: KeyEntry["state"] | undefined): boolean {
  return reason === DUE && state === before;
}
