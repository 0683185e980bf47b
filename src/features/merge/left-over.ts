import { type AccessEntry, accessProblem } from "../../core/authority/access-entry.ts";
import { entryOf, environmentNames, hasEnvironment, headOf, scopeOf } from "../../core/authority/authority-of.ts";
import { type EnvironmentProblem, environmentProblem } from "../../core/authority/environment-statement.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { validEntries } from "../../core/keys/fence.ts";
import { EnvsealError } from "../../errors.ts";

/** What counted on its own side of a merge, and does not under the merged authority. */
export interface LeftOver {
  environment: string;
  /** What is wrong with the keys' statement; null where that counts. */
  problem: EnvironmentProblem | null;
  /** Whose entries have to be signed again. */
  names: string[];
  /** Those of them that somebody gave whose right the other side took away. */
  doubtful: string[];
}

/**
 * @param sides whose authorities are verified
 * @throws FORGED_MANIFEST for a statement that did not count on the side that has it: nobody signs that again
 */
export function leftOver(merged: Manifest, sides: { ours: Manifest; theirs: Manifest }): LeftOver[] {
  const both = [sides.ours, sides.theirs];
  return environmentNames(merged).flatMap((environment) => {
    const entry = entryOf(merged, environment);
    if (entry === undefined) return [];
    const problem = problemOf(merged, environment);
    if (problem !== null) refuseForged(merged, environment, both);
    const having = both.filter((side) => hasEnvironment(side, environment) && entryOf(side, environment) !== undefined);
    const counted = new Set(having.flatMap((side) => validEntries(side, environment)));
    const valid = new Set(validEntries(merged, environment));
    const left = Object.keys(entry.access).filter((name) => counted.has(name) && !valid.has(name));
    const doubtful = left.filter((name) => !isByAdmin(merged, environment, name));
    const names = left.filter((name) => !doubtful.includes(name));
    return problem === null && left.length === 0 ? [] : [{ environment, problem, names, doubtful }];
  });
}

function isByAdmin(merged: Manifest, environment: string, name: string): boolean {
  const { access, statement } = entryOf(merged, environment) as NonNullable<ReturnType<typeof entryOf>>;
  const entry = access[name] as AccessEntry;
  return accessProblem(headOf(merged), scopeOf(merged, environment), statement.revision, name, entry) !== "unsigned";
}

function problemOf(manifest: Manifest, environment: string): EnvironmentProblem | null {
  const entry = entryOf(manifest, environment);
  return entry === undefined ? null : environmentProblem(headOf(manifest), scopeOf(manifest, environment), entry.statement);
}

function refuseForged(merged: Manifest, environment: string, sides: readonly Manifest[]): void {
  const statement = (manifest: Manifest) => JSON.stringify(entryOf(manifest, environment)?.statement);
  if (sides.some((side) => statement(side) === statement(merged) && problemOf(side, environment) === null)) return;
  throw new EnvsealError("FORGED_MANIFEST", `the keys of ${environment} do not count on the side that changed them either`, {
    hint: "take the other side's envseal.json whole; or, where an earlier merge left it so, an admin settles it on that branch first: envseal resolve",
  });
}
