/**
 * For workers and browsers, where there are no files and no Node: opens the text of a vault with a key string.
 *
 * @module edge
 */
import { checkReadOnly, readOnlySource } from "./age/read-only.ts";
import { unlock } from "./age/unlock.ts";
import type { Manifest } from "./core/authority/manifest.ts";
import { trust } from "./core/authority/trust.ts";
import { b64u } from "./core/bytes.ts";
import { ALL, parseKeyString } from "./core/keys/keystring.ts";
import { listedVault } from "./core/keys/listing.ts";
import { parseManifest } from "./core/manifest/manifest-text.ts";
import { type OpenedVault, openVault } from "./core/vault/open-vault.ts";
import { parseVault, type Vault } from "./core/vault/vault.ts";
import { EnvsealError } from "./errors.ts";

export { EnvsealError, type ErrorCode } from "./errors.ts";

/** What `openVaultText` takes beside the vault. */
export interface EdgeOptions {
  /** A key string, `esk_…`. */
  key: string;
  /** The text of envseal.json; only a read-only key goes without, and is checked against it where it is given. */
  manifest?: string;
  /** The vault's path as the manifest lists it. Default: the only listed vault with this id. */
  path?: string;
}

/**
 * Opens the text of a vault where there is no file system (workers, browsers), with every check the CLI makes.
 * @param text the content of `.env.vault` or `.env.NAME.vault`
 * @param options the key, and the manifest it is checked against
 * @returns name → value, in file order
 * @throws EnvsealError MALFORMED_KEY, WRONG_KEY, NO_MANIFEST, MALFORMED_VAULT, UNLISTED_VAULT, PIN_MISMATCH, BELOW_FLOOR,
 * TAMPERED, MISSING_REQUIRED and the others of exit codes 3 and 4
 * @example
 * const values = openVaultText(vault, { key: env.ENVSEAL_KEY, manifest });
 */
export function openVaultText(text: string, { key, manifest, path }: EdgeOptions): Record<string, string> {
  const vault = parseVault(text);
  const parsed = parseKeyString(key.trim(), "the key option");
  if (parsed.environment !== vault.environment && parsed.environment !== ALL) {
    throw new EnvsealError("WRONG_KEY", `the key is for ${parsed.environment}, and the vault is of ${vault.environment}`, {
      hint: "use the key of the vault's environment",
    });
  }
  if (parsed.type === "read-only") {
    if (b64u(parsed.vaultId) !== vault.id)
      throw new EnvsealError("WRONG_KEY", "the read-only key is for another vault", { hint: "create one for this vault" });
    const key = { ...parsed, source: "the key option" };
    const keys = readOnlySource(key, vault.environment);
    if (manifest === undefined) return values(openVault(vault, keys), []);
    const project = parseManifest(manifest);
    return values(openVault(vault, keys), checkReadOnly(project, listedPath(project, vault, path), vault, key));
  }
  if (manifest === undefined)
    throw new EnvsealError("NO_MANIFEST", "this key needs the text of envseal.json", {
      hint: "pass it as manifest, or use a read-only key",
    });
  const project = parseManifest(manifest);
  const listed = listedPath(project, vault, path);
  listedVault(project, listed, vault);
  const { identity, pin } = parsed;
  const identityKey = { type: "identity", identity, pins: [pin], personal: false, environment: null, source: "the key option" } as const;
  trust(project, { pins: identityKey.pins, seen: null });
  const keyring = unlock(project, vault.environment, identityKey);
  keyring.checkVault(listed, vault);
  return values(openVault(vault, keyring.keysOf(vault.id)), keyring.settings.required);
}

/**
 * The same as a promise, with the same checks and errors.
 * @param text the content of `.env.vault` or `.env.NAME.vault`
 * @param options the key, and the manifest it is checked against
 * @returns name → value, in file order
 * @throws EnvsealError what `openVaultText` throws, as a rejection
 * @example
 * const values = await openVaultTextAsync(vault, { key: env.ENVSEAL_KEY, manifest });
 */
export async function openVaultTextAsync(text: string, options: EdgeOptions): Promise<Record<string, string>> {
  return openVaultText(text, options);
}

function listedPath({ vaults }: Manifest, { id }: Vault, path: string | undefined): string {
  return path ?? Object.keys(vaults).find((entry) => vaults[entry]?.id === id) ?? "the vault";
}

function values({ assignments }: OpenedVault, required: readonly string[]): Record<string, string> {
  const missing = required.filter((name) => !assignments.has(name));
  if (missing.length > 0)
    throw new EnvsealError("MISSING_REQUIRED", `the vault lacks ${missing.join(", ")}, which the manifest requires`, {
      hint: "deploy the vault as it is in git",
    });
  return Object.fromEntries([...assignments].map(([name, { value }]) => [name, value]));
}
