import { mayDecide, type Unlocked, unlockTrusted } from "../age/unlock.ts";
import type { Context } from "../context.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import type { Verdict } from "../core/authority/seen.ts";
import { pinOfManifest } from "../core/authority/trust.ts";
import { b64u } from "../core/bytes.ts";
import type { Keyring } from "../core/keys/keyring.ts";
import { allowsOlder, injectedKey, personalKey } from "../custody/key.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { newestManifests } from "../git/manifests.ts";
import { followSeen, recordSeen } from "../project/pin-write.ts";
import { pinsPath, readSeen } from "../project/pins.ts";
import { warn } from "../ui/output.ts";
import { lookBack } from "./look-back.ts";
import type { Project } from "./project.ts";

/**
 * The keyring of an environment, for commands that seal, grant or change keys.
 * @throws what finding the key, unlocking and trusting the manifest throw; NO_ACCESS with a read-only key; UNCONFIRMED_PIN;
 * OLDER_CHECKOUT
 */
export function openKeyring(project: Project, environment: string, context: Context): Keyring {
  const { keyring, verdict } = openUnconfirmed(project, environment, context);
  refuseUnconfirmed(project.manifest, verdict);
  refuseOlder(environment, verdict, context);
  return keyring;
}

/** The same for commands that read only: on first use they go on, and show the pin. */
export function openToRead(project: Project, environment: string, context: Context): Keyring {
  const { keyring, verdict } = openUnconfirmed(project, environment, context);
  showUnconfirmed(project.manifest, verdict);
  return keyring;
}

function openUnconfirmed(project: Project, environment: string, context: Context): Unlocked {
  lookBack(project, context);
  const { manifest } = project;
  const key = injectedKey(context.env, environment) ?? personalKey(context.env, manifest.project, context.identity);
  if (key.type === "read-only") {
    throw new EnvsealError("NO_ACCESS", "a read-only key opens one vault and nothing else", {
      hint: "use a personal identity or a deploy key that is not read-only",
    });
  }
  if (key.environment !== null && key.environment !== environment) {
    throw new EnvsealError("WRONG_KEY", `the key in ${key.source} is for ${key.environment}, not for ${environment}`, {
      hint: `use a key of ${environment}`,
    });
  }
  const seen = key.personal ? readSeen(context.env, manifest.project) : null;
  const allowOlder = allowsOlder(context.env) || context.flags["allow-older"] === true;
  const unlocked = unlockTrusted(manifest, environment, key, { seen, newer: () => newestManifests(project), allowOlder });
  if (key.personal) rememberSeen(unlocked.newest ?? unlocked, unlocked.recipient, context);
  return unlocked;
}

/** The same as `openKeyring`, or null where this person has no access to the environment. */
export function keyringIfOpen(project: Project, environment: string, context: Context): Keyring | null {
  try {
    return openKeyring(project, environment, context);
  } catch (error) {
    if (isEnvsealError(error) && (error.code === "NO_ACCESS" || error.code === "NO_KEY")) return null;
    throw error;
  }
}

/** @throws OLDER_CHECKOUT where sealing would go on in a checkout that this machine knows to be behind */
export function refuseOlder(environment: string, verdict: Verdict | null, context: Context): void {
  if ((verdict !== "older" && verdict !== "parted") || context.flags["allow-older"] === true) return;
  throw new EnvsealError("OLDER_CHECKOUT", `this checkout is older than what this machine has seen of ${environment}`, {
    hint: "git pull, or merge the branch that has the newer envseal.json; where that one is lost, go on under this one: --allow-older",
  });
}

/**
 * @param allowsOlder true where a person says that what is newer was thrown away
 * @throws UNCONFIRMED_PIN, OLDER_CHECKOUT where the environment is for reading alone
 */
export function refuseUndecided(unlocked: Unlocked, allowsOlder = false): void {
  if (mayDecide(unlocked)) return;
  const { keyring, verdict } = unlocked;
  refuseUnconfirmed(keyring.manifest, verdict);
  if (allowsOlder) return;
  throw new EnvsealError(
    "OLDER_CHECKOUT",
    `since what is merged here of ${keyring.environment} was signed, somebody lost access or a right, or its floor was raised`,
    {
      hint: "merge the branch that has the newest envseal.json first; where that one was thrown away, as by git merge --abort: envseal resolve --allow-older",
    },
  );
}

/** @throws UNCONFIRMED_PIN where nobody has compared the pin on this machine yet */
export function refuseUnconfirmed(manifest: Manifest, verdict: Verdict | null): void {
  if (verdict !== "first") return;
  throw new EnvsealError("UNCONFIRMED_PIN", `the pin of this project, ${b64u(pinOfManifest(manifest))}, is not confirmed on this machine`, {
    hint: "compare it with a teammate's by another way than git (envseal status shows theirs), then: envseal pin confirm",
  });
}

/** With -q, too: it is shown at each reading, so that nobody works on for years under a root that nobody compared. */
export function showUnconfirmed(manifest: Manifest, verdict: Verdict | null): void {
  if (verdict !== "first") return;
  warn(
    `first use of this project on this machine: its pin is ${b64u(pinOfManifest(manifest))}; compare it with a teammate's (envseal status), then: envseal pin confirm`,
  );
}

/** A manifest that this person's own key changed is the newest that this machine has seen. */
export function rememberOwn(manifest: Manifest, { env }: Context): void {
  if (injectedKey(env, null) !== null || recordSeen(env, manifest)) return;
  warn(
    `what was just decided is not recorded on this machine (${pinsPath(env, manifest.project) ?? "it has no home"}): an older envseal.json that somebody puts back would be accepted here`,
  );
}

/** Moves what this machine has seen to a manifest that was verified to go on from there. */
export function rememberSeen(
  { keyring, verdict }: { keyring: Keyring; verdict: Verdict | null },
  recipient: string | undefined,
  { env }: Context,
): void {
  const opened = recipient === undefined ? undefined : { environment: keyring.environment, recipient };
  if (verdict === "match" || verdict === "newer") followSeen(env, keyring.manifest, opened);
}
