import { randomBytes } from "node:crypto";
import { unlock } from "../../../src/age/unlock.ts";
import { wrapKey } from "../../../src/age/wrap.ts";
import { signerOf, withAccess, withEnvironment, withVault } from "../../../src/core/changes.ts";
import { parseDocument } from "../../../src/core/document.ts";
import { Keyring } from "../../../src/core/keyring.ts";
import type { Manifest } from "../../../src/core/manifest.ts";
import { rotated } from "../../../src/core/rotate.ts";
import { sealDocument } from "../../../src/core/seal.ts";
import { serialiseVault } from "../../../src/core/vault.ts";
import { createVault } from "../../../src/workspace/create.ts";
import type { Forged, Row } from "./row.ts";
import { bob, good, NAME } from "./world.ts";

function bobsKeyring() {
  return unlock(bob.manifest, NAME, { type: "identity", identity: bob.identity, pin: null, environment: null, source: "bob" });
}

function sealAs(keyring: ReturnType<typeof bobsKeyring>, manifest: Manifest): string {
  const id = manifest.vaults[".env.vault"]?.id as string;
  const { document } = parseDocument(Buffer.from("API_KEY=mine\nPORT=3000\n"));
  const key = keyring.vaultKey(keyring.active.keyId, id);
  return serialiseVault(sealDocument(document, { environment: NAME, vaultId: id, key, isPublic: (name) => name === "PORT" }));
}

/** A whole environment with a new key, wrapped for everyone's public recipients: anyone can make it. */
async function anew(): Promise<Forged> {
  const today: Manifest = JSON.parse(good);
  const dataKey = randomBytes(32);
  const signer = signerOf(dataKey, today.project, NAME);
  let manifest = withEnvironment(today, signer, { created: "2026-11-21T00:00:00Z", publicPatterns: ["PORT"] });
  for (const [name, { recipient }] of Object.entries(today.recipients))
    manifest = withAccess(manifest, signer, name, await wrapKey(dataKey, recipient));
  const made = createVault(
    manifest,
    new Keyring(manifest, NAME, dataKey),
    ".env.vault",
    parseDocument(Buffer.from("API_KEY=mine\n")).document,
  );
  return { manifest: made.manifest, vault: made.text };
}

/** Bob goes on from the key he held: his own v3, for everyone who had access then. */
async function fork(): Promise<Forged> {
  const dataKey = randomBytes(32);
  const wrapped = new Map<string, Uint8Array>();
  for (const name of Object.keys(bob.manifest.environments[NAME]?.access ?? {}))
    wrapped.set(name, await wrapKey(dataKey, bob.manifest.recipients[name]?.recipient as string));
  const step = rotated(bob.manifest, bobsKeyring(), {
    dataKey,
    nonce: randomBytes(12),
    reason: "scheduled",
    at: "2026-11-21T00:00:00Z",
    wrapped,
  });
  const signed = withVault(step.manifest, step.keyring.signer, ".env.vault", bob.manifest.vaults[".env.vault"]?.id as string);
  return { manifest: signed, vault: sealAs(step.keyring, signed) };
}

/** Whole manifests and vaults that others made, or that were made before. */
export const REMADE: Row[] = [
  {
    name: "a whole environment made anew with everyone's public recipients",
    forge: anew,
    get: "PIN_MISMATCH",
    check: /manifest-change/,
    own: /key version v3 \(\S+\) was dropped/,
  },
  {
    name: "a fork by a leaver from the key he held",
    forge: fork,
    get: "PIN_MISMATCH",
    check: /forged-manifest/,
    own: /does not lead back to the key that was pinned/,
  },
  {
    name: "a vault sealed by a leaver under a retired key",
    forge: () => ({ vault: sealAs(bobsKeyring(), bob.manifest) }),
    get: "BELOW_FLOOR",
    check: /forged-vault/,
    own: /\.env\.vault line 2: sealed under v2/,
  },
  {
    name: "an old vault under today's manifest, after a fence",
    forge: () => ({ vault: bob.vault }),
    get: "BELOW_FLOOR",
    check: /forged-vault/,
    own: /older than the floor of default, v3/,
  },
  {
    name: "an old manifest with today's vault",
    forge: () => ({ manifest: bob.manifest }),
    get: "KEY_UNKNOWN",
    check: /manifest-change/,
    own: /sealed under key \S+, which the manifest does not know/,
  },
];
