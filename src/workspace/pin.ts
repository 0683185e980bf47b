import { b64u } from "../core/bytes.ts";
import type { Manifest } from "../core/manifest.ts";
import { trust } from "../core/trust.ts";
import { EnvsealError } from "../errors.ts";
import { recordSeen } from "../project/pin-write.ts";
import type { Context } from "../ui/context.ts";
import { pinText } from "./pin-text.ts";

/** @throws PIN_MISMATCH, FORGED_MANIFEST */
export function refuseUnlessLeadsTo(manifest: Manifest, pin: Uint8Array): void {
  trust(manifest, { pins: [pin], seen: null });
}

/**
 * Takes the manifest's authority as the right one on this machine: it leads to a pin that somebody told this person by another way.
 * @throws PIN_MISMATCH, FORGED_MANIFEST, IO where it cannot be kept
 */
export function confirmPin(manifest: Manifest, pin: Uint8Array, { env }: Context): void {
  refuseUnlessLeadsTo(manifest, pin);
  if (recordSeen(env, manifest)) return;
  throw new EnvsealError("IO", `this machine cannot keep the pin ${b64u(pin)}: there is no home folder that can be written`, {
    hint: `set XDG_STATE_HOME, or ENVSEAL_PIN=${pinText(manifest)} for this session`,
  });
}
