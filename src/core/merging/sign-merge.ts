import { largest } from "../append.ts";
import { environmentOf } from "../authority/authority-of.ts";
import type { KeyEntry } from "../authority/environment-statement.ts";
import { cutOf } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import type { StatementSigner } from "../authority/statement.ts";
import { b64u } from "../bytes.ts";
import { keyIdOf } from "../commitment.ts";
import { validEntries } from "../keys/fence.ts";
import type { Keyring } from "../keys/keyring.ts";
import { revisionAfter, taggerOf, withSettingsTagged, withStatement, withVault, withWrapped } from "../keys/manifest-edits.ts";
import { moved, sealLink } from "../keys/rotate.ts";
import type { Unsigned } from "./merge-manifest.ts";

/** An environment as each side has it, opened. */
export interface SideKeys {
  ours: Keyring;
  theirs: Keyring;
}

/** Leader first. In a fork ours is. */
function inOrder({ lead }: Unsigned, { ours, theirs }: SideKeys): [Keyring, Keyring] {
  return lead === "theirs" ? [theirs, ours] : [ours, theirs];
}

/**
 * Why the leader's key must not vouch by itself for what the other side did; null where it may. A key from below the leader's
 * floor may be with someone who left.
 */
export function whyNotSigned(unsigned: Unsigned, keys: SideKeys): string | null {
  const { environment, lead, statement } = unsigned;
  if (statement && lead === "fork") return `both sides rotated ${environment}${partedLow(keys)}`;
  const [leader, other] = inOrder(unsigned, keys);
  if (lead !== "fork" && !leader.isAtOrAboveFloor(other.active.keyId))
    return `${lead === "ours" ? "theirs" : "ours"} changed ${environment} under v${other.active.version}, which is below the floor: someone who left may have done it`;
  return statement ? `both sides changed the keys of ${environment}` : null;
}

/** Where one side raised the floor above the keys that both have, whoever left before that can have made the other side. */
function partedLow({ ours, theirs }: SideKeys): string {
  const low = (ring: Keyring, other: Keyring) => !other.keyPins().some((pin) => ring.isAtOrAboveFloor(keyIdOf(pin)));
  const side = low(ours, theirs) ? "theirs" : low(theirs, ours) ? "ours" : null;
  return side === null ? "" : `; ${side} comes from below the other's floor: someone who left may have made it`;
}

/**
 * Whose entries of the merged environment get the active key wrapped: an admin signed them, and nobody lost access since. An entry
 * from before a cut needs a holder who gave it the key after that cut, or is new to the side that has the cut: an entry that this
 * side lists without the key is somebody who lost access, whatever the other side still says.
 */
export function namesToWrap({ environment, lead, statement, waiting }: Unsigned, { ours, theirs }: SideKeys, merged: Manifest): string[] {
  const { access } = environmentOf(merged, environment);
  const sides = [ours, theirs];
  const cuts = sides.flatMap((ring) => cutOf(ring.statement) ?? []);
  const isGenuine = (ring: Keyring, name: string) => ring.accessIsGenuine(name) && ring.access[name]?.recipient === access[name]?.recipient;
  const isHeld = (name: string, keyId: string) => {
    const knowing = sides.filter((ring) => Object.hasOwn(ring.statement.keys, keyId));
    const isNew = knowing.every((ring) => !Object.hasOwn(ring.access, name));
    return (isNew ? sides : knowing).some((ring) => isGenuine(ring, name));
  };
  const names = statement && lead === "fork" ? Object.keys(access) : waiting;
  const valid = new Set(validEntries(merged, environment));
  const isAfter = (name: string) => cuts.every(({ keyId, revision }) => (access[name]?.since ?? 0) >= revision || isHeld(name, keyId));
  return names.filter((name) => valid.has(name) && isAfter(name));
}

export interface Signing {
  /** Who signs the statement; nobody where it needs no signature. */
  signer: StatementSigner | null;
  /** The active data key for each of `namesToWrap`. */
  wrapped: ReadonlyMap<string, Uint8Array>;
}

/**
 * The merged manifest with one environment made authentic. Listings that no holder of a key made stay as they are: readers
 * refuse them.
 */
export function signMerged(merged: Manifest, unsigned: Unsigned, keys: SideKeys, { signer, wrapped }: Signing): Manifest {
  const { environment } = unsigned;
  const [leader, other] = inOrder(unsigned, keys);
  const { tagger } = leader;
  let next = merged;
  if (unsigned.statement && signer !== null) next = withStatement(next, environment, {}, signer);
  if (unsigned.settings) next = withSettingsTagged(next, tagger, environmentOf(merged, environment).settings);
  for (const [name, file] of wrapped) next = withWrapped(next, tagger, name, file);
  for (const path of unsigned.vaults)
    if (listedBy(path, merged, [leader, other])) next = withVault(next, tagger, path, merged.vaults[path]?.id as string);
  return next;
}

export interface Join {
  /** 32 random bytes: the third key. */
  dataKey: Uint8Array;
  /** 12 random bytes for each link. */
  nonces: { ours: Uint8Array; theirs: Uint8Array };
  /** RFC 3339, UTC, seconds. */
  at: string;
  wrapped: ReadonlyMap<string, Uint8Array>;
  signer: StatementSigner;
}

/**
 * Two rotations that meet make a third key, with links to both (FORMAT.md section 3). The floor stays where the base had
 * it until every vault is sealed again.
 */
export function joinForks(merged: Manifest, unsigned: Unsigned, keys: SideKeys, join: Join, floor: string): Manifest {
  const { environment } = unsigned;
  const tagger = taggerOf(join.dataKey, merged.project, environment);
  const { statement, settings } = environmentOf(merged, environment);
  const sides = [keys.ours, keys.theirs];
  const all = { ...statement.keys };
  for (const { active } of sides) all[active.keyId] = moved(all[active.keyId] as KeyEntry, "deactivated", join.at, "merge");
  const key: KeyEntry = {
    version: largest(Object.values(all).map(({ version }) => version)) + 1,
    revision: revisionAfter(merged, environment, join.signer),
    state: "active",
    created: join.at,
    commitment: `hkdf:${b64u(tagger.commitment)}`,
    reason: "merge",
    links: Object.fromEntries(
      (["ours", "theirs"] as const).map((side) => [
        keys[side].active.keyId,
        sealLink({ dataKey: join.dataKey, nonce: join.nonces[side] }, tagger.keyId, keys[side]),
      ]),
    ),
    history: [{ state: "active", at: join.at }],
  };
  const keysNow = { ...all, [tagger.keyId]: key };
  let next = withStatement(merged, environment, { active: tagger.keyId, floor, keys: keysNow }, join.signer);
  for (const [name, file] of join.wrapped) next = withWrapped(next, tagger, name, file);
  next = withSettingsTagged(next, tagger, settings);
  for (const [path, vault] of Object.entries(merged.vaults))
    if (vault.environment === environment && listedBy(path, merged, sides)) next = withVault(next, tagger, path, vault.id);
  return next;
}

function listedBy(path: string, merged: Manifest, rings: readonly Keyring[]): boolean {
  return rings.some((ring) => ring.listsVault(path) && ring.manifest.vaults[path]?.id === merged.vaults[path]?.id);
}
