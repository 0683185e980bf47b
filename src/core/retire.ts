import { aeadSeal } from "#crypto";
import { EnvsealError } from "../errors.ts";
import { b64u, concat, unb64u } from "./bytes.ts";
import { deriveLinkKey, type Keyring, linkAad } from "./keyring.ts";
import type { Environment, KeyEntry, Manifest } from "./manifest.ts";
import { changed, moved } from "./rotate.ts";

/** What becomes of keys that are not active any more (NIST SP 800-57 part 1, section 7). */

/** The manifest with a key marked as known to others. @throws USAGE where its state does not allow it */
export function compromised(manifest: Manifest, keyring: Keyring, keyId: string, at: string, reason: string): Manifest {
  const key = keyring.entry.keys[keyId] as KeyEntry;
  return changed(manifest, keyring, { keys: { ...keyring.entry.keys, [keyId]: moved(key, "compromised", at, reason) } });
}

export interface Destruction {
  keyId: string;
  /** RFC 3339, UTC, seconds. */
  at: string;
  reason: string;
  /** 12 fresh random bytes for each new link. */
  nonce: () => Uint8Array;
}

/**
 * The manifest without a key: its tombstone stays, no link leads to it, and what lay below it is linked to what lay above.
 * The link is withdrawn from use, not erased: git history has it.
 * @throws USAGE where its state does not allow it, or it is the floor
 */
export function destroyed(manifest: Manifest, keyring: Keyring, { keyId, at, reason, nonce }: Destruction): Manifest {
  const { entry } = keyring;
  if (entry.floor === keyId)
    throw new EnvsealError("USAGE", "the floor cannot be destroyed", { hint: "raise it first: envseal rotate --fence" });
  const gone = entry.keys[keyId] as KeyEntry;
  const keys: Environment["keys"] = {};
  for (const [id, key] of Object.entries(entry.keys)) {
    if (id === keyId) keys[id] = { ...moved(gone, "destroyed", at, reason), links: {} };
    else if (Object.hasOwn(key.links, keyId)) keys[id] = { ...key, links: relinked(manifest.project, keyring, id, keyId, nonce) };
    else keys[id] = key;
  }
  return changed(manifest, keyring, { keys });
}

/** A key's links with the destroyed one's in its place. */
function relinked(project: string, keyring: Keyring, id: string, gone: string, nonce: () => Uint8Array): Record<string, string> {
  const { [gone]: _removed, ...links } = (keyring.entry.keys[id] as KeyEntry).links;
  const linkKey = deriveLinkKey(keyring.dataKey(id, "a link"), unb64u(project) as Uint8Array, keyring.environment);
  for (const below of Object.keys((keyring.entry.keys[gone] as KeyEntry).links)) {
    if (Object.hasOwn(links, below)) continue;
    const fresh = nonce();
    const sealed = aeadSeal(linkKey, fresh, keyring.dataKey(below, "a link"), linkAad(keyring.environment, id, below));
    links[below] = `aead:${b64u(concat(fresh, sealed))}`;
  }
  return links;
}
