import { aeadOpen, equal, hkdf } from "#crypto";
import { EnvsealError } from "../errors.ts";
import { b64u, concat, lp, unb64u, utf8 } from "./bytes.ts";
import type { Environment, KeyEntry, Manifest, Recipient } from "./manifest.ts";
import { matchesPattern } from "./names.ts";
import type { KeySource } from "./open.ts";
import { isAtOrAboveFloor } from "./reach.ts";
import { accessTag, deriveManifestKey, environmentTag, type Signer, tagMatches, vaultTag } from "./tags.ts";
import type { Token } from "./token.ts";
import { COMMITMENT_BYTES, deriveVaultRoot, KEY_ID_BYTES, PIN_BYTES, type VaultKey, vaultKeyFromRoot } from "./vaultkey.ts";

const NONCE = 12;

/** FORMAT.md section 1: 32 bytes that stand for a data key and for no other. */
export function commitmentOf(dataKey: Uint8Array): Uint8Array {
  return hkdf(dataKey, new Uint8Array(0), utf8("envseal/v1 commitment"), COMMITMENT_BYTES);
}

export function keyIdOf(commitment: Uint8Array): string {
  return b64u(commitment.subarray(0, KEY_ID_BYTES));
}

export function pinOf(commitment: Uint8Array): Uint8Array {
  return commitment.subarray(0, PIN_BYTES);
}

export function deriveLinkKey(dataKey: Uint8Array, projectId: Uint8Array, environment: string): Uint8Array {
  return hkdf(dataKey, projectId, concat(utf8("envseal/v1 link"), lp(environment)), 32);
}

/** The AAD of a link: FORMAT.md section 3. */
export function linkAad(environment: string, keyId: string, previous: string): Uint8Array {
  return concat(lp(environment), lp(unb64u(keyId) as Uint8Array), lp(unb64u(previous) as Uint8Array));
}

/**
 * The opened keys of one environment: the active data key, which must be the one the manifest commits to and must have
 * made the environment's tag, and every earlier one that links lead to.
 */
export class Keyring {
  readonly manifest: Manifest;
  readonly environment: string;
  readonly entry: Environment;
  readonly signer: Signer;
  private readonly projectId: Uint8Array;
  private readonly dataKeys = new Map<string, Uint8Array>();

  /** @throws WRONG_KEY (the key is not the active one), FORGED_MANIFEST (someone without the key changed the entry) */
  constructor(manifest: Manifest, environment: string, dataKey: Uint8Array) {
    this.manifest = manifest;
    this.environment = environment;
    this.entry = environmentOf(manifest, environment);
    this.projectId = unb64u(manifest.project) as Uint8Array;
    const keyId = this.entry.active;
    const commitment = commitmentOf(dataKey);
    if (!equal(commitment, recorded(this.keyEntry(keyId)))) {
      throw new EnvsealError("WRONG_KEY", `this is not the active key of ${environment} (${label(keyId, this.keyEntry(keyId))})`, {
        hint: "the key may be of another project or environment, or from before a rotation",
      });
    }
    this.dataKeys.set(keyId, dataKey);
    this.signer = { environment, keyId, commitment, manifestKey: deriveManifestKey(dataKey, this.projectId, environment) };
    if (!tagMatches(environmentTag(this.signer, this.entry), this.entry.tag)) {
      throw new EnvsealError(
        "FORGED_MANIFEST",
        `the manifest's entry for ${environment} was changed by hand, or by someone without its key`,
        {
          hint: "compare envseal.json with its history (git log -p envseal.json) and take the last good one",
        },
      );
    }
  }

  get active(): { keyId: string; version: number } {
    return { keyId: this.entry.active, version: this.keyEntry(this.entry.active).version };
  }

  get pin(): Uint8Array {
    return pinOf(this.signer.commitment);
  }

  /** True if the active key is the pinned one, or leads to it by verified links (FORMAT.md section 3, Pins). */
  reachesPin(pin: Uint8Array): boolean {
    const target = Object.entries(this.entry.keys).find(([, key]) => equal(pinOf(recorded(key)), pin));
    return target !== undefined && this.openLinks(target[0]) !== null;
  }

  /** True if the pin is of a key that was destroyed: no link can lead to it any more. */
  isTombstone(pin: Uint8Array): boolean {
    return Object.values(this.entry.keys).some((key) => key.state === "destroyed" && equal(pinOf(recorded(key)), pin));
  }

  /** The pins of every key this keyring can open, the active one's first. */
  pins(): Uint8Array[] {
    this.openLinks(undefined);
    return [...this.dataKeys.keys()].map((keyId) => pinOf(recorded(this.keyEntry(keyId))));
  }

  /** @throws KEY_UNKNOWN, KEY_DESTROYED */
  dataKey(keyId: string, where: string): Uint8Array {
    if (!Object.hasOwn(this.entry.keys, keyId)) throw this.unknownKey(keyId, where);
    const key = this.keyEntry(keyId);
    if (key.state === "destroyed") {
      throw new EnvsealError("KEY_DESTROYED", `${where}: sealed under ${label(keyId, key)} of ${this.environment}, which was destroyed`, {
        hint: "the commit itself still opens it: git worktree add ../old COMMIT, then envseal get NAME --cwd ../old; a backup of that time holds it too",
      });
    }
    const opened = this.openLinks(keyId);
    if (opened === null) {
      throw new EnvsealError("KEY_UNKNOWN", `${where}: no link leads from the active key to ${label(keyId, key)} of ${this.environment}`, {
        hint: "take envseal.json from git again",
      });
    }
    return opened;
  }

  /** True if tokens under this key may stand in a current vault. */
  isAtOrAboveFloor(keyId: string): boolean {
    return isAtOrAboveFloor(this.entry, keyId);
  }

  /** True if one of the environment's `public` patterns covers the variable. */
  isPublic(name: string): boolean {
    return this.entry.public.some((pattern) => matchesPattern(pattern, name));
  }

  /** @throws KEY_UNKNOWN, KEY_DESTROYED, TAMPERED (a key of another environment) */
  vaultKey(keyId: string, vaultId: string, where = "the vault"): VaultKey {
    const identity = { environment: this.environment, vaultId: unb64u(vaultId) as Uint8Array };
    const root = deriveVaultRoot(this.dataKey(keyId, where), identity);
    const key = this.keyEntry(keyId);
    return vaultKeyFromRoot(root, identity, { keyId, version: key.version, pin: pinOf(recorded(key)) });
  }

  /**
   * The keys of one vault's tokens.
   * @param anyAge true for history: tokens from below the floor open too
   */
  keysOf(vaultId: string, anyAge = false): KeySource {
    const known = new Map<string, VaultKey>();
    return {
      keyFor: (token, where) => {
        const key = known.get(token.keyId) ?? this.tokenKey(token, vaultId, where, anyAge);
        known.set(token.keyId, key);
        if (token.version !== key.version) {
          throw new EnvsealError(
            "TAMPERED",
            `${where}: the token says version ${token.version} and the manifest ${key.version} for key ${token.keyId}`,
            {
              hint: "take the file from git again",
            },
          );
        }
        return key;
      },
    };
  }

  private tokenKey(token: Token, vaultId: string, where: string, anyAge: boolean): VaultKey {
    const key = this.vaultKey(token.keyId, vaultId, where);
    if (!anyAge && !this.isAtOrAboveFloor(token.keyId)) {
      const floor = label(this.entry.floor, this.keyEntry(this.entry.floor));
      throw new EnvsealError(
        "BELOW_FLOOR",
        `${where}: sealed under v${token.version} (${token.keyId}), which is older than the floor of ${this.environment}, ${floor}`,
        {
          hint: "where the key was just rotated, commit the vaults that this wrote too; else someone who left may have sealed it: take the vault from git again; if the values are right, envseal rotate lists them and asks",
        },
      );
    }
    return key;
  }

  /** True if a holder of the active key listed this vault, and for this environment. */
  listsVault(path: string): boolean {
    const entry = Object.hasOwn(this.manifest.vaults, path) ? this.manifest.vaults[path] : undefined;
    return entry?.environment === this.environment && tagMatches(vaultTag(this.signer, path, entry.id), entry.tag);
  }

  /** @throws FORGED_MANIFEST where the entry was not made by a holder of the active key, UNLISTED_VAULT, FOREIGN_VAULT */
  checkVault(path: string, header: { environment: string; id: string }): void {
    listedVault(this.manifest, path, header);
    if (!this.listsVault(path)) {
      throw new EnvsealError(
        "FORGED_MANIFEST",
        `the manifest's entry for ${path} was made or changed by someone without the key of ${this.environment}`,
        {
          hint: "take envseal.json from git again (git log -p envseal.json tells who changed it)",
        },
      );
    }
  }

  accessIsGenuine(name: string): boolean {
    if (!Object.hasOwn(this.entry.access, name) || !Object.hasOwn(this.manifest.recipients, name)) return false;
    const { recipient } = this.manifest.recipients[name] as Recipient;
    return tagMatches(accessTag(this.signer, name, recipient), (this.entry.access[name] as { tag: string }).tag);
  }

  private keyEntry(keyId: string): KeyEntry {
    return this.entry.keys[keyId] as KeyEntry;
  }

  private unknownKey(keyId: string, where: string): EnvsealError {
    const elsewhere = Object.entries(this.manifest.environments).find(([, other]) => Object.hasOwn(other.keys, keyId));
    if (elsewhere !== undefined) {
      return new EnvsealError("TAMPERED", `${where}: it names key ${keyId} of ${elsewhere[0]}, and this vault is of ${this.environment}`, {
        hint: "take the file from git again (git log tells who changed it)",
      });
    }
    return new EnvsealError("KEY_UNKNOWN", `${where}: sealed under key ${keyId}, which the manifest does not know in ${this.environment}`, {
      hint: "the vault may be newer than envseal.json: git pull, or commit both together",
    });
  }

  /** Opens links from the active key down, nearest first, until `target`; null where none leads there. */
  private openLinks(target: string | undefined): Uint8Array | null {
    const queue = new Set([this.entry.active]);
    // A set is walked through what is added meanwhile, too.
    for (const keyId of queue) {
      const dataKey = this.dataKeys.get(keyId) as Uint8Array;
      if (keyId === target) return dataKey;
      for (const [previous, sealed] of Object.entries(this.keyEntry(keyId).links)) {
        if (queue.has(previous)) continue;
        if (!this.dataKeys.has(previous)) this.dataKeys.set(previous, this.openLink(dataKey, keyId, previous, sealed));
        queue.add(previous);
      }
    }
    return null;
  }

  private openLink(dataKey: Uint8Array, keyId: string, previous: string, sealed: string): Uint8Array {
    const bytes = unb64u(sealed.slice("aead:".length)) as Uint8Array;
    const linkKey = deriveLinkKey(dataKey, this.projectId, this.environment);
    const opened = aeadOpen(linkKey, bytes.subarray(0, NONCE), bytes.subarray(NONCE), linkAad(this.environment, keyId, previous));
    if (opened === null || !equal(commitmentOf(opened), recorded(this.keyEntry(previous)))) {
      throw new EnvsealError("FORGED_MANIFEST", `the link from key ${keyId} to ${previous} of ${this.environment} is not genuine`, {
        hint: "take envseal.json from git again",
      });
    }
    return opened;
  }
}

export function environmentOf(manifest: Manifest, environment: string): Environment {
  if (Object.hasOwn(manifest.environments, environment)) return manifest.environments[environment] as Environment;
  const known = Object.keys(manifest.environments).join(", ") || "none yet";
  throw new EnvsealError("UNKNOWN_ENVIRONMENT", `the manifest has no environment ${environment}`, {
    hint: `it has: ${known}; a new one: write its plaintext file, then envseal init`,
  });
}

/** The manifest's entry for the vault at `path`, whose header must be the listed one. */
export function listedVault(manifest: Manifest, path: string, header: { environment: string; id: string }) {
  const entry = Object.hasOwn(manifest.vaults, path) ? manifest.vaults[path] : undefined;
  if (entry === undefined) {
    throw new EnvsealError("UNLISTED_VAULT", `${path} is not listed in the manifest`, {
      hint: "it was moved or copied here: move it back; or move it away, and seal the plaintext here: envseal encrypt",
    });
  }
  if (entry.environment !== header.environment || entry.id !== header.id) {
    throw new EnvsealError("FOREIGN_VAULT", `${path} is another vault than the one the manifest lists there`, {
      hint: "it was copied from another place or project: take the file from git again",
    });
  }
  return entry;
}

function recorded(key: KeyEntry): Uint8Array {
  return unb64u(key.commitment.slice("hkdf:".length)) as Uint8Array;
}

function label(keyId: string, key: KeyEntry): string {
  return `v${key.version} (${keyId})`;
}
