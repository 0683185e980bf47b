import { type AccessEntry, signAccess } from "./access-entry.ts";
import type { AuthorityStatement } from "./authority.ts";
import { firstStatement } from "./authority-changes.ts";
import { environmentNames, environmentOf, headOf, scopeOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";
import { type StatementSigner, signStatement } from "./statement.ts";

/**
 * The manifest of a project that lost every admin, under a new authority with one: keys, settings, listings and the project's id
 * stay; what counted before counts if the new admin signs it. Every pin of before leads nowhere.
 * @param kept by environment, the names whose entries are signed again; an environment that is not there goes
 */
export function withNewRoot(
  manifest: Manifest,
  admins: AuthorityStatement["admins"],
  kept: ReadonlyMap<string, readonly string[]>,
  signer: StatementSigner,
): Manifest {
  const environments: Manifest["environments"] = {};
  const listed: AuthorityStatement["environments"] = {};
  const gone = { ...headOf(manifest).gone };
  for (const environment of environmentNames(manifest)) {
    const names = kept.get(environment);
    const { statement, access, settings } = environmentOf(manifest, environment);
    const revision = statement.revision + 1;
    if (names === undefined) {
      gone[environment] = { revision };
      continue;
    }
    const scope = scopeOf(manifest, environment);
    const entries = names.map(
      (name) => [name, signAccess(scope, name, { ...(access[name] as AccessEntry), since: revision }, signer)] as const,
    );
    environments[environment] = {
      statement: signStatement("environment", scope, { ...statement, revision }, signer),
      access: Object.fromEntries(entries),
      settings,
    };
    listed[environment] = { lowest: revision };
  }
  const members = { admins, rotators: {}, environments: listed, ...(Object.keys(gone).length > 0 && { gone }) };
  const vaults = Object.fromEntries(Object.entries(manifest.vaults).filter(([, { environment }]) => Object.hasOwn(listed, environment)));
  return { ...manifest, authority: [firstStatement(manifest.project, members, signer)], environments, vaults };
}
