import { type PinVerdict, unlockPinned } from "../age/unlock.ts";
import type { Keyring } from "../core/keyring.ts";
import { EnvsealError } from "../errors.ts";
import { newestManifests } from "../git/manifests.ts";
import { injectedKey, personalKey } from "../loader/key.ts";
import { followPin } from "../project/pin-write.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { warn } from "../ui/output.ts";
import type { Project } from "./project.ts";

/**
 * The keyring of an environment, for commands that are about keys or about a vault that is not there yet.
 * @throws what finding the key, unlocking and the pin throw; NO_ACCESS with a read-only key; OLDER_CHECKOUT
 */
export function openKeyring(project: Project, environment: string, context: Context): Keyring {
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
  const record = key.pin === null ? readPins(context.env, manifest.project)[environment] : undefined;
  const unlocked = unlockPinned(manifest, environment, key, record, () => newestManifests(project));
  refuseOlder(environment, unlocked.verdict, context);
  if (key.pin === null) rememberPin(project, unlocked.newest ?? unlocked, context);
  return unlocked.keyring;
}

/** @throws OLDER_CHECKOUT where sealing would go on under a key that this machine knows to be superseded */
export function refuseOlder(environment: string, verdict: PinVerdict | null, context: Context): void {
  if (verdict !== "older" || context.flags["allow-older"] === true) return;
  throw new EnvsealError("OLDER_CHECKOUT", `this checkout is older than what this machine has seen of ${environment}`, {
    hint: "git pull, or merge the branch that has the newer key; where that one is lost, go on under this one: --allow-older",
  });
}

/** Moves the machine's pin to a key that was verified to lead to it, and shows it on first use. */
export function rememberPin(
  project: Project,
  { keyring, verdict }: { keyring: Keyring; verdict: PinVerdict | null },
  context: Context,
): void {
  if (verdict !== "first" && verdict !== "newer") return;
  const pin = followPin(context.env, project.manifest.project, keyring);
  if (verdict === "first" && pin === null) {
    warn(`this machine cannot keep the pin of ${keyring.environment}: an older or forged manifest would pass here (XDG_STATE_HOME)`);
  } else if (verdict === "first" && !context.quiet) {
    warn(`first use of ${keyring.environment} on this machine: its pin is ${pin}; compare it with a teammate's (envseal status)`);
  }
}
