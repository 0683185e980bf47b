import { aeadSeal } from "#crypto";
import { EnvsealError } from "../../errors.ts";
import { inEnvironment } from "../authority/environment-option.ts";
import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import type { StatementSigner } from "../authority/statement.ts";
import { b64u, concat, unb64u } from "../bytes.ts";
import { deriveLinkKey, linkAad } from "../commitment.ts";
import { retagged, withLowest } from "./fence.ts";
import { standingEntries } from "./holders.ts";
import type { Keyring } from "./keyring.ts";
import { withGrantsSigned, withStatement } from "./manifest-edits.ts";
import { moved } from "./rotate.ts";

/** What becomes of keys that are not active any more (NIST SP 800-57 part 1, section 7). */

/** The key entries with one marked as known to others. @throws USAGE where its state does not allow it */
export function markCompromised({ statement }: Keyring, keyId: string, at: string, reason: string): EnvironmentStatement["keys"] {
  const key = statement.keys[keyId] as KeyEntry;
  return { ...statement.keys, [keyId]: moved(key, "compromised", at, reason) };
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
 * No statement from before counts any more. The link is withdrawn from use, not erased: git history has it.
 * @throws USAGE where its state does not allow it, or it is the floor
 */
export function destroyed(
  manifest: Manifest,
  keyring: Keyring,
  { keyId, at, reason, nonce }: Destruction,
  signer: StatementSigner,
): Manifest {
  const { statement, environment } = keyring;
  if (statement.floor === keyId)
    throw new EnvsealError("USAGE", "the floor cannot be destroyed", {
      hint: `raise it first: envseal rotate --fence${inEnvironment(manifest, environment)}`,
    });
  const gone = statement.keys[keyId] as KeyEntry;
  const keys: EnvironmentStatement["keys"] = {};
  for (const [id, key] of Object.entries(statement.keys)) {
    if (id === keyId) keys[id] = { ...moved(gone, "destroyed", at, reason), links: {} };
    else if (Object.hasOwn(key.links, keyId)) keys[id] = { ...key, links: relinked(manifest.project, keyring, id, keyId, nonce) };
    else keys[id] = key;
  }
  // A tag under the key that goes could not be checked any more.
  let next = retagged(manifest, keyring);
  next = withStatement(next, environment, { keys }, signer);
  next = withGrantsSigned(next, environment, standingEntries(manifest, environment), signer);
  return withLowest(next, [environment], signer);
}

/** A key's links with the destroyed one's in its place. */
function relinked(project: string, keyring: Keyring, id: string, gone: string, nonce: () => Uint8Array): Record<string, string> {
  const { [gone]: _removed, ...links } = (keyring.statement.keys[id] as KeyEntry).links;
  const linkKey = deriveLinkKey(keyring.dataKey(id, "a link"), unb64u(project) as Uint8Array, keyring.environment);
  for (const below of Object.keys((keyring.statement.keys[gone] as KeyEntry).links)) {
    if (Object.hasOwn(links, below)) continue;
    const fresh = nonce();
    const sealed = aeadSeal(linkKey, fresh, keyring.dataKey(below, "a link"), linkAad(keyring.environment, id, below));
    links[below] = `aead:${b64u(concat(fresh, sealed))}`;
  }
  return links;
}
