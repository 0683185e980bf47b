import { join } from "node:path";
import type { Context } from "../context.ts";
import { environmentNames } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { fromUtf8 } from "../core/bytes.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import type { KeySource, Unopened } from "../core/vault/open-vault.ts";
import {
  allPlacesOf,
  Budget,
  behindEach,
  type Candidate,
  describeOrigin,
  findOrigin,
  inBothKinds,
  namesOf,
  placesOf,
} from "../core/vault/origin.ts";
import type { Place } from "../core/vault/token.ts";
import { parseVault, type Vault } from "../core/vault/vault.ts";
import type { VaultKey } from "../core/vaultkey.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { runGit } from "../git/process.ts";
import { readBounded } from "../system/read.ts";
import { unlockAtHand } from "./unlock-at-hand.ts";

/** Where the vault that is opened belongs, and what else may have sealed its tokens. */
interface Around {
  root: string;
  manifest: Manifest;
  /** The vault, as the manifest lists it. */
  listed: string;
  /** Null with a read-only key. */
  keyring: Keyring | null;
  /** The keys of other environments, as far as they are at hand. */
  others?: () => Iterable<Keyring>;
}

/** One environment is unlocked for each: by an X25519, and every tag of it. */
const MOST_ENVIRONMENTS = 16;
/** Text of other vaults costs more than the same amount of ciphertext. */
const TEXT_COST = 8;
/** What every name after every other may take of it, so that something is left for other vaults. */
const MOST_PAIRS = 1024;

/** The same keys; where a token does not open, the error says what it was sealed for, if that can be proved. */
export function withOrigin(keys: KeySource, around: Around): KeySource {
  return { ...keys, origin: (unopened) => originOf(unopened, keys, around) };
}

function originOf(unopened: Unopened, keys: KeySource, around: Around): EnvsealError | null {
  const budget = new Budget();
  const found = findOrigin(unopened.token, candidates(unopened, keys, around, budget), budget);
  if (found === null || isWhereItStands(found, unopened)) return null;
  return new EnvsealError("MOVED_VALUE", describeOrigin(unopened, found), {
    hint: "take the file from git again (git log tells who changed it); where the plaintext is complete, move the vault away and run: envseal encrypt",
  });
}

/** It claims a version that its key does not have, and nothing else of it was changed: its own error says so. */
function isWhereItStands({ key, place, elsewhere }: Candidate, { token, place: stands }: Unopened): boolean {
  return elsewhere === null && key.keyId === token.keyId && place === stands;
}

/** Likely places first: this vault, the names that HEAD has, then whatever else the manifest lists. */
function* candidates(unopened: Unopened, keys: KeySource, around: Around, budget: Budget): Generator<Candidate> {
  const { vault, place } = unopened;
  const own = ownKey(unopened, keys, around);
  const names = namesOf(vault);
  const here = (key: VaultKey, places: Iterable<Place>) => under(key, places, null);
  if (own !== null) {
    yield* here(own, inBothKinds(place));
    yield* here(own, behindEach(place, names));
    yield* here(own, placesOf(vault));
    yield* first(here(own, allPlacesOf(names)), MOST_PAIRS);
    const head = headVersion(around, budget);
    if (head !== null) {
      yield* here(own, behindEach(place, namesOf(head)));
      yield* here(own, placesOf(head));
    }
  }
  const others: OtherKey[] = [];
  for (const other of otherKeys(unopened, around, own, budget)) {
    others.push(other);
    yield* under(other.key, inBothKinds(place), other.elsewhere);
  }
  const files = new Map<string, Vault | null>([[around.listed, vault]]);
  for (const { key, elsewhere, path } of others) {
    if (!files.has(path)) files.set(path, onDisk(join(around.root, path), budget));
    const other = files.get(path);
    if (other == null) continue;
    yield* under(key, behindEach(place, namesOf(other)), elsewhere);
    yield* under(key, placesOf(other), elsewhere);
  }
}

function* under(key: VaultKey, places: Iterable<Place>, elsewhere: string | null): Generator<Candidate> {
  for (const place of places) yield { key, place, elsewhere };
}

function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

/** The key that the token claims, where this vault has it; else the active one. */
function ownKey({ token, vault }: Unopened, keys: KeySource, { keyring }: Around): VaultKey | null {
  return keyring === null
    ? orNull(() => keys.keyFor(token, ""))
    : (keyOf(keyring, token.keyId, vault.id) ?? keyOf(keyring, keyring.active.keyId, vault.id));
}

interface OtherKey {
  key: VaultKey;
  path: string;
  elsewhere: string | null;
}

/** Every vault that is listed, under every key that is at hand: first those of this environment. */
function* otherKeys(
  { vault }: Unopened,
  { manifest, listed, keyring, others }: Around,
  own: VaultKey | null,
  budget: Budget,
): Generator<OtherKey> {
  if (keyring === null) return;
  for (const ring of withOthers(keyring, others)) {
    const versions = Object.keys(ring.statement.keys).sort((a, b) => Number(b === own?.keyId) - Number(a === own?.keyId));
    const paths = Object.entries(manifest.vaults).filter(([, { environment }]) => environment === ring.environment);
    for (const keyId of versions) {
      for (const [path, { id }] of paths) {
        if (id === vault.id && keyId === own?.keyId) continue;
        if (!budget.spend(0)) return;
        const key = keyOf(ring, keyId, id);
        if (key !== null) yield { key, path, elsewhere: path === listed ? null : path };
      }
    }
  }
}

function* withOthers(keyring: Keyring, others: Around["others"]): Generator<Keyring> {
  yield keyring;
  for (const other of others?.() ?? []) if (other.environment !== keyring.environment) yield other;
}

/** The environments of the manifest that the key at hand opens, for withOrigin to ask where it has to. */
export function* ringsAtHand(manifest: Manifest, context: Context): Generator<Keyring> {
  for (const environment of environmentNames(manifest).slice(0, MOST_ENVIRONMENTS)) {
    const unlocked = orNull(() => unlockAtHand(manifest, environment, context));
    if (unlocked !== null) yield unlocked.keyring;
  }
}

function keyOf(keyring: Keyring, keyId: string, vaultId: string): VaultKey | null {
  return orNull(() => keyring.vaultKey(keyId, vaultId));
}

function headVersion({ root, listed }: Around, budget: Budget): Vault | null {
  const { status, stdout } = runGit(root, ["cat-file", "blob", `HEAD:./${listed}`], { maxBuffer: MAX_VAULT_BYTES });
  return status === 0 ? parsed(stdout, budget) : null;
}

function onDisk(path: string, budget: Budget): Vault | null {
  const bytes = orNull(() => readBounded(path, MAX_VAULT_BYTES));
  return bytes === null ? null : parsed(bytes, budget);
}

function parsed(bytes: Uint8Array, budget: Budget): Vault | null {
  if (!budget.spend(bytes.length * TEXT_COST, 0)) return null;
  const text = fromUtf8(bytes);
  return text === null ? null : orNull(() => parseVault(text));
}

/** What cannot be read or opened is not where the token came from. */
function orNull<T>(give: () => T): T | null {
  try {
    return give();
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
