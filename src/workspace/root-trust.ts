import type { Context } from "../context.ts";
import { headOf } from "../core/authority/authority-of.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { type Anchor, isOtherRoot, trust } from "../core/authority/trust.ts";
import { givenPin, injectedKey } from "../custody/key.ts";
import { isEnvsealError } from "../errors.ts";
import type { Finding } from "../guard/finding.ts";
import { readSeen } from "../project/pins.ts";
import { projectFileBehind } from "../project/project-file.ts";
import { plain } from "../ui/output.ts";
import { pinText } from "./pin-text.ts";

/** What says that an authority of which a commit knows nothing is the right one. */
export interface RootTrust {
  /** The caller's pin. */
  pin: Uint8Array | null;
  /** True where a root that nobody vouches for stops; else it is told. */
  strict: boolean;
  context: Context;
}

/**
 * What is wrong with where a manifest's authority comes from: a first one, of which neither the caller nor this machine knows the
 * pin, or one that does not lead back to the caller's.
 * @param isNew true where what it is compared with has no manifest of the project
 */
export function inspectRoot(path: string, manifest: Manifest, isNew: boolean, { pin, strict, context }: RootTrust): Finding[] {
  if (pin !== null) {
    const problem = distrust(manifest, { pins: [pin], seen: null });
    if (problem === null) return [];
    const fix = "take envseal.json from git again; or compare the pin with an admin's (envseal status), and give the check that one";
    const admins = Object.keys(headOf(manifest).admins).sort().map(plain).join(", ");
    return [{ rule: "forged-authority", path, message: `${path}: ${problem}; the admins that it names: ${admins}`, fix }];
  }
  if (!isNew || isKnownRoot(manifest, context)) return [];
  const fix = `compare ${pinText(manifest)} with what an admin sees (envseal pin) by another way than git, then: envseal check --pin=${pinText(manifest)}`;
  const message = `${path}: nothing is known of its authority here: whoever made it decides who has access`;
  return [{ rule: "new-root", path, message, fix, ...(!strict && { level: "warning" as const }) }];
}

/**
 * True where an authority has nothing in common with the one before it, and leads back to a pin that somebody told by another way
 * than git: the caller's, or one that was confirmed here. Nothing else stands for a root that is new on purpose.
 */
export function isConfirmedRoot(before: Manifest, after: Manifest, { pin, context }: Pick<RootTrust, "pin" | "context">): boolean {
  if (before.project !== after.project || !isOtherRoot(before, after)) return false;
  return pin === null ? isKnownRoot(after, context) : distrust(after, { pins: [pin], seen: null }) === null;
}

/** Told once, where it is let through, for a new root as for one that was put back: it takes the place of everything that was signed before. */
export function tellOfNewRoot(path: string, manifest: Manifest): Finding {
  const message = `${path}: its authority is of another root than before; its pin ${pinText(manifest)} was confirmed`;
  const fix =
    "where this root was put back in the place of one that nobody confirmed, nothing is to be done; where it is new, everybody confirms its pin, told by another way than git (envseal pin confirm), and deploy keys have to be created again";
  return { rule: "new-root", path, message, fix, level: "warning" };
}

/** True where an operator or a person on this machine has said that this authority is the right one. */
export function isKnownRoot(manifest: Manifest, context: Context): boolean {
  return isConfirmedHere(manifest, context) || isOfGivenPin(manifest, context) || isOfInjectedKey(manifest, context);
}

/** ENVSEAL_PIN is what somebody sets who was told it. */
function isOfGivenPin(manifest: Manifest, { env }: Context): boolean {
  const pin = unlessRefused(() => givenPin(env));
  return pin !== null && distrust(manifest, { pins: [pin], seen: null }) === null;
}

/** A key string carries the pin of the day on which an admin made it; one in a file of the project, that of whoever committed it. */
function isOfInjectedKey(manifest: Manifest, { env }: Context): boolean {
  const key = unlessRefused(() => injectedKey(env, null));
  if (key?.type !== "identity" || key.pins.length === 0) return false;
  if (projectFileBehind(key.source, env[key.source] ?? "") !== undefined) return false;
  return distrust(manifest, { pins: key.pins, seen: null }) === null;
}

function isConfirmedHere(manifest: Manifest, { env }: Context): boolean {
  const seen = unlessRefused(() => readSeen(env, manifest.project));
  return seen !== null && distrust(manifest, { pins: [], seen }) === null;
}

/** Why the authority does not follow from the anchor: to be listed is not enough, what came after it must be signed. */
function distrust(manifest: Manifest, anchor: Anchor): string | null {
  try {
    trust(manifest, anchor);
    return null;
  } catch (error) {
    if (isEnvsealError(error)) return error.message;
    throw error;
  }
}

function unlessRefused<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}
