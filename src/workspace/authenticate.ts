import { append } from "../core/append.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { type EnvsealError, isEnvsealError } from "../errors.ts";
import type { Finding } from "../guard/finding.ts";
import { forgedEnvironment, inspectEntries } from "../guard/manifest.ts";
import { injectedKey } from "../loader/key.ts";
import { readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { unlockAtHand } from "./key-at-hand.ts";

const NOT_MINE = new Set(["NO_KEY", "NO_ACCESS", "NO_PIN", "CUSTODY", "KEY_FILE_MODE", "MALFORMED_KEY"]);

/**
 * What a manifest holds that nobody with its keys made, as far as the key at hand reaches.
 * @returns the findings, the environments that could not be looked into, and the keys of the others
 */
export function authenticateManifest(
  path: string,
  before: Manifest | null,
  after: Manifest,
  context: Context,
): { findings: Finding[]; unseen: string[]; keyrings: Keyring[] } {
  const findings: Finding[] = [];
  const keyrings: Keyring[] = [];
  const unseen: string[] = [];
  const pins = pinsOf(after, context);
  for (const environment of Object.keys(after.environments).sort()) {
    try {
      const unlocked = unlockAtHand(after, environment, context);
      if (unlocked === null) {
        unseen.push(environment);
        continue;
      }
      const { keyring, verdict } = unlocked;
      keyrings.push(keyring);
      append(findings, inspectEntries(path, keyring));
      if (verdict === "older") findings.push(olderThanSeen(path, environment));
      // What was opened by the person's key alone, and that one never before: whoever made the environment again could seal it to that.
      if (verdict === "first" && hasInjectedPin(environment, context)) findings.push(lostAccess(path, environment));
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      const pinned = pins?.[environment] !== undefined || hasInjectedPin(environment, context);
      if (error.code === "NO_ACCESS" && pinned) findings.push(lostAccess(path, environment));
      else if (NOT_MINE.has(error.code)) unseen.push(environment);
      else if (error.code === "PIN_MISMATCH") findings.push(otherThanPinned(path, error));
      else findings.push(forgedEnvironment(path, error.message, before, after, environment));
    }
  }
  return { findings, unseen, keyrings };
}

/** What this machine has pinned; null where that cannot be read, which every opening reports by itself. */
function pinsOf({ project }: Manifest, { env }: Context): ReturnType<typeof readPins> | null {
  try {
    return readPins(env, project);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

function hasInjectedPin(environment: string, { env }: Context): boolean {
  try {
    const key = injectedKey(env, environment);
    return key !== null && key.type === "identity" && (key.environment === null || key.environment === environment);
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

/** The manifest may be good, and what this machine remembers lost or damaged: the error says what to compare. */
function otherThanPinned(path: string, { message, hint }: EnvsealError): Finding {
  return { rule: "forged-manifest", path, message: `${path}: ${message}`, fix: hint ?? "compare pins with a teammate (envseal status)" };
}

/** A key made for this environment does not open it here: it is newer, or was revoked, or someone made the environment again without it. */
function lostAccess(path: string, environment: string): Finding {
  return {
    rule: "forged-access",
    path,
    message: `${path}: the key at hand was given ${environment}, and has no access to it here`,
    fix: "if it was made after this commit, commit or merge the envseal.json that has it; if it was neither that nor revoked, someone made the environment again without it: compare envseal.json with its history (git log -p envseal.json)",
  };
}

/** A branch from before a rotation looks like that; so does what someone who left makes with the key he kept. */
function olderThanSeen(path: string, environment: string): Finding {
  return {
    rule: "manifest-change",
    level: "warning",
    path,
    message: `${path}: the key of ${environment} is older than what this machine has seen`,
    fix: "merge the branch that has the newer key; if this one should have it, find out who put the older one there",
  };
}
