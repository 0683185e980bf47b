import { randomBytes } from "node:crypto";
import { mayDecide, type Unlocked } from "../../age/unlock.ts";
import { wrapKey } from "../../age/wrap.ts";
import type { Context } from "../../context.ts";
import { entryOf, environmentNames, environmentOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { verifySince } from "../../core/authority/trust.ts";
import { manifestChanges } from "../../core/manifest/manifest-diff.ts";
import { manifestIn, parseManifest } from "../../core/manifest/manifest-text.ts";
import type { Side } from "../../core/merging/merge.ts";
import { type MergedManifest, mergeManifests, type Unsigned } from "../../core/merging/merge-manifest.ts";
import { type Sides, withoutRemoved } from "../../core/merging/removed-by-side.ts";
import { joinForks, namesToWrap, type SideKeys, signMerged, whyNotSigned } from "../../core/merging/sign-merge.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { now } from "../../system/clock.ts";
import { refuseUndecided } from "../../workspace/keyring.ts";
import { leadsTo, openSide } from "../../workspace/keyrings-of-sides.ts";
import { manifestText } from "../../workspace/manifest.ts";
import { unlockAtHand } from "../../workspace/unlock-at-hand.ts";
import { whyNotLeftOut } from "./left-out.ts";
import { leftOver } from "./left-over.ts";
import type { FileVersions, MergeResult } from "./vaults.ts";

export type ManifestVersions = Sides;

/**
 * Checks what each side's authority has and the other's lacks: what a merge takes over is signed.
 * @throws FORGED_MANIFEST, PIN_MISMATCH where the two have nothing in common
 */
export function verifySides({ ours, theirs }: ManifestVersions): void {
  if (ours.project !== theirs.project) return;
  verifySince(ours, theirs);
  verifySince(theirs, ours);
}

/**
 * The base is null where there is none that can be read: git's own merge of several may have left markers in it.
 * @throws MALFORMED_MANIFEST and the like, naming the side
 */
export function parseSides({ base, ours, theirs }: FileVersions): ManifestVersions {
  const sides = { ours: parseManifest(ours, "our side's manifest"), theirs: parseManifest(theirs, "their side's manifest") };
  const common = manifestIn(Buffer.from(base));
  return { base: common?.project === sides.ours.project ? common : null, ...sides };
}

/**
 * What git's merge driver does: whatever needs nobody's decision and nobody's signature. What needs one is a conflict, for
 * `envseal resolve`.
 */
export async function mergeManifestFiles(files: FileVersions, context: Context): Promise<MergeResult> {
  try {
    const versions = parseSides(files);
    verifySides(versions);
    if (versions.base === null && files.base !== "") return { kind: "conflict", text: null, why: NO_BASE };
    const merged = mergeManifests(versions);
    const why = merged === null ? "the two sides are of two projects" : whyNot(merged, versions, context);
    if (merged === null || why !== null) return { kind: "conflict", text: null, why: why ?? "" };
    let { manifest } = merged;
    for (const unsigned of merged.unsigned) {
      const sides = openSides(versions, unsigned.environment, context);
      // Without a key, entries wait for it.
      if (sides !== null) manifest = await sign(manifest, unsigned, sides, null);
    }
    const text = manifestText(manifest);
    const broken = notCounting(manifest, versions) ?? notAuthentic(manifest, versions, context);
    return broken === null ? { kind: "merged", text } : { kind: "conflict", text: null, why: broken };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { kind: "conflict", text: null, why: error.message };
  }
}

const NO_BASE = "what both sides go on from cannot be read: the branches have met more than once";

function whyNot({ conflicts, unsigned, parted, leftOut }: MergedManifest, versions: ManifestVersions, context: Context): string | null {
  if (conflicts.length > 0) return `both sides changed ${conflicts.join(", ")}`;
  if (parted) return "both sides changed the authority: who decides, which environments there are, or from where on they count";
  const left = whyNotLeftOut(leftOut);
  if (left !== null) return left;
  for (const part of unsigned) {
    if (part.statement)
      return part.lead === "fork" ? `both sides rotated ${part.environment}` : `both sides changed the keys of ${part.environment}`;
    if (!part.settings && part.vaults.length === 0) continue;
    const sides = openSides(versions, part.environment, context);
    if (sides === null) return `both sides changed ${part.environment}, and no key of it is at hand to vouch for the result`;
    const why = whyNotSigned(part, keysOf(sides));
    if (why !== null) return why;
  }
  return null;
}

/** Both sides of an environment, opened. */
export type OpenSides = Record<Side, Unlocked>;

export function keysOf({ ours, theirs }: OpenSides): SideKeys {
  return { ours: ours.keyring, theirs: theirs.keyring };
}

/** Null where the key at hand does not open both, or one of them cannot be trusted. */
export function openSides({ ours, theirs }: ManifestVersions, environment: string, context: Context): OpenSides | null {
  const [own, other] = [openSide(ours, environment, context), openSide(theirs, environment, context)];
  return own === null || other === null ? null : { ours: own, theirs: other };
}

/**
 * The manifest with one environment made authentic by the active key of the side that is ahead, and by `signer` where it takes one.
 * @param allowsOlder true where a person says that what is newer than both sides was thrown away
 * @throws PIN_MISMATCH; UNCONFIRMED_PIN, OLDER_CHECKOUT where that side is for reading alone
 */
export async function sign(
  manifest: Manifest,
  unsigned: Unsigned,
  sides: OpenSides,
  signer: StatementSigner | null,
  allowsOlder = false,
): Promise<Manifest> {
  const [ahead, behind] = unsigned.lead === "theirs" ? [sides.theirs, sides.ours] : [sides.ours, sides.theirs];
  refuseUndecided(ahead, allowsOlder && !mayDecide(behind));
  const keys = keysOf(sides);
  const [leader, other] = unsigned.lead === "theirs" ? [keys.theirs, keys.ours] : [keys.ours, keys.theirs];
  if (!leadsTo(leader, other))
    throw new EnvsealError(
      "PIN_MISMATCH",
      `no link leads from ${unsigned.lead === "theirs" ? "their" : "our"} key of ${unsigned.environment} to the other side's`,
      {
        hint: "it was destroyed there, or the manifest is forged: compare pins with a teammate (envseal status)",
      },
    );
  const dataKey = leader.dataKey(leader.active.keyId, "the active key");
  const wrapped = await wrapFor(dataKey, manifest, unsigned.environment, namesToWrap(unsigned, keys, manifest));
  return signMerged(manifest, unsigned, keys, { signer, wrapped });
}

/** A third key for an environment that both sides rotated. @throws UNCONFIRMED_PIN, OLDER_CHECKOUT where both are for reading alone */
export async function joinRotations(
  manifest: Manifest,
  unsigned: Unsigned,
  sides: OpenSides,
  base: Manifest | null,
  signer: StatementSigner,
  allowsOlder = false,
): Promise<Manifest> {
  refuseUndecided(mayDecide(sides.theirs) ? sides.theirs : sides.ours, allowsOlder);
  const keys = keysOf(sides);
  const { environment } = unsigned;
  const dataKey = randomBytes(32);
  const names = namesToWrap(unsigned, keys, manifest);
  if (names.length === 0)
    throw new EnvsealError("USAGE", `nobody would be left who can open ${environment}`, {
      hint: "take one side's manifest whole",
    });
  const wrapped = await wrapFor(dataKey, manifest, environment, names);
  const nonces = { ours: randomBytes(12), theirs: randomBytes(12) };
  const floor = (base === null ? undefined : entryOf(base, environment)?.statement.floor) ?? keys.ours.statement.floor;
  return joinForks(manifest, unsigned, keys, { dataKey, nonces, at: now(), wrapped, signer }, floor);
}

async function wrapFor(
  dataKey: Uint8Array,
  manifest: Manifest,
  environment: string,
  names: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const { access } = environmentOf(manifest, environment);
  const wrapped = new Map<string, Uint8Array>();
  for (const name of names) wrapped.set(name, await wrapKey(dataKey, access[name]?.recipient as string));
  return wrapped;
}

/** What one side's admins signed and the other side's took the ground from: an admin looks at it, and signs it again. */
function notCounting(merged: Manifest, versions: ManifestVersions): string | null {
  const [first] = leftOver(merged, versions);
  if (first === undefined) return null;
  const names = [...first.names, ...first.doubtful];
  const what = first.problem === null ? `access for ${names.join(", ")} to` : "the keys of";
  return `${what} ${first.environment} does not count any more since the other side took access or a right away: an admin has to sign it again`;
}

const INTEGRITY = new Set(["FORGED_MANIFEST", "FORGED_ACCESS", "WRONG_KEY", "PIN_MISMATCH"]);

/** What our side opened before and the merged manifest does not, though access to it is still there. */
function notAuthentic(merged: Manifest, { ours }: ManifestVersions, context: Context): string | null {
  for (const environment of environmentNames(merged)) {
    if (openSide(ours, environment, context) === null) continue;
    try {
      unlockAtHand(merged, environment, context, true);
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      if (INTEGRITY.has(error.code)) return error.message;
    }
  }
  return null;
}

/** What signing would make trusted: what the side that is not ahead did to the environment since the base, in words. */
export function describeUnsigned({ environment, lead, waiting, vaults }: Unsigned, versions: ManifestVersions): string[] {
  const { base, ours, theirs } = withoutRemoved(versions);
  const sides: Side[] = lead === "fork" ? ["ours", "theirs"] : [lead === "ours" ? "theirs" : "ours"];
  return sides.flatMap((side) => {
    const manifest = side === "ours" ? ours : theirs;
    const changes = base === null ? [] : manifestChanges(base, manifest).filter((change) => change.environment === environment);
    const access = entryOf(manifest, environment)?.access ?? {};
    return [
      ...changes.map(({ text }) => `${side}: ${text}`),
      ...waiting.filter((name) => Object.hasOwn(access, name)).map((name) => `${side}: access for ${name} (${access[name]?.recipient})`),
      ...vaults
        .filter((path) => Object.hasOwn(manifest.vaults, path) && !Object.hasOwn(base?.vaults ?? {}, path))
        .map((path) => `${side}: the vault ${path}`),
    ];
  });
}
