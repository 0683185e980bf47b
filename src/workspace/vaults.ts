import { existsSync, readFileSync } from "node:fs";
import type { Context } from "../context.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import type { Document } from "../core/vault/document.ts";
import { parseDocument } from "../core/vault/document.ts";
import { type OpenedVault, openVault } from "../core/vault/open-vault.ts";
import { sealDocument } from "../core/vault/seal-vault.ts";
import { serialiseVault, type Vault } from "../core/vault/vault.ts";
import { type Access, accessVault, describeAge, describeLeavers } from "../custody/access.ts";
import { EnvsealError } from "../errors.ts";
import { newestManifests } from "../git/manifests.ts";
import { detectPeer, type Peer } from "../guard/peers.ts";
import { tellKeyFromFile } from "../loader/key-from-file.ts";
import { displayPath, readVault } from "../project/find.ts";
import { writeAtomic } from "../project/write.ts";
import { readBounded } from "../system/read.ts";
import { warn } from "../ui/output.ts";
import { refuseOlder, refuseUnconfirmed, rememberSeen, showUnconfirmed } from "./keyring.ts";
import { lookBack } from "./look-back.ts";
import { ringsAtHand, withOrigin } from "./origin.ts";
import type { Project, Target } from "./project.ts";

/** A vault, opened with every check there is. */
export interface OpenTarget {
  target: Target;
  vault: Vault;
  opened: OpenedVault;
  access: Access;
}

/** For commands that read only: on first use they go on, and show the pin. @throws whatever finding the key or opening the vault throws */
export function openTarget(project: Project, target: Target, context: Context): OpenTarget {
  lookBack(project, context);
  const open = openUnshown(project, target, context);
  const { access } = open;
  tellOfLeavers(open);
  if (access.personal && access.keyring !== null) showUnconfirmed(project.manifest, access.verdict);
  return open;
}

/** The same for commands that seal. @throws NO_ACCESS with a read-only key, UNCONFIRMED_PIN, OLDER_CHECKOUT */
export function openToWrite(project: Project, target: Target, context: Context): OpenTarget {
  lookBack(project, context);
  const open = openUnshown(project, target, context);
  tellOfLeavers(open);
  writableKeyring(open.access, context);
  return open;
}

function tellOfLeavers({ access, vault, target }: OpenTarget): void {
  const leavers = describeLeavers(access, vault, target.listed);
  if (leavers !== null) warn(leavers);
}

/** The same for callers that tell of the pin by themselves, or not at all. */
export function openUnshown(project: Project, target: Target, context: Context): OpenTarget {
  const vault = readVault(target.path);
  const access = accessVault({
    path: target.path,
    vault,
    located: project,
    env: context.env,
    identity: context.identity,
    newer: () => newestManifests(project),
    allowOlder: context.flags["allow-older"] === true,
  });
  tellKeyFromFile(vault.environment, target.path, context.env, warn);
  const age = describeAge(access, target.listed);
  if (age !== null) warn(age);
  const { root, manifest } = project;
  const others = () => ringsAtHand(manifest, context);
  const around = { root, manifest, listed: target.listed, keyring: access.keyring, others };
  const values = openVault(vault, withOrigin(access.keys, around), displayPath(target.path));
  if (access.personal && access.keyring !== null)
    rememberSeen(access.newest ?? { keyring: access.keyring, verdict: access.verdict }, access.recipient, context);
  return { target, vault, opened: values, access };
}

/** The keyring a writer needs. @throws NO_ACCESS with a read-only key, UNCONFIRMED_PIN, OLDER_CHECKOUT */
export function writableKeyring({ keyring, verdict }: Access, context: Context): Keyring {
  if (keyring === null) {
    throw new EnvsealError("NO_ACCESS", "a read-only key cannot seal", {
      hint: "use a personal identity or a deploy key that is not read-only",
    });
  }
  refuseUnconfirmed(keyring.manifest, verdict);
  refuseOlder(keyring.environment, verdict, context);
  return keyring;
}

/**
 * Writes `document` as the target's vault; unchanged lines keep their tokens.
 * @returns the text of the vault, and whether it changed
 */
export function sealTarget(
  project: Project,
  open: Omit<OpenTarget, "opened"> & { opened?: OpenedVault },
  document: Document,
  context: Context,
): { text: string; changed: boolean } {
  const { target, vault, opened, access } = open;
  const keyring = writableKeyring(access, context);
  const before = serialiseVault(vault);
  const sealed = sealDocument(document, {
    environment: vault.environment,
    vaultId: vault.id,
    key: keyring.vaultKey(keyring.active.keyId, vault.id),
    isPublic: (name) => keyring.isPublic(name),
    ...(opened && { previous: [opened] }),
  });
  const text = serialiseVault(sealed);
  const changed = text !== before || !existsSync(target.path);
  if (changed) writeAtomic(project.root, target.path, text);
  return { text, changed };
}

/** The tool that encrypted the file in the plaintext's place, or null. */
export function foreignPeer(target: Target): Peer | null {
  const bytes = readBounded(target.plaintext, MAX_VAULT_BYTES);
  return bytes === null ? null : detectPeer(bytes);
}

/** The plaintext beside a vault, or null where there is none: what another tool encrypted is none. */
export function readPlaintext(target: Target): { bytes: Uint8Array; document: Document } | null {
  const bytes = readBounded(target.plaintext, MAX_VAULT_BYTES);
  if (bytes === null || detectPeer(bytes) !== null) return null;
  const { document, warnings } = parseDocument(bytes, displayPath(target.plaintext));
  for (const { line, message } of warnings) warn(`${displayPath(target.plaintext)} line ${line}: ${message}`);
  return { bytes, document };
}

export function vaultText(target: Target): string {
  return readFileSync(target.path, "utf8");
}
