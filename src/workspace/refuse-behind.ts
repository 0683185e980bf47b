import { wayOutOf } from "../age/unlock.ts";
import type { Context } from "../context.ts";
import { entryOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { isEarlier, outdated, type SeenProject } from "../core/authority/seen.ts";
import { trust } from "../core/authority/trust.ts";
import { injectedKey } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { readSeen } from "../project/pins.ts";

const EARLIER = "its keys are from before those that were seen";

const noted = new Map<string, SeenProject | null>();

/** Keeps what this machine has seen before anything is signed: to open what is about to be written moves that on. */
export function noteSeen({ project }: Manifest, { env }: Context): void {
  noted.set(project, readSeen(env, project));
}

/**
 * Asked before an admin signs anything of these environments, with their key at hand or without: what is signed again counts as said
 * now, so that whoever put an older one back would have it vouched for.
 * @throws OLDER_CHECKOUT where one of them is behind what this machine has seen
 */
export function refuseBehind(manifest: Manifest, environments: readonly string[], context: Context): void {
  if (environments.length === 0 || context.flags["allow-older"] === true) return;
  if (injectedKey(context.env, context.environment ?? null) !== null) return;
  const { project } = manifest;
  const seen = noted.get(project) ?? readSeen(context.env, project);
  if (seen === null) return;
  const verdict = trust(manifest, { pins: [], seen });
  for (const environment of environments) {
    const statement = entryOf(manifest, environment)?.statement;
    if (statement === undefined) continue;
    const why = outdated(manifest, environment, statement, verdict, seen);
    if (why === null && !isEarlier(manifest, environment, statement, seen)) continue;
    const text = `this would sign ${environment} again, and it is older here than what this machine has seen: ${why ?? EARLIER}`;
    throw new EnvsealError("OLDER_CHECKOUT", text, {
      hint: `${wayOutOf(manifest, environment, why, verdict)}; to sign this one all the same: --allow-older`,
    });
  }
}
