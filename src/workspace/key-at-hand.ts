import { type Key, type Unlocked, unlock, unlockPinned } from "../age/unlock.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { type EnvsealError, isEnvsealError } from "../errors.ts";
import { injectedKey, personalKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";

type IdentityKey = Extract<Key, { type: "identity" }>;

/** A key that is for something else, or that is not there, says nothing about the next one. */
const NOT_FOR_THIS = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY"]);

/**
 * What the keys at hand open of a manifest's environment, for guards and merges: nothing is asked and nothing is remembered.
 * @returns null for a key that reads one vault only, or is of another environment, where no other one opens it
 * @throws what finding the key, unlocking and the pin throw
 */
export function unlockAtHand(manifest: Manifest, environment: string, context: Context): Unlocked | null {
  return firstThatOpens(manifest, environment, context, (key) => {
    const record = key.pin === null ? readPins(context.env, manifest.project)[environment] : undefined;
    return unlockPinned(manifest, environment, key, record);
  });
}

/** The same without the pin, for whoever proves by other means that the manifest may be trusted. */
export function unlockUnpinned(manifest: Manifest, environment: string, context: Context): Keyring | null {
  return firstThatOpens(manifest, environment, context, (key) => unlock(manifest, environment, key));
}

/**
 * An injected key may be another project's, since a shell keeps what was exported: it must not hide the person's own. Of those
 * that open nothing here the first says why.
 */
function firstThatOpens<T>(
  { project }: Manifest,
  environment: string,
  { env, identity }: Context,
  open: (key: IdentityKey) => T,
): T | null {
  const finders = [
    () => injectedKey(env, environment),
    ...(identity === undefined ? [] : [() => personalKey(env, project, identity)]),
    () => personalKey(env, project),
  ];
  let refusal: EnvsealError | null | undefined;
  for (const find of finders) {
    try {
      const key = find();
      if (key === null) continue;
      if (key.type === "identity" && (key.environment === null || key.environment === environment)) return open(key);
      refusal ??= null;
    } catch (error) {
      if (!isEnvsealError(error) || !NOT_FOR_THIS.has(error.code)) throw error;
      if (refusal === undefined) refusal = error as EnvsealError;
    }
  }
  if (refusal) throw refusal;
  return null;
}
