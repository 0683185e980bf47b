import { recipientOf } from "../../src/age/keys.ts";
import { newProject } from "../../src/core/authority/authority-changes.ts";
import { headOf } from "../../src/core/authority/authority-of.ts";
import type { Environment, Manifest, Settings } from "../../src/core/authority/manifest.ts";
import { type StatementSigner, signerOf, signingSeed } from "../../src/core/authority/statement.ts";
import { unb64u } from "../../src/core/bytes.ts";
import { withSettings } from "../../src/core/keys/manifest-edits.ts";
import { parseDocument } from "../../src/core/vault/document.ts";
import { createEnvironment, createVault, type Holder } from "../../src/workspace/create-vault.ts";

/** What somebody can make who may write to the repository, and has no key and no right. */

const FORGER = new Uint8Array(32).fill(66);

export interface Forger extends StatementSigner {
  signer: string;
  recipient: string;
}

/** The forger's own identity, and what he signs with in the project; under a name of his choice. */
export function forgerOf({ project }: Manifest, name = "mallory"): Forger {
  const seed = signingSeed(FORGER, project);
  return { name, seed, signer: signerOf(seed), recipient: recipientOf(FORGER) };
}

/** Those who have an access entry in the environment, or in the first one where it has none: their recipients are public. */
function holdersOf({ environments }: Manifest, environment: string): Holder[] {
  const { access } = environments[environment] ?? (Object.values(environments)[0] as Environment);
  return Object.entries(access).map(([name, { recipient, kind }]) => ({ name, recipient, kind }));
}

/** The manifest under an authority that the forger made: with the same environments, and himself as one more admin. */
export function withOwnRoot(manifest: Manifest, named: readonly string[] = []): Manifest {
  const forger = forgerOf(manifest);
  const { admins, environments } = headOf(manifest);
  const members = {
    admins: { ...admins, [forger.name]: { recipient: forger.recipient, signer: forger.signer } },
    rotators: {},
    environments: { ...Object.fromEntries(named.map((name) => [name, { lowest: 1 }])), ...environments },
  };
  const { authority } = newProject(unb64u(manifest.project) as Uint8Array, members, forger);
  return { ...manifest, authority };
}

/**
 * An environment with a new key for everybody's public recipients, and its vault: every signature in it is the forger's. The
 * authority stays as it is.
 */
export async function madeAnew(
  manifest: Manifest,
  environment: string,
  path: string,
  text: string,
  settings: Partial<Settings> = {},
): Promise<{ manifest: Manifest; vault: string }> {
  const { vaults: before, ...own } = withOwnRoot(manifest, [environment]);
  const created = await createEnvironment(
    { ...own, vaults: {} },
    { environment, holders: holdersOf(manifest, environment), publicPatterns: [], created: "2026-11-21T00:00:00Z" },
    forgerOf(manifest),
  );
  const decided = withSettings(created.manifest, created.keyring.tagger, settings);
  const vault = createVault(decided, created.keyring, path, parseDocument(Buffer.from(text)).document);
  const entry = vault.manifest.environments[environment] as Environment;
  const forged = {
    ...manifest,
    environments: { ...manifest.environments, [environment]: entry },
    vaults: { ...before, ...vault.manifest.vaults },
  };
  return { manifest: forged, vault: vault.text };
}
