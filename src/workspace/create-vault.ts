import { randomBytes } from "node:crypto";
import { wrapKey } from "../age/wrap.ts";
import type { AccessKind } from "../core/authority/access-entry.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { StatementSigner } from "../core/authority/statement.ts";
import { b64u } from "../core/bytes.ts";
import { Keyring } from "../core/keys/keyring.ts";
import { taggerOf, withGrant, withVault, withWrapped } from "../core/keys/manifest-edits.ts";
import { withEnvironment } from "../core/keys/new-environment.ts";
import { type Document, parseDocument } from "../core/vault/document.ts";
import { sealDocument } from "../core/vault/seal-vault.ts";
import { serialiseVault } from "../core/vault/vault.ts";

export interface NewEnvironment {
  environment: string;
  /** Who gets access. */
  holders: readonly Holder[];
  publicPatterns: string[];
  /** RFC 3339, UTC, seconds. */
  created: string;
}

/** Somebody who opens a new environment from the start. */
export interface Holder {
  name: string;
  recipient: string;
  kind: AccessKind;
}

/** The manifest with a new environment, its first key wrapped for its holders, and that key's ring. */
export async function createEnvironment(
  manifest: Manifest,
  { environment, holders, publicPatterns, created }: NewEnvironment,
  signer: StatementSigner,
): Promise<{ manifest: Manifest; keyring: Keyring }> {
  const dataKey = randomBytes(32);
  const tagger = taggerOf(dataKey, manifest.project, environment);
  let next = withEnvironment(manifest, tagger, { created, publicPatterns }, signer);
  for (const { name, recipient, kind } of holders) {
    next = withGrant(next, environment, name, { recipient, kind }, signer);
    next = withWrapped(next, tagger, name, await wrapKey(dataKey, recipient));
  }
  return { manifest: next, keyring: new Keyring(next, environment, dataKey) };
}

/** The manifest with a vault listed at `path`, and that vault's text. */
export function createVault(
  manifest: Manifest,
  keyring: Keyring,
  path: string,
  document: Document,
): { manifest: Manifest; text: string; id: string } {
  const id = manifest.vaults[path]?.id ?? b64u(randomBytes(12));
  const vault = sealDocument(document, {
    environment: keyring.environment,
    vaultId: id,
    key: keyring.vaultKey(keyring.active.keyId, id),
    isPublic: (name) => keyring.isPublic(name),
  });
  return { manifest: withVault(manifest, keyring.tagger, path, id), text: serialiseVault(vault), id };
}

/** The names of a template, each with an empty value: a first vault where there is no plaintext file yet. */
export function namesOnly(template: Uint8Array, label: string): Document {
  const { document } = parseDocument(template, label);
  const names = document.lines.flatMap((line) => (line.kind === "assignment" && !line.dead ? [`${line.name}=\n`] : []));
  return parseDocument(Buffer.from(names.join(""))).document;
}
