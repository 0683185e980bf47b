import { largest } from "./append.ts";
import { b64u } from "./bytes.ts";
import { signerOf, withAccess, withEntry, withVault } from "./changes.ts";
import { type Keyring, keyIdOf } from "./keyring.ts";
import type { Environment, KeyEntry, Manifest } from "./manifest.ts";
import type { Unsigned } from "./merge-manifest.ts";
import { moved, sealLink } from "./rotate.ts";

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
 * Why the leader's key must not sign by itself what the other side did; null where it may. A key from below the leader's
 * floor may be with someone who left.
 */
export function whyNotSigned(unsigned: Unsigned, keys: SideKeys): string | null {
  const { environment, lead } = unsigned;
  if (lead === "fork") return `both sides rotated ${environment}${partedLow(keys)}`;
  const [leader, other] = inOrder(unsigned, keys);
  if (leader.isAtOrAboveFloor(other.active.keyId)) return null;
  return `${lead === "ours" ? "theirs" : "ours"} changed ${environment} under v${other.active.version}, which is below the floor: someone who left may have done it`;
}

/** Where one side raised the floor above the keys that both have, whoever left before that can have made the other side. */
function partedLow({ ours, theirs }: SideKeys): string {
  const low = (ring: Keyring, other: Keyring) => !other.pins().some((pin) => ring.isAtOrAboveFloor(keyIdOf(pin)));
  const side = low(ours, theirs) ? "theirs" : low(theirs, ours) ? "ours" : null;
  return side === null ? "" : `; ${side} comes from below the other's floor: someone who left may have made it`;
}

/** Who of an unsigned environment gets the active key wrapped: entries that a holder of their side's key made. */
export function genuineGrants(unsigned: Unsigned, keys: SideKeys, merged: Manifest): string[] {
  const [leader, other] = inOrder(unsigned, keys);
  const recipient = (manifest: Manifest, name: string) => manifest.recipients[name]?.recipient;
  const genuine = (ring: Keyring, name: string) => ring.accessIsGenuine(name) && recipient(ring.manifest, name) === recipient(merged, name);
  const names =
    unsigned.lead === "fork"
      ? [...Object.keys((merged.environments[unsigned.environment] as Environment).access), ...unsigned.grants]
      : unsigned.grants;
  return [...new Set(names)].filter((name) => genuine(other, name) || genuine(leader, name));
}

/**
 * The merged manifest with one environment made authentic by its active key. Listings and grants that no holder of a key
 * made stay as they are: readers refuse them.
 * @param wrapped the active data key for each of `genuineGrants`
 */
export function signMerged(merged: Manifest, unsigned: Unsigned, keys: SideKeys, wrapped: ReadonlyMap<string, Uint8Array>): Manifest {
  const [leader, other] = inOrder(unsigned, keys);
  const { signer } = leader;
  let manifest = merged;
  if (unsigned.entry) manifest = withEntry(manifest, signer, merged.environments[unsigned.environment] as Environment);
  for (const [name, file] of wrapped) manifest = withAccess(manifest, signer, name, file);
  for (const path of unsigned.vaults)
    if (listedBy(path, merged, [leader, other])) manifest = withVault(manifest, signer, path, merged.vaults[path]?.id as string);
  return manifest;
}

export interface Join {
  /** 32 random bytes: the third key. */
  dataKey: Uint8Array;
  /** 12 random bytes for each link. */
  nonces: { ours: Uint8Array; theirs: Uint8Array };
  /** RFC 3339, UTC, seconds. */
  at: string;
  wrapped: ReadonlyMap<string, Uint8Array>;
}

/**
 * Two rotations that meet make a third key, with links to both (FORMAT.md section 3). The floor stays where the base had
 * it until every vault is sealed anew.
 * @returns the manifest, and whether the floor is to be raised then, since either side had raised it
 */
export function joinForks(
  merged: Manifest,
  unsigned: Unsigned,
  keys: SideKeys,
  join: Join,
  floor: string,
): { manifest: Manifest; raise: boolean } {
  const { environment } = unsigned;
  const signer = signerOf(join.dataKey, merged.project, environment);
  const entry = merged.environments[environment] as Environment;
  const sides = [keys.ours, keys.theirs];
  const all = { ...entry.keys };
  for (const { active } of sides) all[active.keyId] = moved(all[active.keyId] as KeyEntry, "deactivated", join.at, "merge");
  const key: KeyEntry = {
    version: largest(Object.values(all).map(({ version }) => version)) + 1,
    state: "active",
    created: join.at,
    commitment: `hkdf:${b64u(signer.commitment)}`,
    reason: "merge",
    links: Object.fromEntries(
      (["ours", "theirs"] as const).map((side) => [
        keys[side].active.keyId,
        sealLink({ dataKey: join.dataKey, nonce: join.nonces[side] }, signer.keyId, keys[side]),
      ]),
    ),
    history: [{ state: "active", at: join.at }],
  };
  let manifest = withEntry(merged, signer, { ...entry, active: signer.keyId, floor, keys: { ...all, [signer.keyId]: key }, access: {} });
  for (const [name, file] of join.wrapped) manifest = withAccess(manifest, signer, name, file);
  for (const [path, vault] of Object.entries(merged.vaults))
    if (vault.environment === environment && listedBy(path, merged, sides)) manifest = withVault(manifest, signer, path, vault.id);
  return { manifest, raise: sides.some((ring) => ring.entry.floor !== floor) };
}

function listedBy(path: string, merged: Manifest, rings: readonly Keyring[]): boolean {
  return rings.some((ring) => ring.listsVault(path) && ring.manifest.vaults[path]?.id === merged.vaults[path]?.id);
}
