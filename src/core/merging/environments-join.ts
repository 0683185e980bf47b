import { largest } from "../append.ts";
import { type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { mergeValue, type Settle, type Three } from "./three-way.ts";

type Environments = AuthorityStatement["environments"];
type Gone = NonNullable<AuthorityStatement["gone"]>;

/**
 * Which environments there are and which are gone, where two authorities meet. What one side removed stays removed, with
 * the highest revision that either side knows, so that nothing older comes back with the name.
 */
export function joinEnvironments(
  listed: Three<Environments>,
  removed: Three<Gone>,
  settle: Settle,
): { environments: Environments; gone?: Gone } {
  const environments: Environments = {};
  const gone: Gone = {};
  for (const name of namesOf(listed, removed)) {
    const [env, was] = [memberOf(listed, name), memberOf(removed, name)];
    const present = env.ours ?? env.theirs;
    if (present !== undefined && staysListed(env, was)) {
      const lowest = Math.max(env.ours?.lowest ?? 1, env.theirs?.lowest ?? 1);
      const below = mergeExtends(name, env, settle);
      environments[name] = below === undefined ? { lowest } : { lowest, extends: below };
    } else {
      const revisions = [was.ours?.revision, was.theirs?.revision, env.ours?.lowest, env.theirs?.lowest];
      const became = mergeValue(
        { base: was.base?.became, ours: was.ours?.became, theirs: was.theirs?.became },
        `what became of ${name}`,
        settle,
      );
      const revision = largest(revisions.map((one) => one ?? 1));
      gone[name] = became === undefined ? { revision } : { revision, became };
    }
  }
  return Object.keys(gone).length > 0 ? { environments, gone } : { environments };
}

/** An environment that both have, or that one side added or brought back. */
function staysListed(env: Three<Environments[string]>, was: Three<Gone[string]>): boolean {
  if (env.ours !== undefined && env.theirs !== undefined) return true;
  if (env.base !== undefined) return false;
  const goneOnOtherSide = env.ours === undefined ? was.ours : was.theirs;
  return goneOnOtherSide === undefined || was.base !== undefined;
}

function mergeExtends(name: string, { base, ours, theirs }: Three<Environments[string]>, settle: Settle): string | undefined {
  if (ours === undefined || theirs === undefined) return (ours ?? theirs)?.extends;
  return mergeValue({ base: base?.extends, ours: ours.extends, theirs: theirs.extends }, `what ${name} extends`, settle);
}

function namesOf(...records: Three<Record<string, unknown>>[]): string[] {
  const names = records.flatMap(({ ours = {}, theirs = {} }) => [...Object.keys(ours), ...Object.keys(theirs)]);
  return [...new Set(names)].sort();
}

function memberOf<T>({ base = {}, ours = {}, theirs = {} }: Three<Record<string, T>>, name: string): Three<T> {
  return { base: ownMember(base, name), ours: ownMember(ours, name), theirs: ownMember(theirs, name) };
}
