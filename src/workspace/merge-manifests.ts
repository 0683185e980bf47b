import { randomBytes } from "node:crypto";
import { wrapKey } from "../age/wrap.ts";
import { type Manifest, parseManifest, serialiseManifest } from "../core/manifest.ts";
import { manifestChanges } from "../core/manifest-diff.ts";
import type { Side } from "../core/merge.ts";
import { type MergedManifest, mergeManifests, type Unsigned } from "../core/merge-manifest.ts";
import { genuineGrants, joinForks, type SideKeys, signMerged, whyNotSigned } from "../core/sign-merge.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import type { Context } from "../ui/context.ts";
import { now } from "./environments.ts";
import { unlockAtHand } from "./key-at-hand.ts";
import { leadsTo, openSide } from "./merge-keys.ts";
import type { FileVersions, MergeResult } from "./merge-vaults.ts";

export interface ManifestVersions {
  base: Manifest | null;
  ours: Manifest;
  theirs: Manifest;
}

/** @throws MALFORMED_MANIFEST and the like, naming the side */
export function parseManifests({ base, ours, theirs }: FileVersions): ManifestVersions {
  return {
    base: base === "" ? null : parseManifest(base, "the base's manifest"),
    ours: parseManifest(ours, "our side's manifest"),
    theirs: parseManifest(theirs, "their side's manifest"),
  };
}

/** What git's merge driver does: whatever needs nobody's decision. What needs one is a conflict, for `envseal resolve`. */
export async function mergeManifestFiles(files: FileVersions, context: Context): Promise<MergeResult> {
  try {
    const versions = parseManifests(files);
    const merged = mergeManifests(versions.base, versions.ours, versions.theirs);
    const why = merged === null ? "the two sides are of two projects" : whyNot(merged, versions, context);
    if (merged === null || why !== null) return { kind: "conflict", text: null, why: why ?? "" };
    let { manifest } = merged;
    for (const unsigned of merged.unsigned)
      manifest = await sign(manifest, unsigned, openSides(versions, unsigned.environment, context) as SideKeys);
    const text = serialiseManifest(manifest);
    parseManifest(text);
    const broken = notAuthentic(manifest, versions, context);
    return broken === null ? { kind: "merged", text } : { kind: "conflict", text: null, why: broken };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { kind: "conflict", text: null, why: error.message };
  }
}

function whyNot({ conflicts, unsigned }: MergedManifest, versions: ManifestVersions, context: Context): string | null {
  if (conflicts.length > 0) return `both sides changed ${conflicts.join(", ")}`;
  for (const part of unsigned) {
    const keys = openSides(versions, part.environment, context);
    if (keys === null) return `both sides changed ${part.environment}, and no key of it is at hand to sign the result`;
    const why = whyNotSigned(part, keys);
    if (why !== null) return why;
  }
  return null;
}

/** Both sides of an environment, opened; null where the key at hand does not open both, or the pin forbids it. */
export function openSides({ ours, theirs }: ManifestVersions, environment: string, context: Context): SideKeys | null {
  const first = openSide(ours, environment, [], context);
  const second = openSide(theirs, environment, first === null ? [] : [first], context);
  const again = first ?? (second === null ? null : openSide(ours, environment, [second], context));
  return again === null || second === null ? null : { ours: again, theirs: second };
}

/** The manifest with one environment signed by the active key of the side that is ahead. */
export async function sign(manifest: Manifest, unsigned: Unsigned, keys: SideKeys): Promise<Manifest> {
  const [leader, other] = unsigned.lead === "theirs" ? [keys.theirs, keys.ours] : [keys.ours, keys.theirs];
  if (!leadsTo(leader, other))
    throw new EnvsealError(
      "PIN_MISMATCH",
      `no link leads from ${unsigned.lead === "theirs" ? "their" : "our"} key of ${unsigned.environment} to the other side's`,
      {
        hint: "it was destroyed there, or the manifest is forged: compare pins with a teammate (envseal status)",
      },
    );
  const wrapped = await wrapFor(leader.dataKey(leader.active.keyId, "the active key"), manifest, genuineGrants(unsigned, keys, manifest));
  return signMerged(manifest, unsigned, keys, wrapped);
}

/** A third key for an environment that both sides rotated. @returns also whether the floor has to be raised to it at last */
export async function joinRotations(
  manifest: Manifest,
  unsigned: Unsigned,
  keys: SideKeys,
  base: Manifest | null,
): Promise<{ manifest: Manifest; raise: boolean }> {
  const dataKey = randomBytes(32);
  const names = genuineGrants(unsigned, keys, manifest);
  if (names.length === 0)
    throw new EnvsealError("USAGE", `nobody would be left who can open ${unsigned.environment}`, {
      hint: "take one side's manifest whole",
    });
  const wrapped = await wrapFor(dataKey, manifest, names);
  const nonces = { ours: randomBytes(12), theirs: randomBytes(12) };
  const floor = base?.environments[unsigned.environment]?.floor ?? keys.ours.entry.floor;
  return joinForks(manifest, unsigned, keys, { dataKey, nonces, at: now(), wrapped }, floor);
}

async function wrapFor(dataKey: Uint8Array, manifest: Manifest, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  const wrapped = new Map<string, Uint8Array>();
  for (const name of names) wrapped.set(name, await wrapKey(dataKey, manifest.recipients[name]?.recipient as string));
  return wrapped;
}

const INTEGRITY = new Set(["FORGED_MANIFEST", "FORGED_ACCESS", "WRONG_KEY", "PIN_MISMATCH"]);

/** What our side opened before and the merged manifest does not, though access to it is still there. */
function notAuthentic(merged: Manifest, { ours }: ManifestVersions, context: Context): string | null {
  for (const environment of Object.keys(merged.environments)) {
    if (openSide(ours, environment, [], context) === null) continue;
    try {
      unlockAtHand(merged, environment, context);
    } catch (error) {
      if (!isEnvsealError(error)) throw error;
      if (INTEGRITY.has(error.code)) return error.message;
    }
  }
  return null;
}

/** What signing would make trusted: what the side that is not ahead did to the environment since the base, in words. */
export function describeUnsigned({ environment, lead, grants, vaults }: Unsigned, { base, ours, theirs }: ManifestVersions): string[] {
  const sides: Side[] = lead === "fork" ? ["ours", "theirs"] : [lead === "ours" ? "theirs" : "ours"];
  return sides.flatMap((side) => {
    const manifest = side === "ours" ? ours : theirs;
    const changes = base === null ? [] : manifestChanges(base, manifest).filter((change) => change.environment === environment);
    return [
      ...changes.map(({ text }) => `${side}: ${text}`),
      ...newAccess(base, manifest, environment).map(
        (name) => `${side}: access for ${name} (${manifest.recipients[name]?.recipient ?? "?"})`,
      ),
      ...(lead === "fork"
        ? []
        : grants.filter((name) => !newAccess(base, manifest, environment).includes(name)).map((name) => `${side}: access for ${name}`)),
      ...vaults
        .filter((path) => Object.hasOwn(manifest.vaults, path) && !Object.hasOwn(base?.vaults ?? {}, path))
        .map((path) => `${side}: the vault ${path}`),
    ];
  });
}

/** Who was given access, or is somebody else under the same name. */
function newAccess(base: Manifest | null, manifest: Manifest, environment: string): string[] {
  const before = base?.environments[environment]?.access ?? {};
  const replaced = (name: string) => base?.recipients[name]?.recipient !== manifest.recipients[name]?.recipient;
  return Object.keys(manifest.environments[environment]?.access ?? {}).filter((name) => !Object.hasOwn(before, name) || replaced(name));
}
