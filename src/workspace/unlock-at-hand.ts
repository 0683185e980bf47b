import { recipientOf } from "../age/keys.ts";
import { type IdentityKey, mayDecide, type Unlocked, unlockTrusted } from "../age/unlock.ts";
import type { Context } from "../context.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { allowsOlder, injectedKey, personalKey } from "../custody/key.ts";
import { type EnvsealError, isEnvsealError } from "../errors.ts";
import { readSeen } from "../project/pins.ts";

/** A key that is for something else, or that is not there, says nothing about the next one. */
const NOT_FOR_THIS = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY"]);

/** Another project's key, or this one's and a forged authority: only a record of this machine says which. */
const IN_DOUBT = "PIN_MISMATCH";

/**
 * What the keys at hand open of a manifest's environment, for guards and merges: nothing is asked and nothing is remembered.
 * An injected key may be another project's, since a shell keeps what was exported: it must not hide the person's own. Of those
 * that open nothing here the first says why.
 * @param anyAge true for history, which is older than what was seen by its nature
 * @returns null for a key that reads one vault only, or is of another environment, where no other one opens it
 * @throws what finding the key, unlocking and trusting the manifest throw
 */
export function unlockAtHand(manifest: Manifest, environment: string, context: Context, anyAge = false): Unlocked | null {
  const { env, identity } = context;
  const { project } = manifest;
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
      if (key.type === "identity" && (key.environment === null || key.environment === environment)) {
        const unlocked = openWith(key, manifest, environment, env, anyAge);
        if (refusal?.code === IN_DOUBT && !mayDecide(unlocked)) throw refusal;
        return unlocked;
      }
      refusal ??= null;
    } catch (error) {
      const isNext = isEnvsealError(error) && (NOT_FOR_THIS.has(error.code) || (error.code === IN_DOUBT && refusal === undefined));
      if (!isNext) throw error;
      if (refusal === undefined) refusal = error as EnvsealError;
    }
  }
  if (refusal) throw refusal;
  return null;
}

/** The recipients of the person's own keys that are at hand; nothing is asked. */
export function recipientsAtHand(project: string, { env, identity }: Context): string[] {
  const held = identity === undefined ? [] : [recipientOf(identity)];
  try {
    return [...held, recipientOf(personalKey(env, project).identity)];
  } catch (error) {
    if (isEnvsealError(error)) return held;
    throw error;
  }
}

function openWith(key: IdentityKey, manifest: Manifest, environment: string, env: Context["env"], anyAge: boolean): Unlocked {
  const seen = key.personal ? readSeen(env, manifest.project) : null;
  return unlockTrusted(manifest, environment, key, { seen, allowOlder: anyAge || allowsOlder(env) });
}
