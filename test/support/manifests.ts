import { recipientOf } from "../../src/age/keys.ts";
import { wrapKey } from "../../src/age/wrap.ts";
import type { AuthorityMembers } from "../../src/core/authority/authority-changes.ts";
import { newProject } from "../../src/core/authority/authority-changes.ts";
import { environmentOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest, Settings } from "../../src/core/authority/manifest.ts";
import { b64u, unb64u } from "../../src/core/bytes.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { taggerOf, withGrant, withRecipient, withSettingsTagged, withVault, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { withEnvironment } from "../../src/core/keys/new-environment.ts";
import { adminsOf, type Person, PROJECT, person } from "./authority.ts";

/** Everything here is made from numbers: one number, one key, one identity, one id, the same in every run. */
export const keyOf = (seed: number) => new Uint8Array(32).fill(seed);
export const recipient = (seed: number) => recipientOf(keyOf(seed));
export const idOf = (seed: number) => b64u(new Uint8Array(12).fill(seed));
/** Stands for an age file: what is in it does not matter where nobody opens it. */
export const wrappedFor = (seed: number) => new Uint8Array(20).fill(seed);

/** Who signs where a test does not say who. */
export const ADMIN: Person = person("olga", 90);

export interface EnvironmentPlan {
  /** Its data key is `keyOf(key)`. */
  key?: number;
  /** Who has access. */
  access?: readonly Person[];
  settings?: Partial<Settings>;
  /** Path → the number of its id. */
  vaults?: Readonly<Record<string, number>>;
}

export interface ManifestPlan {
  project?: string;
  /** The first one signs. */
  admins?: readonly Person[];
  /** With the environments of each. */
  rotators?: readonly (Person & { environments: string[] })[];
  environments?: Readonly<Record<string, EnvironmentPlan>>;
}

/**
 * A manifest of a new project, signed and tagged for real: one statement of the authority, and revision 1 of each environment,
 * whose keys are wrapped by `wrappedFor`. Where something opens them, `reallyWrapped` comes after it.
 */
export function manifestOf({
  project = PROJECT,
  admins = [ADMIN],
  rotators = [],
  environments = { default: {} },
}: ManifestPlan = {}): Manifest {
  const signer = admins[0] as Person;
  const members: AuthorityMembers = {
    admins: adminsOf(...admins),
    rotators: Object.fromEntries(rotators.map((one) => [one.name, { signer: one.signer, environments: one.environments }])),
    environments: Object.fromEntries(Object.keys(environments).map((name) => [name, { lowest: 1 }])),
  };
  let manifest = newProject(unb64u(project) as Uint8Array, members, signer);
  for (const [environment, plan] of Object.entries(environments)) manifest = withPlanned(manifest, environment, plan, signer);
  return manifest;
}

/** The manifest with one more environment, which its authority names already or does from then on. */
export function withPlanned(manifest: Manifest, environment: string, plan: EnvironmentPlan, signer: Person = ADMIN): Manifest {
  const { key = 1, access = [], settings, vaults = {} } = plan;
  const tagger = taggerOf(keyOf(key), manifest.project, environment);
  let next = withEnvironment(manifest, tagger, { created: "2026-01-01T00:00:00Z", publicPatterns: [] }, signer);
  if (settings !== undefined) next = withSettingsTagged(next, tagger, { ...environmentOf(next, environment).settings, ...settings });
  for (const who of access) {
    next = withRecipient(next, who.name, { recipient: who.recipient, signer: who.signer, added: "2026-01-01" });
    next = withGrant(next, environment, who.name, { recipient: who.recipient, kind: "person" }, signer);
    next = withWrapped(next, tagger, who.name, wrappedFor(key));
  }
  for (const [path, id] of Object.entries(vaults)) next = withVault(next, tagger, path, idOf(id));
  return next;
}

export const keyringOf = (manifest: Manifest, environment = "default", key = 1) => new Keyring(manifest, environment, keyOf(key));

/** The manifest with an environment's active key as an age file for everybody who has an entry, so that identities open it. */
export async function reallyWrapped(manifest: Manifest, environment = "default", key = 1): Promise<Manifest> {
  let next = manifest;
  const tagger = taggerOf(keyOf(key), manifest.project, environment);
  for (const [name, { recipient: to }] of Object.entries(environmentOf(manifest, environment).access))
    next = withWrapped(next, tagger, name, await wrapKey(keyOf(key), to));
  return next;
}
