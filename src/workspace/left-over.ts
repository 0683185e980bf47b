import { entryOf, environmentNames, headOf, scopeOf } from "../core/authority-of.ts";
import { type EnvironmentProblem, environmentProblem } from "../core/environment-statement.ts";
import { validEntries } from "../core/fence.ts";
import type { Manifest } from "../core/manifest.ts";

/** What counted on its own side of a merge, and does not under the merged authority. */
export interface LeftOver {
  environment: string;
  /** What is wrong with the keys' statement; null where that counts. */
  problem: EnvironmentProblem | null;
  /** Whose entries have to be signed again. */
  names: string[];
}

export function leftOver(merged: Manifest, sides: { ours: Manifest; theirs: Manifest }): LeftOver[] {
  return environmentNames(merged).flatMap((environment) => {
    const entry = entryOf(merged, environment);
    if (entry === undefined) return [];
    const problem = environmentProblem(headOf(merged), scopeOf(merged, environment), entry.statement);
    const counted = new Set(
      [sides.ours, sides.theirs].flatMap((side) => (entryOf(side, environment) === undefined ? [] : validEntries(side, environment))),
    );
    const valid = new Set(validEntries(merged, environment));
    const names = Object.keys(entry.access).filter((name) => counted.has(name) && !valid.has(name));
    return problem === null && names.length === 0 ? [] : [{ environment, problem, names }];
  });
}
