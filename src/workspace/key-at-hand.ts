import { type Key, type Unlocked, unlock, unlockPinned } from "../age/unlock.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { injectedKey, personalKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";

/**
 * What the key at hand opens of a manifest's environment, for guards and merges: nothing is asked and nothing is remembered.
 * @returns null for a key that reads one vault only, or is of another environment
 * @throws what finding the key, unlocking and the pin throw
 */
export function unlockAtHand(manifest: Manifest, environment: string, context: Context): Unlocked | null {
  const key = keyAtHand(manifest, environment, context);
  if (key === null) return null;
  const record = key.pin === null ? readPins(context.env, manifest.project)[environment] : undefined;
  return unlockPinned(manifest, environment, key, record);
}

/** The same without the pin, for whoever proves by other means that the manifest may be trusted. */
export function unlockUnpinned(manifest: Manifest, environment: string, context: Context): Keyring | null {
  const key = keyAtHand(manifest, environment, context);
  return key === null ? null : unlock(manifest, environment, key);
}

function keyAtHand({ project }: Manifest, environment: string, context: Context): Extract<Key, { type: "identity" }> | null {
  const key = injectedKey(context.env, environment) ?? personalKey(context.env, project, context.identity);
  return key.type === "read-only" || (key.environment !== null && key.environment !== environment) ? null : key;
}
