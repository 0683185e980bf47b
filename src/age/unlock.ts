import type { AccessEntry } from "../core/authority/access-entry.ts";
import { adminsToAsk, oneOf } from "../core/authority/admins.ts";
import { ownMember } from "../core/authority/authority.ts";
import { environmentEntries, environmentOf, headOf } from "../core/authority/authority-of.ts";
import { inEnvironment } from "../core/authority/environment-option.ts";
import { formerGranter } from "../core/authority/former-signer.ts";
import type { Manifest } from "../core/authority/manifest.ts";
import { isEarlier, OTHER_BRANCH, outdated, type SeenProject, type Verdict } from "../core/authority/seen.ts";
import { trust } from "../core/authority/trust.ts";
import { unb64u } from "../core/bytes.ts";
import { waitingFor } from "../core/keys/entry-state.ts";
import { validEntries } from "../core/keys/fence.ts";
import { Keyring } from "../core/keys/keyring.ts";
import type { KeyString } from "../core/keys/keystring.ts";
import { PIN_BYTES } from "../core/vaultkey.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { openAgeFile } from "./file.ts";
import { recipientOf } from "./keys.ts";

/** What opens a vault, and where it came from (for messages). */
export type Key =
  | {
      type: "identity";
      identity: Uint8Array;
      /** Pins of the authority that came with the key, or beside it. */
      pins: readonly Uint8Array[];
      /** True for the key of the person at this machine, whose record of what was seen counts too. */
      personal: boolean;
      /** Null where it is for whatever it opens. */
      environment: string | null;
      source: string;
    }
  | (Extract<KeyString, { type: "read-only" }> & { source: string });

export type IdentityKey = Extract<Key, { type: "identity" }>;

/** Entries under one recipient that are tried: each takes an X25519, and the list is anybody's to write. */
const MOST_TWINS = 32;

/** The name of an identity, or null: of several, one that the authority or an admin's entry has. */
export function recipientName(manifest: Manifest, identity: Uint8Array): string | null {
  return recipientNames(manifest, identity)[0] ?? null;
}

/**
 * Every name with this identity's recipient: the authority's, then those of entries that count, then requests, which nobody signed
 * and which get no name that somebody else has.
 */
export function recipientNames(manifest: Manifest, identity: Uint8Array): string[] {
  const own = recipientOf(identity);
  const asked = Object.keys(manifest.recipients).filter((name) => manifest.recipients[name]?.recipient === own);
  const entries = environmentEntries(manifest).flatMap(([environment, { access }]) => {
    const named = Object.keys(access).filter((name) => access[name]?.recipient === own || asked.includes(name));
    if (named.length === 0) return [];
    const counts = new Set(validEntries(manifest, environment));
    return named.filter((name) => counts.has(name)).map((name) => [name, access[name]?.recipient] as const);
  });
  const signed = [...Object.entries(headOf(manifest).admins).map(([name, { recipient }]) => [name, recipient] as const), ...entries];
  const taken = new Set(signed.filter(([, recipient]) => recipient !== own).map(([name]) => name));
  const names = signed.filter(([, recipient]) => recipient === own).map(([name]) => name);
  return [...new Set([...names, ...asked.filter((name) => !taken.has(name))])];
}

/**
 * Opens the environment by whichever access entry of the identity is good: others, under names that somebody made up for the
 * same recipient, stop nothing. Whether the manifest may be trusted is not asked.
 * @throws NO_ACCESS, WRONG_KEY, FORGED_ACCESS, FORGED_MANIFEST, UNKNOWN_ENVIRONMENT
 */
export function unlock(manifest: Manifest, environment: string, key: IdentityKey): Keyring {
  const { access } = environmentOf(manifest, environment);
  const own = recipientOf(key.identity);
  const twins = Object.keys(access).filter((name) => access[name]?.recipient === own);
  let refusal: EnvsealError | undefined;
  for (const name of twins.slice(0, MOST_TWINS)) {
    const opened = openAccess(manifest, environment, name, key);
    if (opened instanceof Keyring) return opened;
    if (refusal === undefined || opened.code !== "WRONG_KEY") refusal = opened;
  }
  throw refusal ?? noAccess(recipientName(manifest, key.identity), environment, key, manifest);
}

/** What one access entry opens, or why it does not. @throws FORGED_MANIFEST, which no other entry would mend */
function openAccess(manifest: Manifest, environment: string, name: string, key: IdentityKey): Keyring | EnvsealError {
  const { wrapped } = environmentOf(manifest, environment).access[name] as { wrapped?: string };
  if (wrapped === undefined)
    return new EnvsealError("NO_ACCESS", `${name} may open ${environment}, and nobody has wrapped its key for them yet`, {
      hint: `ask ${oneOf(waitingFor(manifest, environment).holders) || `somebody who opens ${environment}`} to run: envseal sync, and to commit envseal.json`,
    });
  const dataKey = openAgeFile(unb64u(wrapped.slice("age:".length)) ?? new Uint8Array(0), key.identity, 1);
  const hint = "take envseal.json from git again, or ask an admin to grant it again";
  if (dataKey === null || dataKey.length !== 32)
    return new EnvsealError("WRONG_KEY", `the access entry of ${name} to ${environment} does not open with the identity in ${key.source}`, {
      hint,
    });
  const keyring = keyringUnder(manifest, environment, dataKey);
  if (!(keyring instanceof Keyring)) return keyring;
  const state = keyring.accessState(name);
  if (state === "genuine") return keyring;
  const granter = formerGranter(manifest, environment, name, keyring.access[name] as AccessEntry);
  const why =
    state === "outdated"
      ? "is from before somebody lost access, and no admin has signed it since"
      : granter === null
        ? "was changed by someone without the right to grant it"
        : `was signed by ${granter}, who may give no access any more`;
  return new EnvsealError("FORGED_ACCESS", `the access entry of ${name} to ${environment} ${why}`, { hint });
}

function keyringUnder(manifest: Manifest, environment: string, dataKey: Uint8Array): Keyring | EnvsealError {
  try {
    return new Keyring(manifest, environment, dataKey);
  } catch (error) {
    if (isEnvsealError(error) && (error as EnvsealError).code === "WRONG_KEY") return error as EnvsealError;
    throw error;
  }
}

function noAccess(name: string | null, environment: string, { source, personal }: IdentityKey, manifest?: Manifest): EnvsealError {
  const who = name === null ? `the identity of ${source} is no recipient of this project` : `${name} has no access to ${environment}`;
  return new EnvsealError("NO_ACCESS", who, {
    hint: personal
      ? `${howToAsk(name, environment, manifest)}; in an older checkout, use envseal run, which takes the newest manifest`
      : "the manifest here is from before this deploy key was made, or from after it was revoked: deploy the newest commit, or create it again",
  });
}

/** The line that somebody who has no access sends to an admin. */
function howToAsk(name: string | null, environment: string, manifest: Manifest | undefined): string {
  if (name === null || manifest === undefined) return "ask for access: envseal join";
  return `ask ${oneOf(adminsToAsk(manifest))} to run: envseal grant ${name}${inEnvironment(manifest, environment)}`;
}

export interface Unlocked {
  keyring: Keyring;
  verdict: Verdict;
  /** Of the key that opened it. */
  recipient: string;
  /** True where somebody lost access or a right since it was signed, or its floor was raised. */
  isOutdated: boolean;
  /** True where a later statement of its keys was seen; one that is `older` else lacks a change of the authority alone. */
  keysAreOlder: boolean;
  /** The newer manifest's keyring that led to an older one. */
  newest?: { keyring: Keyring; verdict: Verdict };
}

export interface Trusted {
  /** What this machine remembers of the project; counts for its person's own key. */
  seen: SeenProject | null;
  /** Manifests of the project elsewhere, the newest first: asked for a person alone, whose access is newer than the checkout. */
  newer?: (() => Iterable<Manifest>) | undefined;
  /** True where a checkout that is older than what was seen is read all the same: history is, and whoever asks for it. */
  allowOlder?: boolean;
}

/**
 * Unlocks an environment of a manifest whose authority leads back to what is trusted. A checkout from before a person had access
 * opens through a newer manifest of the project, whose links lead to the checkout's active key.
 * @throws PIN_MISMATCH, OLDER_CHECKOUT, PARTED, FORGED_MANIFEST, and what `unlock` throws
 */
export function unlockTrusted(manifest: Manifest, environment: string, key: IdentityKey, trusted: Trusted): Unlocked {
  const seen = key.personal ? trusted.seen : null;
  const verdict = trust(manifest, { pins: key.pins, seen });
  try {
    return {
      ...judged(unlock(manifest, environment, key), verdict, seen, trusted.allowOlder === true),
      recipient: recipientOf(key.identity),
    };
  } catch (error) {
    if (!key.personal || trusted.newer === undefined || !isEnvsealError(error) || error.code !== "NO_ACCESS") throw error;
    for (const candidate of trusted.newer()) {
      const newest = openNewer(candidate, manifest, environment, key, seen);
      if (newest === null) continue;
      const { active } = environmentOf(manifest, environment).statement;
      const keyring = new Keyring(manifest, environment, newest.keyring.dataKey(active, "this checkout"));
      // The newer manifest gives a key and no word on this one's authority, which is judged by itself.
      const here = { ...judged(keyring, verdict, seen, trusted.allowOlder === true), recipient: recipientOf(key.identity) };
      if (here.verdict === "parted" || here.verdict === "first") return { ...here, newest };
      // From before a grant, and of the same key: nothing in it is under an earlier one.
      const isSameKey = active === newest.keyring.statement.active;
      return { ...here, keyring, verdict: isSameKey ? newest.verdict : "older", keysAreOlder: !isSameKey, newest };
    }
    throw error;
  }
}

/** @throws OLDER_CHECKOUT, PARTED */
function judged(keyring: Keyring, verdict: Verdict, seen: SeenProject | null, allowOlder: boolean): Omit<Unlocked, "recipient"> {
  const { manifest, environment, statement } = keyring;
  const why = outdated(manifest, environment, statement, verdict, seen);
  if (why !== null && !allowOlder) throw behind(manifest, environment, why, verdict);
  // A floor that was raised since leads to the one that was seen: by a link that opens, and not by a statement's word alone.
  const known = ownMember(seen?.environments ?? {}, environment);
  if (known !== undefined && why === null) keyring.leadsToKey(known.floor);
  const keysAreOlder = why !== null || isEarlier(manifest, environment, statement, seen);
  return { keyring, verdict: keysAreOlder && verdict !== "parted" ? "older" : verdict, isOutdated: why !== null, keysAreOlder };
}

/**
 * True where what the manifest says may let a finding through, be sealed under or be signed. Any other may be whatever somebody
 * put there, or who lost access: it is for reading, and its values for searching.
 */
export function mayDecide({ verdict, isOutdated }: Unlocked): boolean {
  return verdict !== "first" && !isOutdated;
}

function behind(manifest: Manifest, environment: string, why: string, verdict: Verdict): EnvsealError {
  const hint = `${wayOutOf(manifest, environment, why, verdict)}; to read this one all the same: ENVSEAL_ALLOW_OLDER=1`;
  if (why === OTHER_BRANCH) return new EnvsealError("PARTED", `${environment} is of another branch here: ${why}`, { hint });
  return verdict === "parted"
    ? new EnvsealError(
        "PARTED",
        `this checkout's authority is of another line than the newest that this machine has seen, and of ${environment} ${why}`,
        { hint },
      )
    : new EnvsealError("OLDER_CHECKOUT", `this checkout is older than what this machine has seen of ${environment}: ${why}`, { hint });
}

/** Of an authority that goes on from what was seen, a rotation may be lost that some machines have seen: an admin's word ends that. */
export function wayOutOf(manifest: Manifest, environment: string, why: string | null, verdict: Verdict): string {
  if (why === OTHER_BRANCH)
    return "merge the other branch (an admin joins the two: envseal resolve); where that one was dropped, and a teammate has the key that is here, envseal pin confirm";
  if (verdict === "parted")
    return "merge the branch that has the other envseal.json (an admin joins the two: envseal resolve); where a teammate's pin is the one here, envseal pin confirm";
  const pull = "git pull, or merge the branch that has the newer envseal.json";
  if (verdict === "older") return pull;
  const line = `envseal rotate --fence --allow-older${inEnvironment(manifest, environment)}`;
  return `${pull}; where that one was thrown away (a revert, a reset), ${oneOf(adminsToAsk(manifest))} runs: ${line}`;
}

/** A newer manifest of the project that this key opens, and whose links lead to the older one's active key. */
function openNewer(
  newer: Manifest,
  older: Manifest,
  environment: string,
  key: IdentityKey,
  seen: SeenProject | null,
): { keyring: Keyring; verdict: Verdict } | null {
  if (newer.project !== older.project) return null;
  try {
    const verdict = trust(newer, { pins: key.pins, seen });
    const found = judged(unlock(newer, environment, key), verdict, seen, false);
    const { active } = environmentOf(older, environment).statement;
    if (!found.keyring.leadsToKey(active)) return null;
    return found;
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return null;
  }
}

/** The text form of a pin: 16 bytes as b64u. */
export function parsePin(text: string): Uint8Array | null {
  return unb64u(text, PIN_BYTES);
}
