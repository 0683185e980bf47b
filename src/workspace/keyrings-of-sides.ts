import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { mayDecide, type Unlocked } from "../age/unlock.ts";
import type { Context } from "../context.ts";
import { cutOf } from "../core/authority/environment-statement.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { manifestIn } from "../core/manifest/manifest-text.ts";
import type { KeySource } from "../core/vault/open-vault.ts";
import { isEnvsealError } from "../errors.ts";
import { manifestsAt, newestManifests, type Place } from "../git/manifests.ts";
import { findManifestPath } from "../project/find.ts";
import { refuseUndecided } from "./keyring.ts";
import { namedByGit } from "./merged-commits.ts";
import { unlockAtHand } from "./unlock-at-hand.ts";

/** What git calls the commits that meet in a merge, rebase, cherry-pick, revert or stash. */
const THEIRS = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD"];
const MEETING = ["HEAD", ...THEIRS, "ORIG_HEAD", "stash@{0}"];

/** The keys of one environment as the manifests of all sides have them. */
export class MergeKeys {
  private readonly newest: Unlocked;
  private readonly allowsOlder: boolean;
  private readonly rings: readonly Keyring[];
  private readonly floors: readonly Keyring[];

  /** @param sides more of them, which are asked for their floor alone */
  constructor(opened: readonly [Unlocked, ...Unlocked[]], sides: readonly Unlocked[] = [], allowsOlder = false) {
    this.allowsOlder = allowsOlder;
    this.rings = opened.map(({ keyring }) => keyring);
    this.floors = [...opened, ...sides].map(({ keyring }) => keyring);
    const deciding = opened.filter(mayDecide);
    const leadsToAll = ({ keyring }: Unlocked) => this.rings.every((other) => leadsTo(keyring, other));
    this.newest = deciding.find(leadsToAll) ?? deciding[0] ?? opened[0];
  }

  /**
   * What new lines are sealed under: the ring that opens every other's active key, else the first, of those that may decide.
   * @throws UNCONFIRMED_PIN, OLDER_CHECKOUT where none may
   */
  get sealing(): Keyring {
    refuseUndecided(this.newest, this.allowsOlder);
    return this.newest.keyring;
  }

  /** Whether no current vault may hold the key's tokens. One that the newest ring does not know is of a fork: the manifest's merge judges it, and may turn it down. */
  isLow(keyId: string): boolean {
    const below = (ring: Keyring) => Object.hasOwn(ring.statement.keys, keyId) && !ring.isAtOrAboveFloor(keyId);
    return !this.newest.keyring.isAtOrAboveFloor(keyId) || this.floors.some(below);
  }

  /**
   * Whether somebody who left may have made what `isLow`: a side fenced its key off, or made one because somebody lost access or a
   * key was in doubt. Two rotations that were due are of two lines, and nobody's doing.
   */
  isInDoubt(keyIds: Iterable<string>): boolean {
    const rings = this.floors;
    const isOfOne = (keyId: string) => rings.some(({ statement }) => !Object.hasOwn(statement.keys, keyId));
    const cuts = rings.flatMap(({ statement }) => cutOf(statement)?.keyId ?? []);
    const below = (keyId: string) => rings.some((ring) => Object.hasOwn(ring.statement.keys, keyId) && !ring.isAtOrAboveFloor(keyId));
    return cuts.some(isOfOne) || [...keyIds].some(below);
  }

  /** Opens tokens of any age, from whichever side. */
  of(vaultId: string): KeySource {
    const sources = this.rings.map((ring) => ({ ring, source: ring.keysOf(vaultId, true) }));
    return {
      keyFor: (token, where) => {
        const found = sources.find(({ ring }) => Object.hasOwn(ring.statement.keys, token.keyId)) ?? sources[0];
        return (found as (typeof sources)[number]).source.keyFor(token, where);
      },
    };
  }
}

/** True if the ring opens the other's active key. That a manifest names a key proves nothing: commitments are public. */
export function leadsTo(ring: Keyring, other: Keyring): boolean {
  try {
    return ring.leadsTo(other.keyPin);
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

/** The manifests that a merge is about: the one at hand (null where it cannot be read), those of the commits that meet, then the newest of every ref. */
function* manifestsOfMerge(place: Place, here: Manifest | null, context: Context): Generator<Manifest> {
  if (here !== null) yield here;
  yield* manifestsThatMeet(place, context);
  yield* newestManifests(place);
}

function* manifestsThatMeet(place: Place, context: Context): Generator<Manifest> {
  yield* manifestsAt(place, [...namedByGit(context.env), ...MEETING]);
}

/** A cherry-pick and a revert do not tell the driver whom they bring: it may be of any ref. */
function* manifestsOfSides(place: Place, context: Context): Generator<Manifest> {
  yield* manifestsThatMeet(place, context);
  const told = manifestsAt(place, [...namedByGit(context.env), ...THEIRS]).next().done !== true;
  if (!told) yield* newestManifests(place);
}

/**
 * Opens what is needed of the manifests to open every key that the sides' tokens name. Each one's authority must lead back to what
 * this machine trusts; it may be older, or of a branch that went its own way.
 * @param sides manifests whose floors count too
 * @returns null where no key is at hand
 */
export function openMergeKeys(
  manifests: Iterable<Manifest>,
  environment: string,
  keyIds: ReadonlySet<string>,
  context: Context,
  sides: Iterable<Manifest> = [],
): MergeKeys | null {
  const rings: Unlocked[] = [];
  const seen = new Set<string>();
  const isNew = (manifest: Manifest) => {
    if (rings[0] !== undefined && manifest.project !== rings[0].keyring.manifest.project) return false;
    const signature = JSON.stringify(manifest.environments[environment]?.statement.signatures);
    return !seen.has(signature) && seen.add(signature);
  };
  for (const manifest of manifests) {
    const ring = isNew(manifest) ? openSide(manifest, environment, context) : null;
    if (ring !== null) rings.push(ring);
    if (rings.length > 0 && [...keyIds].every((keyId) => rings.some(({ keyring }) => Object.hasOwn(keyring.statement.keys, keyId)))) break;
  }
  if (rings[0] === undefined) return null;
  const floors = [...sides].flatMap((manifest) => (isNew(manifest) ? (openSide(manifest, environment, context) ?? []) : []));
  return new MergeKeys([rings[0], ...rings.slice(1)], floors, context.flags["allow-older"] === true);
}

/** One side, or null where the key at hand does not open it, or it cannot be trusted. */
export function openSide(manifest: Manifest, environment: string, context: Context): Unlocked | null {
  try {
    return unlockAtHand(manifest, environment, context, true);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** Finds the keys for tokens under these key ids; null where none is at hand. */
export type KeyFinder = (environment: string, keyIds: ReadonlySet<string>) => MergeKeys | null;

/** The keys of the project around a file that is merged; none where there is no project. */
export function keyFinder(file: string, context: Context): KeyFinder {
  const path = findManifestPath(dirname(file));
  return (environment, keyIds) => {
    if (path === null) return null;
    const place = { path, root: dirname(path) };
    const manifests = manifestsOfMerge(place, manifestIn(readFileSync(path)), context);
    // Under one key there is nothing that a side's floor could be above.
    return openMergeKeys(manifests, environment, keyIds, context, keyIds.size > 1 ? manifestsOfSides(place, context) : []);
  };
}
