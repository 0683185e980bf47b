import { EnvsealError } from "../../errors.ts";
import { type AccessEntry, accessCounts, accessProblem } from "../authority/access-entry.ts";
import { ownMember } from "../authority/authority.ts";
import { type AuthorityMembers, withAuthority } from "../authority/authority-changes.ts";
import { entryOf, environmentOf, headOf, scopeOf } from "../authority/authority-of.ts";
import { type EnvironmentStatement, environmentProblem } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import { requireGenuine } from "../authority/require-genuine.ts";
import { type StatementSigner, signerOf } from "../authority/statement.ts";
import { standingEntries } from "./holders.ts";
import type { Keyring } from "./keyring.ts";
import { withEntry, withGrantsSigned, withSettingsTagged, withStatement, withVault } from "./manifest-edits.ts";

/** What takes away: from then on nothing older counts, neither keys nor statements nor access. */

/** The manifest with every genuine setting and listing of an environment tagged with the active key, where that is not so yet. */
export function retagged(manifest: Manifest, keyring: Keyring): Manifest {
  const { tagger, environment } = keyring;
  let next = withSettingsTagged(manifest, tagger, environmentOf(manifest, environment).settings);
  for (const [path, { id }] of Object.entries(manifest.vaults)) if (keyring.listsVault(path)) next = withVault(next, tagger, path, id);
  return next;
}

/** The manifest with the floor at the active key, as a rotator may raise it: `lowest` stays. */
export function withFloor(
  manifest: Manifest,
  keyring: Keyring,
  signer: StatementSigner,
  members: Partial<EnvironmentStatement> = {},
): Manifest {
  const next = withStatement(manifest, keyring.environment, { ...members, floor: keyring.statement.active }, signer);
  return retagged(next, keyring);
}

/**
 * The same by an admin, for several environments at once: `lowest` becomes the new statements' revision, and the entries that
 * counted are signed again.
 * @param keyrings of the environments whose floor is raised
 * @param others environments whose statement is signed again as it is, to leave all before it behind
 * @param keys by environment, the key entries in place of the present ones
 */
export function fenced(
  manifest: Manifest,
  keyrings: readonly Keyring[],
  signer: StatementSigner,
  { others = [], authority = {}, keys = {} }: FenceOptions = {},
): Manifest {
  const before = manifest;
  let next = manifest;
  for (const keyring of keyrings) {
    const changed = ownMember(keys, keyring.environment);
    next = withFloor(next, keyring, signer, changed === undefined ? {} : { keys: changed });
  }
  for (const environment of others) next = signedAnew(next, environment, signer, ownMember(keys, environment));
  const names = [...keyrings.map(({ environment }) => environment), ...others];
  for (const environment of names) {
    const keyring = keyrings.find((one) => one.environment === environment);
    // With the key, a tag that only claims to be under it tells of nobody.
    const isSpoiled = (name: string) => keyring !== undefined && keyring.accessState(name) === "spoiled";
    const standing = standingEntries(before, environment).filter((name) => !isSpoiled(name));
    next = withGrantsSigned(next, environment, standing, signer);
  }
  return withLowest(next, names, signer, authority);
}

/** The manifest with a statement signed again, as it is or with other keys, which somebody signed who may: else it would be anybody's. @throws FORGED_MANIFEST */
function signedAnew(manifest: Manifest, environment: string, signer: StatementSigner, keys?: EnvironmentStatement["keys"]): Manifest {
  requireGenuine(manifest, environment);
  return withStatement(manifest, environment, keys === undefined ? {} : { keys }, signer);
}

interface FenceOptions {
  others?: readonly string[];
  authority?: Partial<AuthorityMembers>;
  keys?: Record<string, EnvironmentStatement["keys"]>;
}

/** The manifest with an authority that lets nothing of these environments count from before their present statement. */
export function withLowest(
  manifest: Manifest,
  names: readonly string[],
  signer: StatementSigner,
  authority: Partial<AuthorityMembers> = {},
): Manifest {
  const environments = { ...(authority.environments ?? headOf(manifest).environments) };
  for (const name of names) environments[name] = { ...environments[name], lowest: environmentOf(manifest, name).statement.revision };
  return withAuthority(manifest, { ...authority, environments }, signer);
}

/** The entries that an admin signed and that count, whether or not the key is wrapped for them yet. */
export function validEntries(manifest: Manifest, environment: string): string[] {
  const { access, statement } = environmentOf(manifest, environment);
  const head = headOf(manifest);
  return Object.entries(access).flatMap(([name, entry]) =>
    accessCounts(head, scopeOf(manifest, environment), statement.revision, name, entry) ? [name] : [],
  );
}

/** Whose entries are from before somebody lost access: where two branches met, an admin has to sign them again. */
export function outdatedEntries(manifest: Manifest, environment: string): string[] {
  const entry = entryOf(manifest, environment);
  if (entry === undefined) return [];
  const { access, statement } = entry;
  const problem = (name: string) =>
    accessProblem(headOf(manifest), scopeOf(manifest, environment), statement.revision, name, access[name] as AccessEntry);
  return Object.keys(access).filter((name) => problem(name) === "replaced");
}

/**
 * The manifest with other roles: what counts now and would not any more, since whoever signed it loses the right or gets another
 * key, is signed by `signer` instead, in every environment.
 * @param members the authority's members after it
 * @throws USAGE where `signer` is no admin after it: what is signed in this step would not count either
 */
export function withRolesChanged(manifest: Manifest, members: Partial<AuthorityMembers>, signer: StatementSigner): Manifest {
  const after = { ...headOf(manifest), ...members };
  if (ownMember(after.admins, signer.name)?.signer !== signerOf(signer.seed))
    throw new EnvsealError("USAGE", `${signer.name} cannot sign a change that ends their own right to sign`, {
      hint: "another admin does it",
    });
  let next = manifest;
  for (const environment of Object.keys(after.environments)) {
    const { statement, access } = environmentOf(manifest, environment);
    const scope = scopeOf(manifest, environment);
    const counts = (name: string) => accessProblem(after, scope, statement.revision, name, access[name] as AccessEntry) === null;
    const entries = standingEntries(manifest, environment).filter((name) => !counts(name));
    const keeps = environmentProblem(after, scope, statement) === null;
    if (!keeps && environmentProblem(headOf(manifest), scope, statement) === null) next = signedAnew(next, environment, signer);
    if (entries.length > 0) next = withGrantsSigned(next, environment, entries, signer);
  }
  return withAuthority(next, members, signer);
}

/** The manifest without somebody's entry in an environment. */
export function withoutAccess(manifest: Manifest, environment: string, names: readonly string[]): Manifest {
  const { access } = environmentOf(manifest, environment);
  const left = Object.fromEntries(Object.entries(access).filter(([name]) => !names.includes(name)));
  return withEntry(manifest, environment, { access: left });
}
