import type { Manifest } from "../../src/core/authority/manifest.ts";
import { b64u } from "../../src/core/bytes.ts";
import type { Keyring } from "../../src/core/keys/keyring.ts";
import { encodeKeyString } from "../../src/core/keys/keystring.ts";
import { parseDocument } from "../../src/core/vault/document.ts";
import { type OpenedVault, openVault } from "../../src/core/vault/open-vault.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { parseVault, serialiseVault } from "../../src/core/vault/vault.ts";
import { deriveVaultRoot } from "../../src/core/vaultkey.ts";
import { keyOf, keyringOf, manifestOf } from "./manifests.ts";

/** A project of one environment and one vault, made in memory with fixed keys. */
export class MemoryProject {
  readonly environment: string;
  readonly vaultId: Uint8Array;
  readonly dataKey: Uint8Array;
  readonly manifest: Manifest;
  readonly keyring: Keyring;

  constructor({ environment = "default", seed = 1, publicPatterns = [] as string[] } = {}) {
    this.environment = environment;
    this.vaultId = new Uint8Array(12).fill(seed);
    this.dataKey = keyOf(seed);
    const plan = { key: seed, settings: { public: publicPatterns }, vaults: { ".env.vault": seed } };
    this.manifest = manifestOf({ environments: { [environment]: plan } });
    this.keyring = keyringOf(this.manifest, environment, seed);
  }

  seal(plaintext: Uint8Array, options: { previous?: OpenedVault; isPublic?: (name: string) => boolean } = {}): string {
    const { document } = parseDocument(plaintext);
    const key = this.keyring.vaultKey(this.keyring.active.keyId, b64u(this.vaultId));
    const isPublic = options.isPublic ?? (() => false);
    const previous = options.previous === undefined ? {} : { previous: [options.previous] };
    return serialiseVault(
      sealDocument(document, { environment: this.environment, vaultId: b64u(this.vaultId), key, isPublic, ...previous }),
    );
  }

  open(text: string): OpenedVault {
    return openVault(parseVault(text), this.keyring.keysOf(b64u(this.vaultId)));
  }

  readOnlyKey(): string {
    const { environment, vaultId, keyring } = this;
    const root = deriveVaultRoot(this.dataKey, { environment, vaultId });
    return encodeKeyString({ type: "read-only", environment, pin: keyring.keyPin, vaultId, version: 1, root });
  }
}
