import { type Unlocked, unlockPinned } from "../age/unlock.ts";
import type { Manifest } from "../core/manifest.ts";
import { injectedKey, personalKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";

/**
 * What the key at hand opens of a manifest's environment, for guards: nothing is asked and nothing is remembered.
 * @returns null for a key that reads one vault only, or is of another environment
 * @throws what finding the key, unlocking and the pin throw
 */
export function unlockAtHand(manifest: Manifest, environment: string, context: Context): Unlocked | null {
  const key = injectedKey(context.env, environment) ?? personalKey(context.env, manifest.project, context.identity);
  if (key.type === "read-only" || (key.environment !== null && key.environment !== environment)) return null;
  const record = key.pin === null ? readPins(context.env, manifest.project)[environment] : undefined;
  return unlockPinned(manifest, environment, key, record);
}
