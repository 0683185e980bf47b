import { aeadSeal } from "#crypto";
import { EnvsealError } from "../../errors.ts";
import { largest } from "../append.ts";
import type { AccessEntry } from "../authority/access-entry.ts";
import type { KeyEntry, KeyState, RotationReason } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import type { StatementSigner } from "../authority/statement.ts";
import { b64u, concat, unb64u } from "../bytes.ts";
import { deriveLinkKey, linkAad } from "../commitment.ts";
import { Keyring } from "./keyring.ts";
import { revisionAfter, taggerOf, withEntry, withStatement, withWrapped } from "./manifest-edits.ts";
import { mayBecome } from "./state-transitions.ts";

/** Why a key is replaced, as people say it on the command line. */
export const REASONS = ["scheduled", "offboarding", "suspected", "compromised"] as const;
export type Reason = (typeof REASONS)[number];

/** What the replaced key becomes. */
const RETIRED: Readonly<Record<Reason | "fence", KeyState>> = {
  scheduled: "deactivated",
  fence: "deactivated",
  offboarding: "deactivated",
  suspected: "suspended",
  compromised: "compromised",
};

export interface Rotation {
  /** 32 random bytes. */
  dataKey: Uint8Array;
  /** 12 random bytes, for the link. */
  nonce: Uint8Array;
  /** `fence`: scheduled, and nothing older is accepted afterwards. */
  reason: Reason | "fence";
  /** RFC 3339, UTC, seconds. */
  at: string;
  /** The new data key as an age file for each recipient that keeps access. */
  wrapped: ReadonlyMap<string, Uint8Array>;
}

/** Who keeps access in a rotation, and whose entries count for nothing. */
export function keepersOf(keyring: Keyring): { kept: string[]; spoiled: string[] } {
  const keeps = (name: string) => ["genuine", "waiting"].includes(keyring.accessState(name));
  const names = Object.keys(keyring.access);
  return { kept: names.filter(keeps), spoiled: names.filter((name) => !keeps(name)) };
}

/**
 * The manifest with a new active key that links to the one before, wrapped for whoever keeps access; other entries go. Floor,
 * settings and listings stay: they follow as the last write, when every vault is sealed under the new key.
 */
export function rotated(
  manifest: Manifest,
  keyring: Keyring,
  rotation: Rotation,
  signer: StatementSigner,
): { manifest: Manifest; keyring: Keyring } {
  const { environment, statement } = keyring;
  const tagger = taggerOf(rotation.dataKey, manifest.project, environment);
  if (Object.hasOwn(statement.keys, tagger.keyId))
    throw new EnvsealError("BUG", "two keys have one id", { hint: "run the rotation again" });
  const version = largest(Object.values(statement.keys).map((key) => key.version)) + 1;
  const key: KeyEntry = {
    version,
    revision: revisionAfter(manifest, environment, signer),
    state: "active",
    created: rotation.at,
    commitment: `hkdf:${b64u(tagger.commitment)}`,
    reason: rotation.reason as RotationReason,
    links: { [statement.active]: sealLink(rotation, tagger.keyId, keyring) },
    history: [{ state: "active", at: rotation.at }],
  };
  const retired = moved(statement.keys[statement.active] as KeyEntry, RETIRED[rotation.reason], rotation.at, rotation.reason);
  const keys = { ...statement.keys, [statement.active]: retired, [tagger.keyId]: key };
  const access = Object.fromEntries([...rotation.wrapped.keys()].map((name) => [name, keyring.access[name] as AccessEntry]));
  let next = withStatement(manifest, environment, { active: tagger.keyId, keys }, signer);
  next = withEntry(next, environment, { access });
  for (const [name, wrapped] of rotation.wrapped) next = withWrapped(next, tagger, name, wrapped);
  return { manifest: next, keyring: new Keyring(next, environment, rotation.dataKey) };
}

/** The link from a new key down to a keyring's active one (FORMAT.md section 3): `aead:…`. */
export function sealLink({ dataKey, nonce }: Pick<Rotation, "dataKey" | "nonce">, keyId: string, below: Keyring): string {
  const { environment, statement, manifest } = below;
  const linkKey = deriveLinkKey(dataKey, unb64u(manifest.project) as Uint8Array, environment);
  const previous = below.dataKey(statement.active, "the active key");
  return `aead:${b64u(concat(nonce, aeadSeal(linkKey, nonce, previous, linkAad(environment, keyId, statement.active))))}`;
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
