import { b64u, unb64u } from "./bytes.ts";
import { commitmentOf, keyIdOf } from "./keyring.ts";
import type { Custody, Environment, Manifest } from "./manifest.ts";
import { accessTag, deriveManifestKey, environmentTag, type Signer, vaultTag } from "./tags.ts";

/** Pure changes to a manifest. Each gives a new one; what is random or tells the time is an argument. */

export function emptyManifest(projectId: Uint8Array): Manifest {
  return { envseal: 1, project: b64u(projectId), recipients: {}, environments: {}, vaults: {} };
}

export function signerOf(dataKey: Uint8Array, project: string, environment: string): Signer {
  const commitment = commitmentOf(dataKey);
  const manifestKey = deriveManifestKey(dataKey, unb64u(project) as Uint8Array, environment);
  return { environment, keyId: keyIdOf(commitment), commitment, manifestKey };
}

export function withRecipient(manifest: Manifest, name: string, recipient: string, added: string, custody?: Custody): Manifest {
  const entry = custody === undefined ? { recipient, added } : { recipient, added, custody };
  return { ...manifest, recipients: { ...manifest.recipients, [name]: entry } };
}

/** A new environment with its first key version, to which nobody has access yet. */
export function withEnvironment(
  manifest: Manifest,
  signer: Signer,
  { created, publicPatterns }: { created: string; publicPatterns: string[] },
): Manifest {
  const key: Environment["keys"][string] = {
    version: 1,
    state: "active",
    created,
    commitment: `hkdf:${b64u(signer.commitment)}`,
    reason: "created",
    links: {},
    history: [{ state: "active", at: created }],
  };
  const entry: Environment = {
    active: signer.keyId,
    floor: signer.keyId,
    keys: { [signer.keyId]: key },
    access: {},
    public: publicPatterns,
    required: [],
    allow: [],
    cryptoperiodDays: 365,
    tag: "",
  };
  return withEntry(manifest, signer, entry);
}

/** The manifest with `entry` as the signer's environment, its tag made anew. */
export function withEntry(manifest: Manifest, signer: Signer, entry: Environment): Manifest {
  const tagged = { ...entry, tag: environmentTag(signer, entry) };
  return { ...manifest, environments: { ...manifest.environments, [signer.environment]: tagged } };
}

/** @param wrapped the active data key as an age file to exactly this recipient */
export function withAccess(manifest: Manifest, signer: Signer, name: string, wrapped: Uint8Array): Manifest {
  const recipient = manifest.recipients[name]?.recipient as string;
  const entry = manifest.environments[signer.environment] as Environment;
  const access = { ...entry.access, [name]: { wrapped: `age:${b64u(wrapped)}`, tag: accessTag(signer, name, recipient) } };
  return { ...manifest, environments: { ...manifest.environments, [signer.environment]: { ...entry, access } } };
}

export function withVault(manifest: Manifest, signer: Signer, path: string, id: string): Manifest {
  const vault = { environment: signer.environment, id, tag: vaultTag(signer, path, id) };
  return { ...manifest, vaults: { ...manifest.vaults, [path]: vault } };
}
