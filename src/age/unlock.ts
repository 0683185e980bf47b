import { equal } from "#crypto";
import { b64u, unb64u } from "../core/bytes.ts";
import { environmentOf, Keyring, listedVault, pinOf } from "../core/keyring.ts";
import type { KeyString } from "../core/keystring.ts";
import { accessByName, type Manifest } from "../core/manifest.ts";
import type { KeySource } from "../core/open.ts";
import type { Vault } from "../core/vault.ts";
import { PIN_BYTES, type VaultIdentity, vaultKeyFromRoot } from "../core/vaultkey.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { openAgeFile } from "./file.ts";
import { recipientOf } from "./keys.ts";

/** What opens a vault, and where it came from (for messages). A pin of null is for the machine's own record to give. */
export type Key =
  | { type: "identity"; identity: Uint8Array; pin: Uint8Array | null; environment: string | null; source: string }
  | (Extract<KeyString, { type: "read-only" }> & { source: string });

/** What a person's machine remembers of one environment: the newest key it verified, and all others it did. */
export interface PinRecord {
  pin: string;
  verified: string[];
}

type IdentityKey = Extract<Key, { type: "identity" }>;

/** Entries under one recipient that are tried: each takes an X25519, and the list is anybody's to write. */
const MOST_TWINS = 32;

/** The name under which an identity stands in the manifest, or null: of several, one that an access entry has. */
export function recipientName(manifest: Manifest, identity: Uint8Array): string | null {
  const names = recipientNames(manifest, identity);
  const access = accessByName(manifest);
  return names.find((name) => access.has(name)) ?? names[0] ?? null;
}

/** Every name with this identity's recipient: the list is not authenticated, and a twin may have been slipped in. */
export function recipientNames(manifest: Manifest, identity: Uint8Array): string[] {
  const own = recipientOf(identity);
  return Object.keys(manifest.recipients).filter((name) => manifest.recipients[name]?.recipient === own);
}

/**
 * Opens the environment by whichever access entry of the identity is good: others, under names that somebody made up for the
 * same recipient, stop nothing.
 * @throws NO_ACCESS, WRONG_KEY, FORGED_ACCESS, FORGED_MANIFEST, UNKNOWN_ENVIRONMENT
 */
export function unlock(manifest: Manifest, environment: string, key: IdentityKey): Keyring {
  const { access } = environmentOf(manifest, environment);
  const names = recipientNames(manifest, key.identity);
  const twins = names.filter((name) => Object.hasOwn(access, name));
  let refusal: EnvsealError | undefined;
  for (const name of twins.slice(0, MOST_TWINS)) {
    const opened = openAccess(manifest, environment, name, key);
    if (opened instanceof Keyring) return opened;
    if (refusal === undefined || opened.code !== "WRONG_KEY") refusal = opened;
  }
  throw refusal ?? noAccess(names[0], environment, key);
}

/** What one access entry opens, or why it does not. @throws FORGED_MANIFEST, which no other entry would mend */
function openAccess(manifest: Manifest, environment: string, name: string, key: IdentityKey): Keyring | EnvsealError {
  const { wrapped } = environmentOf(manifest, environment).access[name] as { wrapped: string };
  const dataKey = openAgeFile(unb64u(wrapped.slice("age:".length)) ?? new Uint8Array(0), key.identity, 1);
  const hint = "take envseal.json from git again, or ask someone with access to grant it again";
  if (dataKey === null || dataKey.length !== 32)
    return new EnvsealError("WRONG_KEY", `the access entry of ${name} to ${environment} does not open with the identity in ${key.source}`, {
      hint,
    });
  const keyring = keyringUnder(manifest, environment, dataKey);
  if (!(keyring instanceof Keyring) || keyring.accessIsGenuine(name)) return keyring;
  return new EnvsealError("FORGED_ACCESS", `the access entry of ${name} to ${environment} was changed by someone without its key`, {
    hint,
  });
}

function keyringUnder(manifest: Manifest, environment: string, dataKey: Uint8Array): Keyring | EnvsealError {
  try {
    return new Keyring(manifest, environment, dataKey);
  } catch (error) {
    if (isEnvsealError(error) && (error as EnvsealError).code === "WRONG_KEY") return error as EnvsealError;
    throw error;
  }
}

function noAccess(name: string | undefined, environment: string, { source, pin }: IdentityKey): EnvsealError {
  const who = name === undefined ? `the identity of ${source} is no recipient of this project` : `${name} has no access to ${environment}`;
  return new EnvsealError("NO_ACCESS", who, {
    hint:
      pin === null
        ? "someone with access can give it (envseal grant); in an older checkout, use envseal run, which takes the newest manifest"
        : "the manifest here is from before this deploy key was made, or from after it was revoked: deploy the newest commit, or create it anew",
  });
}

export type PinVerdict = "match" | "newer" | "older" | "first";

/**
 * FORMAT.md section 3, Pins. An injected key's pin must be reached. A machine's record may also know this key as an older
 * one that it had verified before.
 * @throws PIN_MISMATCH
 */
export function checkPin(keyring: Keyring, injected: Uint8Array | null, record: PinRecord | undefined): PinVerdict {
  const wanted = injected ?? (record === undefined ? null : parsePin(record.pin));
  if (wanted === null) return "first";
  if (equal(wanted, keyring.pin)) return "match";
  if (keyring.reachesPin(wanted)) return "newer";
  if (injected === null && record?.verified.includes(b64u(keyring.pin))) return "older";
  if (injected === null && keyring.isTombstone(wanted)) {
    throw new EnvsealError("PIN_MISMATCH", `the key of ${keyring.environment} that this machine pinned was destroyed since`, {
      hint: "compare pins with a teammate (envseal status), then delete this machine's pin file, which envseal doctor names",
    });
  }
  throw new EnvsealError(
    "PIN_MISMATCH",
    `the active key of ${keyring.environment} in the manifest does not lead back to the key that was pinned`,
    {
      hint:
        injected === null
          ? "the manifest may be forged or from another line of history: compare pins with a teammate (envseal status); only if theirs is the manifest's, delete this machine's pin file, which envseal doctor names"
          : "the checkout is older than the deploy key, or the manifest is forged: deploy the newest commit, or create the deploy key anew after comparing pins",
    },
  );
}

export interface Unlocked {
  keyring: Keyring;
  verdict: PinVerdict;
  /** The newer manifest's keyring that led to an older one. */
  newest?: { keyring: Keyring; verdict: PinVerdict };
}

/**
 * Unlocks and compares with the pin. A checkout from before a person had access opens through a newer manifest of the
 * project, whose links lead to the checkout's active key.
 * @param newer the newest first; not asked for an injected key
 * @throws what unlock and checkPin throw
 */
export function unlockPinned(
  manifest: Manifest,
  environment: string,
  key: IdentityKey,
  record: PinRecord | undefined,
  newer?: () => Iterable<Manifest>,
): Unlocked {
  try {
    const keyring = unlock(manifest, environment, key);
    return { keyring, verdict: checkPin(keyring, key.pin, record) };
  } catch (error) {
    if (key.pin !== null || newer === undefined || !isEnvsealError(error) || error.code !== "NO_ACCESS") throw error;
    for (const candidate of newer()) {
      const unlocked = unlockThrough(candidate, manifest, environment, key, record);
      if (unlocked !== null) return unlocked;
    }
    throw error;
  }
}

/** The keyring of an older manifest, whose active key a newer one still leads to; null where it does not, or is no better itself. */
function unlockThrough(
  newer: Manifest,
  older: Manifest,
  environment: string,
  key: IdentityKey,
  record: PinRecord | undefined,
): Unlocked | null {
  if (newer.project !== older.project) return null;
  try {
    const keyring = unlock(newer, environment, key);
    const newest = { keyring, verdict: checkPin(keyring, null, record) };
    const { active } = environmentOf(older, environment);
    if (!Object.hasOwn(keyring.entry.keys, active)) return null;
    // From before a grant, and of the same key: nothing in it is under an earlier one.
    const verdict = active === keyring.entry.active ? newest.verdict : "older";
    return { keyring: new Keyring(older, environment, keyring.dataKey(active, "this checkout")), verdict, newest };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return null;
  }
}

export type ReadOnlyKey = Extract<Key, { type: "read-only" }>;

/** The key source of a read-only key string: one vault under one key version (FORMAT.md section 6). */
export function readOnlySource(key: ReadOnlyKey, environment: string): KeySource {
  const identity: VaultIdentity = { environment, vaultId: key.vaultId };
  const keyId = readOnlyKeyId(key);
  const vaultKey = vaultKeyFromRoot(key.root, identity, { keyId, version: key.version, pin: key.pin });
  return {
    keyFor: (token, where) => {
      if (token.keyId === keyId && token.version === key.version) return vaultKey;
      throw new EnvsealError(
        "KEY_UNKNOWN",
        `${where}: sealed under v${token.version} (${token.keyId}), and the read-only key in ${key.source} opens v${key.version} (${keyId}) only`,
        {
          hint: "after a rotation create a new one: envseal deploy-key create NAME --read-only",
        },
      );
    },
  };
}

/**
 * A read-only key proves nothing about a manifest, but one at hand can only add refusals.
 * @returns the names that must be there
 * @throws UNLISTED_VAULT, FOREIGN_VAULT, KEY_DESTROYED, BELOW_FLOOR
 */
export function checkReadOnly(manifest: Manifest, listed: string, vault: Vault, key: ReadOnlyKey): string[] {
  listedVault(manifest, listed, vault);
  const entry = manifest.environments[vault.environment];
  const keyId = readOnlyKeyId(key);
  if (entry === undefined) return [];
  if (Object.hasOwn(entry.keys, keyId))
    refuseRetired(entry.keys[keyId]?.state === "destroyed", key, keyId, entry.keys[entry.floor]?.version ?? 0);
  return entry.required;
}

function refuseRetired(destroyed: boolean, key: ReadOnlyKey, keyId: string, floor: number): void {
  const hint = "create a new one: envseal deploy-key create NAME --read-only";
  const subject = `the read-only key in ${key.source} is of v${key.version} (${keyId})`;
  if (destroyed) throw new EnvsealError("KEY_DESTROYED", `${subject}, which was destroyed`, { hint });
  if (key.version < floor) throw new EnvsealError("BELOW_FLOOR", `${subject}, below the floor of ${key.environment}, v${floor}`, { hint });
}

function readOnlyKeyId(key: ReadOnlyKey): string {
  return b64u(pinOf(key.pin).subarray(0, 6));
}

/** The text form of a pin: 16 bytes as b64u. */
export function parsePin(text: string): Uint8Array | null {
  return unb64u(text, PIN_BYTES);
}
