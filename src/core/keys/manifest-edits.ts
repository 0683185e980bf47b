import { type AccessEntry, accessProblem, signAccess } from "../authority/access-entry.ts";
import { ownMember } from "../authority/authority.ts";
import { environmentOf, headOf, scopeOf } from "../authority/authority-of.ts";
import type { EnvironmentStatement } from "../authority/environment-statement.ts";
import type { Environment, Manifest, Recipient, Settings } from "../authority/manifest.ts";
import { type StatementSigner, signStatement } from "../authority/statement.ts";
import { b64u, unb64u } from "../bytes.ts";
import { commitmentOf, keyIdOf, keyIdOfTag } from "../commitment.ts";
import { canonicalJson, type Json } from "../json.ts";
import { MAX_VERSION } from "../limits.ts";
import { accessTag, deriveManifestKey, settingsTag, type Tagger, vaultTag } from "./tags.ts";

/** Pure changes to a manifest. Each gives a new one; what is random or tells the time is an argument. */

export function taggerOf(dataKey: Uint8Array, project: string, environment: string): Tagger {
  const commitment = commitmentOf(dataKey);
  const manifestKey = deriveManifestKey(dataKey, unb64u(project) as Uint8Array, environment);
  return { environment, keyId: keyIdOf(commitment), commitment, manifestKey };
}

export function withRecipient(manifest: Manifest, name: string, recipient: Recipient): Manifest {
  return { ...manifest, recipients: { ...manifest.recipients, [name]: recipient } };
}

/** The manifest with other parts of an environment's entry. */
export function withEntry(manifest: Manifest, environment: string, parts: Partial<Environment>): Manifest {
  const entry = environmentOf(manifest, environment);
  return { ...manifest, environments: { ...manifest.environments, [environment]: { ...entry, ...parts } } };
}

/** The revision of an environment's next statement: above its present one and what the signer knows of, and none that counts no more. */
export function revisionAfter(manifest: Manifest, environment: string, { reached = {} }: Pick<StatementSigner, "reached">): number {
  const lowest = headOf(manifest).environments[environment]?.lowest ?? 1;
  return Math.max(environmentOf(manifest, environment).statement.revision + 1, lowest, (ownMember(reached, environment) ?? 0) + 1);
}

/** The environment's next statement: with these members, one revision on, signed. */
export function withStatement(
  manifest: Manifest,
  environment: string,
  members: Partial<EnvironmentStatement>,
  signer: StatementSigner,
): Manifest {
  const { statement } = environmentOf(manifest, environment);
  const next = { ...statement, ...members, revision: revisionAfter(manifest, environment, signer) };
  return withEntry(manifest, environment, { statement: signStatement("environment", scopeOf(manifest, environment), next, signer) });
}

/** What an admin says of somebody's access, beside the revision from which it holds. */
export type Grant = Pick<AccessEntry, "recipient" | "kind"> &
  Partial<Pick<AccessEntry, "signer" | "until" | "groups">> & { direct?: boolean };

/**
 * An access entry that holds from the environment's present statement on. It waits for somebody to wrap the key, unless the recipient
 * has that: whoever grants again may have no key, and nobody else might.
 */
export function withGrant(manifest: Manifest, environment: string, name: string, grant: Grant, signer: StatementSigner): Manifest {
  const { statement, access } = environmentOf(manifest, environment);
  const unsigned = { direct: true, ...grant, since: statement.revision, signatures: {} };
  const entry = signAccess(scopeOf(manifest, environment), name, { ...unsigned, ...heldBy(manifest, environment, name, grant) }, signer);
  return withEntry(manifest, environment, { access: { ...access, [name]: entry } });
}

/** The wrapped key and its tag, which are about name, recipient and key alone, of an entry that an admin signed for this recipient. */
function heldBy(manifest: Manifest, environment: string, name: string, { recipient }: Grant): Pick<AccessEntry, "wrapped" | "tag"> {
  const { statement, access } = environmentOf(manifest, environment);
  const entry = ownMember(access, name);
  if (entry?.wrapped === undefined || entry.tag === undefined || entry.recipient !== recipient) return {};
  const problem = accessProblem(headOf(manifest), scopeOf(manifest, environment), statement.revision, name, entry);
  const isSigned = problem === null || problem === "replaced";
  return isSigned && keyIdOfTag(entry.tag) === statement.active ? { wrapped: entry.wrapped, tag: entry.tag } : {};
}

/** The manifest with entries signed again, as they are, from the environment's present statement on. */
export function withGrantsSigned(manifest: Manifest, environment: string, names: readonly string[], signer: StatementSigner): Manifest {
  const { statement, access } = environmentOf(manifest, environment);
  const signed = names.map((name) => {
    const entry = { ...(access[name] as AccessEntry), since: statement.revision };
    return [name, signAccess(scopeOf(manifest, environment), name, entry, signer)] as const;
  });
  return withEntry(manifest, environment, { access: { ...access, ...Object.fromEntries(signed) } });
}

/** @param wrapped the active data key as an age file to exactly the recipient of the entry, which is there */
export function withWrapped(manifest: Manifest, tagger: Tagger, name: string, wrapped: Uint8Array): Manifest {
  const { access } = environmentOf(manifest, tagger.environment);
  const entry = access[name] as AccessEntry;
  const held = { ...entry, wrapped: `age:${b64u(wrapped)}`, tag: accessTag(tagger, name, entry.recipient) };
  return withEntry(manifest, tagger.environment, { access: { ...access, [name]: held } });
}

/** Whoever holds the key may have used up the numbers: then the highest stays, so that settings can be changed all the same. */
export function nextRevision(revision: number): number {
  return Math.min(revision + 1, MAX_VERSION);
}

/** The settings with other members, one revision on; as they are where that changes nothing. */
export function withSettings(manifest: Manifest, tagger: Tagger, members: Partial<Settings>): Manifest {
  const { settings } = environmentOf(manifest, tagger.environment);
  const same = (one: object) => canonicalJson(one as Json);
  if (same({ ...settings, ...members }) === same(settings)) return manifest;
  return withSettingsTagged(manifest, tagger, { ...settings, ...members, revision: nextRevision(settings.revision) });
}

/** The settings as they are given, tagged with this key. */
export function withSettingsTagged(manifest: Manifest, tagger: Tagger, settings: Omit<Settings, "tag">): Manifest {
  return withEntry(manifest, tagger.environment, { settings: { ...settings, tag: settingsTag(tagger, settings) } });
}

export function withVault(manifest: Manifest, tagger: Tagger, path: string, id: string): Manifest {
  const listed = { environment: tagger.environment, id };
  const vault = { ...listed, tag: vaultTag(tagger, path, listed) };
  return { ...manifest, vaults: { ...manifest.vaults, [path]: vault } };
}
