import { equal } from "#crypto";
import { EnvsealError } from "../../errors.ts";
import { type AccessEntry, accessProblem } from "../authority/access-entry.ts";
import { type AuthorityStatement, ownMember } from "../authority/authority.ts";
import { environmentEntries, environmentOf, headOf, scopeOf } from "../authority/authority-of.ts";
import { inEnvironment } from "../authority/environment-option.ts";
import type { KeyEntry } from "../authority/environment-statement.ts";
import { cutOf, type EnvironmentStatement } from "../authority/environment-statement.ts";
import type { Manifest, Settings } from "../authority/manifest.ts";
import { isAtOrAboveFloor } from "../authority/reachable-keys.ts";
import { requireGenuine } from "../authority/require-genuine.ts";
import { unb64u } from "../bytes.ts";
import { commitmentOf, keyIdOfTag, pinOf } from "../commitment.ts";
import { matchesPattern } from "../names.ts";
import type { KeySource } from "../vault/open-vault.ts";
import type { Token } from "../vault/token.ts";
import { deriveVaultRoot, type VaultKey, vaultKeyFromRoot } from "../vaultkey.ts";
import { KeyChain, recorded } from "./key-chain.ts";
import { refuseUnsupported } from "./later-members.ts";
import { listedVault } from "./listing.ts";
import { accessTag, deriveManifestKey, settingsTag, type Tagger, tagMatches, vaultTag } from "./tags.ts";

/**
 * The opened keys of one environment, whose statement somebody signed who has the right to: the active data key, which must be
 * the one the statement commits to, and every earlier one that links lead to. The settings were made by a holder of one of
 * them. Whether the authority itself is the right one is for `trust` to say.
 */
export class Keyring {
  readonly manifest: Manifest;
  readonly environment: string;
  readonly statement: EnvironmentStatement;
  readonly access: Readonly<Record<string, AccessEntry>>;
  readonly settings: Settings;
  /** The authority's statement in force. */
  readonly head: AuthorityStatement;
  /** What makes tags under the active key. */
  readonly tagger: Tagger;
  private readonly projectId: Uint8Array;
  private readonly chain: KeyChain;
  private readonly taggers = new Map<string, Tagger>();

  /**
   * @throws WRONG_KEY (the key is not the active one), FORGED_MANIFEST (someone without the right changed the statement, or
   * without the key the settings), UNSUPPORTED_FORMAT, UNKNOWN_ENVIRONMENT
   */
  constructor(manifest: Manifest, environment: string, dataKey: Uint8Array) {
    this.manifest = manifest;
    this.environment = environment;
    const { statement, access, settings } = environmentOf(manifest, environment);
    this.statement = statement;
    this.access = access;
    this.settings = settings;
    this.head = headOf(manifest);
    requireGenuine(manifest, environment);
    this.projectId = unb64u(manifest.project) as Uint8Array;
    const keyId = statement.active;
    const commitment = commitmentOf(dataKey);
    if (!equal(commitment, recorded(this.keyEntry(keyId)))) {
      throw new EnvsealError("WRONG_KEY", `this is not the active key of ${environment} (${label(keyId, this.keyEntry(keyId))})`, {
        hint: "the key may be of another project or environment, or from before a rotation",
      });
    }
    this.chain = new KeyChain(this.projectId, environment, statement, dataKey);
    this.tagger = { environment, keyId, commitment, manifestKey: deriveManifestKey(dataKey, this.projectId, environment) };
    this.taggers.set(keyId, this.tagger);
    if (!this.isTagged(settings.tag, (tagger) => settingsTag(tagger, settings))) {
      throw new EnvsealError("FORGED_MANIFEST", `the settings of ${environment} were changed by hand, or by someone without its key`, {
        hint: "compare envseal.json with its history (git log -p envseal.json) and take the last good one",
      });
    }
    refuseUnsupported(this);
  }

  get active(): { keyId: string; version: number } {
    return { keyId: this.statement.active, version: this.keyEntry(this.statement.active).version };
  }

  /** The first 16 bytes of the active key's commitment: what a read-only key string names it by. */
  get keyPin(): Uint8Array {
    return pinOf(this.tagger.commitment);
  }

  /** True if the active key is this one, or leads to it by verified links. */
  leadsToKey(keyId: string): boolean {
    return Object.hasOwn(this.statement.keys, keyId) && this.chain.open(keyId) !== null;
  }

  /** True if the active key is the one with these first bytes of its commitment, or leads to it by verified links. */
  leadsTo(keyPin: Uint8Array): boolean {
    const target = Object.entries(this.statement.keys).find(([, key]) => equal(pinOf(recorded(key)), keyPin));
    return target !== undefined && this.chain.open(target[0]) !== null;
  }

  /** Of every key that this keyring can open, the active one first. */
  keyPins(): Uint8Array[] {
    return this.chain.ids().map((keyId) => pinOf(recorded(this.keyEntry(keyId))));
  }

  /** @throws KEY_UNKNOWN, KEY_DESTROYED */
  dataKey(keyId: string, where: string): Uint8Array {
    if (!Object.hasOwn(this.statement.keys, keyId)) throw this.unknownKey(keyId, where);
    const key = this.keyEntry(keyId);
    if (key.state === "destroyed") {
      throw new EnvsealError("KEY_DESTROYED", `${where}: sealed under ${label(keyId, key)} of ${this.environment}, which was destroyed`, {
        hint: "the commit itself still opens it: git worktree add ../old COMMIT, then ENVSEAL_ALLOW_OLDER=1 envseal get NAME --cwd ../old; a backup of that time holds it too",
      });
    }
    const opened = this.chain.open(keyId);
    if (opened === null) {
      throw new EnvsealError("KEY_UNKNOWN", `${where}: no link leads from the active key to ${label(keyId, key)} of ${this.environment}`, {
        hint: "take envseal.json from git again",
      });
    }
    return opened;
  }

  /** True if tokens under this key may stand in a current vault: of a key that this keyring opens, the links must open too. @throws FORGED_MANIFEST */
  isAtOrAboveFloor(keyId: string): boolean {
    const { floor } = this.statement;
    if (keyId === floor || !isAtOrAboveFloor(this.statement, keyId)) return keyId === floor;
    return this.chain.open(keyId) === null || this.chain.leads(keyId, floor);
  }

  /** True if one of the environment's `public` patterns covers the variable. */
  isPublic(name: string): boolean {
    return this.settings.public.some((pattern) => matchesPattern(pattern, name));
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
      const floor = label(this.statement.floor, this.keyEntry(this.statement.floor));
      throw new EnvsealError(
        "BELOW_FLOOR",
        `${where}: sealed under v${token.version} (${token.keyId}), which is older than the floor of ${this.environment}, ${floor}`,
        {
          hint: `where the key was just rotated, commit the vaults that this wrote too; else someone who left may have sealed it: take the vault from git again; if the values are right, envseal rotate${inEnvironment(this.manifest, this.environment)} lists them and asks`,
        },
      );
    }
    return key;
  }

  /** True if a holder of a key at or above the floor listed this vault, and for this environment. */
  listsVault(path: string): boolean {
    const entry = ownMember(this.manifest.vaults, path);
    return entry?.environment === this.environment && this.isTagged(entry.tag, (tagger) => vaultTag(tagger, path, entry));
  }

  /** @throws FORGED_MANIFEST where no holder of a key made the entry, UNLISTED_VAULT, FOREIGN_VAULT, UNSUPPORTED_FORMAT */
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

  /**
   * How an access entry stands: `genuine` an admin signed it and a holder of the active key wrapped that key · `waiting` signed,
   * and to be wrapped by any holder · `outdated` signed from before somebody lost access, so that an admin has to sign it again ·
   * `spoiled` everything else.
   */
  accessState(name: string): "genuine" | "waiting" | "outdated" | "spoiled" {
    const entry = ownMember(this.access, name);
    if (entry === undefined) return "spoiled";
    const problem = accessProblem(this.head, scopeOf(this.manifest, this.environment), this.statement.revision, name, entry);
    if (problem !== null) return problem === "replaced" ? "outdated" : "spoiled";
    const { tag, recipient, since } = entry;
    if (tag !== undefined && keyIdOfTag(tag) === this.tagger.keyId)
      return tagMatches(accessTag(this.tagger, name, recipient), tag) ? "genuine" : "spoiled";
    return since >= (cutOf(this.statement)?.revision ?? 0) ? "waiting" : "outdated";
  }

  accessIsGenuine(name: string): boolean {
    return this.accessState(name) === "genuine";
  }

  /** True if a tag was made with a key at or above the floor that this keyring opens. */
  private isTagged(tag: string, make: (tagger: Tagger) => string): boolean {
    const keyId = keyIdOfTag(tag);
    if (!this.isAtOrAboveFloor(keyId) || this.keyEntry(keyId).state === "destroyed") return false;
    const tagger = this.taggers.get(keyId) ?? this.olderTagger(keyId);
    return tagger !== null && tagMatches(make(tagger), tag);
  }

  private olderTagger(keyId: string): Tagger | null {
    const dataKey = this.chain.open(keyId);
    if (dataKey === null) return null;
    const { environment } = this;
    const manifestKey = deriveManifestKey(dataKey, this.projectId, environment);
    const tagger = { environment, keyId, commitment: recorded(this.keyEntry(keyId)), manifestKey };
    this.taggers.set(keyId, tagger);
    return tagger;
  }

  private keyEntry(keyId: string): KeyEntry {
    return this.statement.keys[keyId] as KeyEntry;
  }

  private unknownKey(keyId: string, where: string): EnvsealError {
    const elsewhere = environmentEntries(this.manifest).find(([, other]) => Object.hasOwn(other.statement.keys, keyId));
    if (elsewhere !== undefined) {
      return new EnvsealError("TAMPERED", `${where}: it names key ${keyId} of ${elsewhere[0]}, and this vault is of ${this.environment}`, {
        hint: "take the file from git again (git log tells who changed it)",
      });
    }
    return new EnvsealError("KEY_UNKNOWN", `${where}: sealed under key ${keyId}, which the manifest does not know in ${this.environment}`, {
      hint: "the vault may be newer than envseal.json: git pull, or commit both together",
    });
  }
}

function label(keyId: string, key: KeyEntry): string {
  return `v${key.version} (${keyId})`;
}
