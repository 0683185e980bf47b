import { wayOutOf } from "../../age/unlock.ts";
import type { Context } from "../../context.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { entryOf, environmentEntries } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { OTHER_BRANCH, outdated, type SeenProject, type Verdict } from "../../core/authority/seen.ts";
import { isPinOfBoth, trust, trustTyped } from "../../core/authority/trust.ts";
import { b64u } from "../../core/bytes.ts";
import { versionLabel } from "../../core/keys/versions.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { recordSeen } from "../../project/pin-write.ts";
import { readSeen } from "../../project/pins.ts";
import { pinText, seenPinText } from "../../workspace/pin-text.ts";

/** @throws PIN_MISMATCH, FORGED_MANIFEST */
export function refuseUnlessLeadsTo(manifest: Manifest, pin: Uint8Array): void {
  trustTyped(manifest, pin);
}

/**
 * Takes the manifest's authority as the right one on this machine: it leads to a pin that somebody told this person by another way.
 * In a checkout that is behind what was seen here, a pin from before the two parted changes nothing.
 * @param chosen environments of which the person compared the key too
 * @returns false where what was seen stays in force
 * @throws PIN_MISMATCH, FORGED_MANIFEST, IO where it cannot be kept
 */
export function confirmPin(manifest: Manifest, pin: Uint8Array, { env }: Context, chosen: readonly string[] = []): boolean {
  refuseUnlessLeadsTo(manifest, pin);
  const seen = readSeen(env, manifest.project);
  if (seen !== null && isPinOfBoth(manifest, pin, seen)) return false;
  if (recordSeen(env, manifest, chosen)) return true;
  throw new EnvsealError("IO", `this machine cannot keep the pin ${b64u(pin)}: there is no home folder that can be written`, {
    hint: `set XDG_STATE_HOME, or ENVSEAL_PIN=${pinText(manifest)} for this session`,
  });
}

/** What of a project is not read here, whatever its pin: that says who decides, and not which keys are the newest. */
export function stillRefused(manifest: Manifest, context: Context): string[] {
  return refusedHere(manifest, context).map(
    ({ environment, why, verdict }) => `${environment} is still refused here: ${why}; ${wayOutOf(manifest, environment, why, verdict)}`,
  );
}

/** The environments whose key is not the one of the branch that was seen here, and a line for each, for a person to compare. */
export function otherBranches(manifest: Manifest, context: Context): { environment: string; text: string }[] {
  const { environments = {} } = readSeen(context.env, manifest.project) ?? {};
  return refusedHere(manifest, context).flatMap(({ environment, why }) => {
    const [statement, known] = [entryOf(manifest, environment)?.statement, ownMember(environments, environment)];
    if (why !== OTHER_BRANCH || statement === undefined || known === undefined) return [];
    const key = statement.keys[statement.floor];
    const here = key === undefined ? statement.floor : versionLabel(statement.floor, key);
    const text = `${environment} is at ${here} here, and at v${known.keys[known.floor]?.version} (${known.floor}) on the branch that this machine has seen: taking this one drops that one`;
    return [{ environment, text }];
  });
}

function refusedHere(manifest: Manifest, { env }: Context): { environment: string; why: string; verdict: Verdict }[] {
  const seen = readSeen(env, manifest.project);
  if (seen === null) return [];
  const verdict = trust(manifest, { pins: [], seen });
  return environmentEntries(manifest).flatMap(([environment, { statement }]) => {
    const why = outdated(manifest, environment, statement, verdict, seen);
    return why === null ? [] : [{ environment, why, verdict }];
  });
}

/** Why a manifest's pin is not the one that this machine goes by; `isFirst` where it knows none of the project. */
export interface Unconfirmed {
  isFirst: boolean;
  /** True where nothing vouches for the authority, so that what it says of anybody is worth nothing. */
  isForeign?: true;
  why: string;
  fix: string;
}

/** Null where the manifest's authority is what was confirmed on this machine, or goes on from there. */
export function unconfirmed(manifest: Manifest, { env }: Context): Unconfirmed | null {
  try {
    const seen = readSeen(env, manifest.project);
    return seen === null ? FIRST : apart(manifest, seen);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { isFirst: false, isForeign: true, why: error.message, fix: (error as EnvsealError).hint ?? "" };
  }
}

const FIRST: Unconfirmed = {
  isFirst: true,
  why: "it is not confirmed on this machine",
  fix: "compare it with a teammate's (envseal status), then: envseal pin confirm",
};

/** @throws PIN_MISMATCH, FORGED_MANIFEST */
function apart(manifest: Manifest, seen: SeenProject): Unconfirmed | null {
  const verdict = trust(manifest, { pins: [], seen });
  const known = seenPinText(seen);
  if (verdict === "older")
    return { isFirst: false, why: `this checkout is older than what this machine has seen, whose pin is ${known}`, fix: NEWER };
  if (verdict === "parted")
    return {
      isFirst: false,
      why: `this checkout is of another line than what this machine has seen, whose pin is ${known}`,
      fix: `${NEWER}; where a teammate's is the one here, envseal pin confirm`,
    };
  return null;
}

const NEWER = "git pull, or merge the branch that has the newer envseal.json";
