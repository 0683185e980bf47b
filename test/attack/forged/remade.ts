import { randomBytes } from "node:crypto";
import { unlock } from "../../../src/age/unlock.ts";
import { wrapKey } from "../../../src/age/wrap.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { headOf } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { signerOf, signingSeed } from "../../../src/core/authority/statement.ts";
import { withVault } from "../../../src/core/keys/manifest-edits.ts";
import { rotated } from "../../../src/core/keys/rotate.ts";
import { parseDocument } from "../../../src/core/vault/document.ts";
import { sealDocument } from "../../../src/core/vault/seal-vault.ts";
import { serialiseVault } from "../../../src/core/vault/vault.ts";
import { madeAnew, withOwnRoot } from "../../support/forger.ts";
import type { Forged, Row } from "./row.ts";
import { bob, good, NAME } from "./world.ts";

function bobsKeyring(manifest = bob.manifest) {
  const key = { type: "identity", identity: bob.identity, pins: [], personal: false, environment: null, source: "bob" } as const;
  return unlock(manifest, NAME, key);
}

function sealAs(keyring: ReturnType<typeof bobsKeyring>, manifest: Manifest): string {
  const id = manifest.vaults[".env.vault"]?.id as string;
  const { document } = parseDocument(Buffer.from("API_KEY=mine\nPORT=3000\n"));
  const key = keyring.vaultKey(keyring.active.keyId, id);
  return serialiseVault(sealDocument(document, { environment: NAME, vaultId: id, key, isPublic: (name) => name === "PORT" }));
}

/** A whole environment with a new key, wrapped for everyone's public recipients: anyone can make it. */
async function anew(): Promise<Forged> {
  return madeAnew(JSON.parse(good) as Manifest, NAME, ".env.vault", "API_KEY=mine\n");
}

/** And an authority over it, whose signatures are right. */
async function rootAnew(): Promise<Forged> {
  const { manifest, vault } = await anew();
  return { manifest: withOwnRoot(manifest as Manifest), vault: vault as string };
}

/** Bob goes on from the key he held: his own v3, for everyone who had access then. He signs it, as he may not. */
async function fork(): Promise<Forged> {
  const dataKey = randomBytes(32);
  const wrapped = new Map<string, Uint8Array>();
  for (const [name, { recipient }] of Object.entries(bob.manifest.environments[NAME]?.access ?? {}))
    wrapped.set(name, await wrapKey(dataKey, recipient));
  const seed = signingSeed(bob.identity, bob.manifest.project);
  const { admins } = headOf(bob.manifest);
  const recipient = bob.manifest.recipients.bob?.recipient as string;
  // Made where he is an admin by his own word, and put under the authority that there was.
  const own = withAuthority(bob.manifest, { admins: { ...admins, bob: { recipient, signer: signerOf(seed) } } }, { name: "bob", seed });
  const rotation = { dataKey, nonce: randomBytes(12), reason: "scheduled", at: "2026-11-21T00:00:00Z", wrapped } as const;
  const { manifest } = rotated(own, bobsKeyring(own), rotation, { name: "bob", seed });
  return { manifest: { ...manifest, authority: bob.manifest.authority } };
}

/** The same key under the authority of today, with the tags and the vault that a holder of it makes. */
function oldKeysUnderNewAuthority(): Forged {
  const today = JSON.parse(good) as Manifest;
  const environments = { ...today.environments, [NAME]: bob.manifest.environments[NAME] as Manifest["environments"][string] };
  const mixed = { ...today, environments };
  const manifest = withVault(mixed, bobsKeyring().tagger, ".env.vault", today.vaults[".env.vault"]?.id as string);
  return { manifest, vault: sealAs(bobsKeyring(), bob.manifest) };
}

/** Whole manifests and vaults that others made, or that were made before. */
export const REMADE: Row[] = [
  {
    name: "a whole environment made anew with everyone's public recipients",
    forge: anew,
    get: "FORGED_MANIFEST",
    check: /manifest-change/,
    own: /key version v3 \(\S+\) was dropped/,
  },
  {
    name: "a whole authority made anew, with an environment under it",
    forge: rootAnew,
    get: "PIN_MISMATCH",
    check: /manifest-change/,
    own: /nothing in the authority of this manifest was ever seen/,
  },
  {
    name: "a fork by a leaver from the key he held",
    forge: fork,
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /the statement of default is not signed by anybody who may/,
  },
  {
    name: "a leaver's keys put back under the authority of today",
    forge: oldKeysUnderNewAuthority,
    get: "FORGED_MANIFEST",
    check: /forged-manifest/,
    own: /an older one was put back/,
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
    get: "OLDER_CHECKOUT",
    check: /manifest-change/,
    own: /somebody lost access since/,
  },
];
