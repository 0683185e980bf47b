import { dirname } from "node:path";
import { checkReadOnly, type ReadOnlyKey, readOnlySource } from "../age/read-only.ts";
import { type Unlocked, unlockTrusted } from "../age/unlock.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { Verdict } from "../core/authority/seen.ts";
import { b64u } from "../core/bytes.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { sealedByLeavers } from "../core/keys/known-to-leavers.ts";
import { listedVault } from "../core/keys/listing.ts";
import type { KeySource } from "../core/vault/open-vault.ts";
import type { Vault } from "../core/vault/vault.ts";
import { EnvsealError } from "../errors.ts";
import { displayPath, type LocatedManifest, listedPath } from "../project/find.ts";
import { readSeen } from "../project/pins.ts";
import { allowsOlder, type Env, injectedKey, personalKey } from "./key.ts";

export interface AccessRequest {
  path: string;
  vault: Vault;
  located: LocatedManifest | null;
  /** A key given as an option; else the environment's variables and this machine's identity are asked. */
  key?: string | undefined;
  env: Env;
  /** The personal identity, where it is in no file: the CLI asks its custody. */
  identity?: Uint8Array | undefined;
  /** The project's newest manifests elsewhere, for a checkout from before this person had access: the CLI asks git. */
  newer?: () => Iterable<Manifest>;
  /** True where a person says that what is newer was thrown away, and seals under this one. */
  allowOlder?: boolean;
}

/** What opens one vault. Writers need the keyring; a read-only key has none. */
export interface Access {
  keys: KeySource;
  required: string[];
  keyring: Keyring | null;
  /** How the manifest compares with what is trusted; null with a read-only key, which proves nothing of it. */
  verdict: Verdict | null;
  /** True where a later statement of its keys was seen. */
  keysAreOlder: boolean;
  newest?: Unlocked["newest"];
  /** Of the key that opened it, unless that is a read-only one. */
  recipient?: string;
  /** True where what this machine has seen counts, which the CLI moves forward. */
  personal: boolean;
}

/** Finds the key and checks everything that is not inside the vault's tokens. */
export function accessVault(request: AccessRequest): Access {
  const injected = injectedKey(request.env, request.vault.environment, request.key);
  if (injected?.type === "read-only") return readOnlyAccess(injected, request);
  const { path, vault, located, env } = request;
  if (located === null) throw missingManifest(path);
  const { manifest, root } = located;
  const listed = listedPath(root, path);
  listedVault(manifest, listed, vault);
  const key = injected ?? personalKey(env, manifest.project, request.identity);
  refuseOtherEnvironment(key.environment, vault.environment, key.source);
  const seen = key.personal ? readSeen(env, manifest.project) : null;
  const unlocked = unlockTrusted(manifest, vault.environment, key, {
    seen,
    newer: request.newer,
    allowOlder: request.allowOlder === true || allowsOlder(env),
  });
  const { keyring } = unlocked;
  keyring.checkVault(listed, vault);
  return { keys: keyring.keysOf(vault.id), required: keyring.settings.required, ...unlocked, personal: key.personal };
}

/** What to tell of a checkout that is behind what this machine has seen; null where it is not. */
export function describeAge({ verdict, keysAreOlder }: Access, path: string): string | null {
  if (verdict !== "older" && verdict !== "parted") return null;
  const what = `this checkout is ${verdict === "older" ? "older than" : "of another line than"} what this machine has seen`;
  return keysAreOlder
    ? `${what}: ${path} may open under an earlier key`
    : `${what} of the project's authority: who decides has changed since`;
}

/** What to tell of values that somebody who lost access may have sealed; null where the vault has none. */
export function describeLeavers({ keyring }: Access, vault: Vault, path: string): string | null {
  const names = keyring === null ? [] : sealedByLeavers(vault, keyring.statement);
  const [first, second] = names;
  if (keyring === null || first === undefined) return null;
  const which = second === undefined ? first : `${first} and ${names.length - 1} more`;
  return `${path}: somebody who lost access knows the key that ${which} ${second === undefined ? "is" : "are"} sealed under, and may have changed ${second === undefined ? "it" : "them"}; an admin replaces that key: envseal rotate -e ${keyring.environment}`;
}

function missingManifest(path: string): EnvsealError {
  return new EnvsealError("NO_MANIFEST", `there is no envseal.json at or above ${displayPath(dirname(path))}`, {
    hint: "ship it beside the vault (envseal bundle does), name it (ENVSEAL_MANIFEST), or use a read-only key, which needs none",
  });
}

function readOnlyAccess(key: ReadOnlyKey, { vault, path, located }: AccessRequest): Access {
  refuseOtherEnvironment(key.environment, vault.environment, key.source);
  if (b64u(key.vaultId) !== vault.id) {
    throw new EnvsealError("WRONG_KEY", `the read-only key in ${key.source} is for another vault than ${displayPath(path)}`, {
      hint: "create one for this vault: envseal deploy-key create NAME --read-only -f PATH",
    });
  }
  const access = {
    keys: readOnlySource(key, vault.environment),
    required: [],
    keyring: null,
    verdict: null,
    keysAreOlder: false,
    personal: false,
  };
  if (located === null) return access;
  return { ...access, required: checkReadOnly(located.manifest, listedPath(located.root, path), vault, key) };
}

function refuseOtherEnvironment(named: string | null, wanted: string, source: string): void {
  if (named === null || named === wanted) return;
  throw new EnvsealError("WRONG_KEY", `the key in ${source} is for ${named}, and the vault is of ${wanted}`, {
    hint: `set the key of ${wanted}, or choose the other environment (-e, ENVSEAL_ENV)`,
  });
}
