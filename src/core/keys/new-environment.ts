import { ownMember } from "../authority/authority.ts";
import { withAuthority } from "../authority/authority-changes.ts";
import { environmentNames, headOf, scopeOf } from "../authority/authority-of.ts";
import { environmentProblem, type KeyEntry } from "../authority/environment-statement.ts";
import { accessByName, type Environment, type Manifest } from "../authority/manifest.ts";
import { type StatementSigner, signStatement } from "../authority/statement.ts";
import { b64u } from "../bytes.ts";
import { settingsTag, type Tagger } from "./tags.ts";

export interface FirstKey {
  /** RFC 3339, UTC, seconds. */
  created: string;
  publicPatterns: string[];
}

/**
 * The manifest with the entry of a new environment: its first key version, to which nobody has access yet. The authority names
 * it afterwards, unless it does already. One that was removed before comes back above what it was.
 */
export function withEnvironment(
  manifest: Manifest,
  tagger: Tagger,
  { created, publicPatterns }: FirstKey,
  signer: StatementSigner,
): Manifest {
  const { environment } = tagger;
  const head = headOf(manifest);
  const reached = Math.max(ownMember(head.gone ?? {}, environment)?.revision ?? 0, ownMember(signer.reached ?? {}, environment) ?? 0);
  const revision = ownMember(head.environments, environment)?.lowest ?? reached + 1;
  const key: KeyEntry = {
    version: 1,
    revision,
    state: "active",
    created,
    commitment: `hkdf:${b64u(tagger.commitment)}`,
    reason: "created",
    links: {},
    history: [{ state: "active", at: created }],
  };
  const unsigned = { revision, active: tagger.keyId, floor: tagger.keyId, keys: { [tagger.keyId]: key }, signatures: {} };
  const statement = signStatement("environment", scopeOf(manifest, environment), unsigned, signer);
  const settings = { revision: 1, public: publicPatterns, required: [], allow: [], cryptoperiodDays: 365 };
  const entry: Environment = { statement, access: {}, settings: { ...settings, tag: settingsTag(tagger, settings) } };
  const next = { ...manifest, environments: { ...manifest.environments, [environment]: entry } };
  return environmentNames(manifest).includes(environment) ? next : named(next, environment, revision, signer);
}

function named(manifest: Manifest, environment: string, lowest: number, signer: StatementSigner): Manifest {
  const { environments, gone = {} } = headOf(manifest);
  const { [environment]: _back, ...left } = gone;
  return withAuthority(manifest, { environments: { ...environments, [environment]: { lowest } }, gone: left }, signer);
}

/** The manifest without an environment, its vaults' listings included; the authority keeps how far it had come. */
export function withoutEnvironment(manifest: Manifest, environment: string, signer: StatementSigner): Manifest {
  const { environments, rotators, gone = {} } = headOf(manifest);
  const { [environment]: listed, ...others } = environments;
  const { [environment]: entry, ...entries } = manifest.environments;
  // A statement that nobody signed who may does not say how far it had come.
  const counts = entry !== undefined && environmentProblem(headOf(manifest), scopeOf(manifest, environment), entry.statement) === null;
  const revision = Math.max(listed?.lowest ?? 1, counts ? entry.statement.revision : 1);
  const left = Object.entries(rotators)
    .map(([name, rotator]) => [name, { ...rotator, environments: rotator.environments.filter((one) => one !== environment) }] as const)
    .filter(([, rotator]) => rotator.environments.length > 0);
  const members = { environments: others, rotators: Object.fromEntries(left), gone: { ...gone, [environment]: { revision } } };
  const vaults = Object.fromEntries(Object.entries(manifest.vaults).filter(([, vault]) => vault.environment !== environment));
  const next = { ...withAuthority(manifest, members, signer), environments: entries, vaults };
  const machines = Object.entries(entry?.access ?? {}).filter(([, { kind }]) => kind === "deploy");
  return { ...next, recipients: withoutMachines(next, new Set(machines.map(([name]) => name))) };
}

/** A deploy key that opened nothing else goes with the environment: nobody asks for access with it. A person may be revoked yet. */
function withoutMachines(manifest: Manifest, names: ReadonlySet<string>): Manifest["recipients"] {
  const access = accessByName(manifest);
  const { rotators } = headOf(manifest);
  const goes = (name: string) => names.has(name) && !access.has(name) && !Object.hasOwn(rotators, name);
  return Object.fromEntries(Object.entries(manifest.recipients).filter(([name]) => !goes(name)));
}
