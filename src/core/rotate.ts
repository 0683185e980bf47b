import { aeadSeal } from "#crypto";
import { EnvsealError } from "../errors.ts";
import { largest } from "./append.ts";
import { b64u, concat, unb64u } from "./bytes.ts";
import { signerOf, withAccess, withEntry, withVault } from "./changes.ts";
import { deriveLinkKey, Keyring, linkAad } from "./keyring.ts";
import type { Environment, KeyEntry, KeyState, Manifest, RotationReason } from "./manifest.ts";
import { mayBecome } from "./states.ts";

/** Why a key is replaced, as people say it on the command line. */
export const REASONS = ["scheduled", "offboarding", "suspected", "compromised"] as const;
export type Reason = (typeof REASONS)[number];

/** What the replaced key becomes. */
const RETIRED: Readonly<Record<Reason, KeyState>> = {
  scheduled: "deactivated",
  offboarding: "deactivated",
  suspected: "suspended",
  compromised: "compromised",
};

export interface Rotation {
  /** 32 random bytes. */
  dataKey: Uint8Array;
  /** 12 random bytes, for the link. */
  nonce: Uint8Array;
  reason: Reason;
  /** RFC 3339, UTC, seconds. */
  at: string;
  /** The new data key as an age file for each recipient that keeps access. */
  wrapped: ReadonlyMap<string, Uint8Array>;
}

/** Who keeps access in a rotation: entries that a holder of the key made. The others, and why, are for the report. */
export function keepersOf(keyring: Keyring): { kept: string[]; spoiled: string[] } {
  const names = Object.keys(keyring.entry.access);
  return { kept: names.filter((name) => keyring.accessIsGenuine(name)), spoiled: names.filter((name) => !keyring.accessIsGenuine(name)) };
}

/**
 * The manifest with a new active key that links to the one before, every tag of the environment made anew. The floor
 * stays: it is raised as the last write, when every vault is sealed under the new key.
 */
export function rotated(manifest: Manifest, keyring: Keyring, rotation: Rotation): { manifest: Manifest; keyring: Keyring } {
  const { environment, entry } = keyring;
  const signer = signerOf(rotation.dataKey, manifest.project, environment);
  if (Object.hasOwn(entry.keys, signer.keyId)) throw new EnvsealError("BUG", "two keys have one id", { hint: "run the rotation again" });
  const version = largest(Object.values(entry.keys).map((key) => key.version)) + 1;
  const key: KeyEntry = {
    version,
    state: "active",
    created: rotation.at,
    commitment: `hkdf:${b64u(signer.commitment)}`,
    reason: rotation.reason as RotationReason,
    links: { [entry.active]: sealLink(rotation, signer.keyId, keyring) },
    history: [{ state: "active", at: rotation.at }],
  };
  const retired = moved(entry.keys[entry.active] as KeyEntry, RETIRED[rotation.reason], rotation.at, rotation.reason);
  const keys = { ...entry.keys, [entry.active]: retired, [signer.keyId]: key };
  let next = withEntry(manifest, signer, { ...entry, active: signer.keyId, keys, access: {} });
  for (const [name, wrapped] of rotation.wrapped) next = withAccess(next, signer, name, wrapped);
  for (const [path, { id }] of Object.entries(manifest.vaults)) if (keyring.listsVault(path)) next = withVault(next, signer, path, id);
  return { manifest: next, keyring: new Keyring(next, environment, rotation.dataKey) };
}

/** The link from a new key down to a keyring's active one (FORMAT.md section 3): `aead:…`. */
export function sealLink({ dataKey, nonce }: Pick<Rotation, "dataKey" | "nonce">, keyId: string, below: Keyring): string {
  const { environment, entry, manifest } = below;
  const linkKey = deriveLinkKey(dataKey, unb64u(manifest.project) as Uint8Array, environment);
  const previous = below.dataKey(entry.active, "the active key");
  return `aead:${b64u(concat(nonce, aeadSeal(linkKey, nonce, previous, linkAad(environment, keyId, entry.active))))}`;
}

/** A key entry in another state. @throws USAGE where SP 800-57 knows no such transition */
export function moved(key: KeyEntry, state: KeyState, at: string, reason?: string): KeyEntry {
  if (!mayBecome(key.state, state)) {
    throw new EnvsealError("USAGE", `v${key.version} is ${key.state} and cannot become ${state}`, {
      hint: "envseal keys shows the states",
    });
  }
  return { ...key, state, history: [...key.history, { state, at, ...(reason !== undefined && { reason }) }] };
}

/** The manifest with the floor at the active key: nothing older is accepted in a current vault from then on. */
export function fenced(manifest: Manifest, keyring: Keyring): Manifest {
  return changed(manifest, keyring, { floor: keyring.entry.active });
}

/** The manifest with some members of the environment changed, and its tag made anew by the active key. */
export function changed(manifest: Manifest, keyring: Keyring, members: Partial<Environment>): Manifest {
  const entry = manifest.environments[keyring.environment] as Environment;
  return withEntry(manifest, keyring.signer, { ...entry, ...members });
}
