import { EnvsealError } from "../../errors.ts";
import { type Authority, pinOfDigest } from "./authority.ts";
import { authorityOf } from "./authority-of.ts";
import type { Manifest } from "./manifest.ts";
import type { SeenProject, Verdict } from "./seen.ts";

/** What says which authority is the right one. */
export interface Anchor {
  /** Pins that an operator gave: with a key string, in ENVSEAL_PIN. */
  pins: readonly Uint8Array[];
  seen: SeenProject | null;
}

/**
 * Checks the authority of a manifest from what is trusted on (FORMAT.md section 3, Pins).
 * @throws FORGED_MANIFEST for a statement that nobody signed who may, PIN_MISMATCH where the list leads to nothing that is trusted
 */
export function trust(manifest: Manifest, { pins, seen }: Anchor): Verdict {
  const authority = authorityOf(manifest);
  const pinned = pins.map((pin) => digestOfPin(authority, pin));
  // Whatever came before the newest one, that one names by digest.
  const last = authority.digests.findLast((digest) => pinned.includes(digest));
  if (last !== undefined) authority.verifyFrom(last);
  if (seen === null) {
    if (last !== undefined) return last === authority.headDigest ? "match" : "newer";
    authority.verifyWhole();
    return "first";
  }
  const newest = seen.digests.at(-1) as string;
  if (authority.contains(newest)) {
    authority.verifyFrom(newest);
    return authority.headDigest === newest ? "match" : "newer";
  }
  const known = new Set(seen.digests);
  const common = authority.digests.findLast((digest) => known.has(digest));
  if (common === undefined) throw mismatch("nothing in the authority of this manifest was ever seen on this machine", PERSON);
  authority.verifyFrom(common);
  return known.has(authority.headDigest) ? "older" : "parted";
}

/**
 * Checks the authority of a manifest from what an earlier one of the project had: whether it goes on from there, goes back, or went
 * its own way, what was signed since is genuine.
 * @throws FORGED_MANIFEST, PIN_MISMATCH where the two have nothing in common
 */
export function verifySince(before: Manifest, after: Manifest): void {
  const [base, authority] = [authorityOf(before), authorityOf(after)];
  const common = authority.digests.findLast((digest) => base.contains(digest));
  if (common === undefined) throw mismatch("its authority has nothing in common with the one before: somebody made a new one", ROOT);
  authority.verifyFrom(common);
}

/** True where the two lists share no statement: one of them was begun again. Of one project alone this says anything. */
export function isOtherRoot(before: Manifest, after: Manifest): boolean {
  const base = authorityOf(before);
  return !authorityOf(after).digests.some((digest) => base.contains(digest));
}

/** Checks an authority of which nothing is known: that its own admins signed it. @throws FORGED_MANIFEST */
export function verifyAlone(manifest: Manifest): void {
  authorityOf(manifest).verifyWhole();
}

/**
 * True where a manifest is older than what was seen, or parted from it, and the pin is of what both have: it says nothing of which
 * of the two is right. A pin that was noted in good time leads to either.
 */
export function isPinOfBoth(manifest: Manifest, pin: Uint8Array, seen: SeenProject): boolean {
  const authority = authorityOf(manifest);
  return !authority.contains(seen.digests.at(-1) as string) && seen.digests.includes(authority.findPin(pin) ?? "");
}

/** True where the authority in force was seen here, and a newer one since. */
export function isBehind(manifest: Manifest, { digests }: SeenProject): boolean {
  const { headDigest } = authorityOf(manifest);
  return headDigest !== digests.at(-1) && digests.includes(headDigest);
}

const ROOT =
  "take envseal.json from git again; where every admin was lost and the root is new on purpose, everybody confirms its pin: envseal pin confirm";
const PERSON =
  "the manifest may be forged or from another line of history: compare pins with a teammate (envseal status); only if theirs is the manifest's, envseal pin confirm; else git log -- envseal.json tells which commit put it there, to be taken back with git revert";
const TYPED =
  "compare it with what you were told, letter by letter; where it is right, the checkout is older than the pin (git pull), or the manifest is forged: ask whoever told you (envseal pin)";
const OPERATOR =
  "the checkout is older than the key, or the manifest is forged: deploy the newest commit, or create the deploy key again after comparing pins";

function mismatch(message: string, hint: string): EnvsealError {
  return new EnvsealError("PIN_MISMATCH", message, { hint });
}

function digestOfPin(authority: Authority, pin: Uint8Array): string {
  const digest = authority.findPin(pin);
  if (digest === undefined) throw mismatch("the authority of this manifest does not lead to the pin that was given", OPERATOR);
  return digest;
}

/** Checks that a manifest's authority leads to a pin that a person typed. @throws PIN_MISMATCH, FORGED_MANIFEST */
export function trustTyped(manifest: Manifest, pin: Uint8Array): void {
  if (authorityOf(manifest).findPin(pin) === undefined)
    throw mismatch("the authority of this manifest does not lead to the pin that was given", TYPED);
  trust(manifest, { pins: [pin], seen: null });
}

/** The pin of the authority in force: 16 bytes. */
export function pinOfManifest(manifest: Manifest): Uint8Array {
  return pinOfDigest(authorityOf(manifest).headDigest);
}
