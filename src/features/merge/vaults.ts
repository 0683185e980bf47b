import type { Side } from "../../core/merging/merge.ts";
import { emptyVersion, type MergeTarget, mergeOpened } from "../../core/merging/merge-opened.ts";
import { isSameVault, mergeTokens, withMarkers } from "../../core/merging/merge-vault.ts";
import { type OpenedVault, openVault } from "../../core/vault/open-vault.ts";
import { parseVault, serialiseVault, type Vault } from "../../core/vault/vault.ts";
import { isEnvsealError } from "../../errors.ts";
import type { KeyFinder, MergeKeys } from "../../workspace/keyrings-of-sides.ts";

/** One file's three versions, as text; the base is empty where both sides added the file. */
export interface FileVersions {
  base: string;
  ours: string;
  theirs: string;
}

/**
 * What a merge of one file comes to: `merged`; `conflict`, with both sides between markers (null where only git's own text
 * merge can tell them); `why` says what stands in the way, in words for people.
 */
export type MergeResult = { kind: "merged"; text: string } | { kind: "conflict"; text: string | null; why: string };

/** Three-way merge of a vault by name: by its tokens where that is enough, else with the key. */
export function mergeVaultFiles(versions: FileVersions, findKeys: KeyFinder, markerSize: number): MergeResult {
  const sides = parseVersions(versions);
  if ("why" in sides) return { kind: "conflict", text: null, why: sides.why };
  const { base, ours, theirs } = sides;
  if (!isSameVault(ours, theirs)) return { kind: "conflict", text: null, why: "the two sides made a vault of their own each" };
  const keys = findKeys(ours.environment, keyIdsOf(base, ours, theirs));
  const low = keys === null ? [] : cameFromBelowFloor(sides, keys);
  if (keys !== null && low.length > 0) {
    const why = `${low.join(", ")}: ${describeLow(sides, keys)}`;
    return { kind: "conflict", text: withMarkers(versions.ours, versions.theirs, LABELS, markerSize), why };
  }
  const byToken = mergeTokens(base, ours, theirs);
  if (keys === null) {
    if (byToken !== null) return { kind: "merged", text: serialiseVault(byToken) };
    return { kind: "conflict", text: null, why: "both sides changed one place, and no key is at hand to merge it by name" };
  }
  if (byToken !== null && opens(byToken, keys)) return { kind: "merged", text: serialiseVault(byToken) };
  return mergeByName(sides, keys, markerSize);
}

/** What stands beside the markers of a conflict. */
export const LABELS = { ours: "ours", theirs: "theirs" };

interface Sides {
  base: Vault;
  ours: Vault;
  theirs: Vault;
}

export function parseVersions({ base, ours, theirs }: FileVersions): Sides | { why: string } {
  try {
    const our = parseVault(ours, "our side");
    const their = parseVault(theirs, "their side");
    return { base: base === "" ? { ...our, lines: [] } : parseVault(base, "the base"), ours: our, theirs: their };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { why: error.message };
  }
}

export function keyIdsOf(...vaults: readonly Vault[]): Set<string> {
  return new Set(vaults.flatMap((vault) => tokensOf(vault).map(([, token]) => token.keyId)));
}

function tokensOf(vault: Vault) {
  const lines = vault.lines.flatMap((row) =>
    row.kind === "blank" ? [] : [[row.kind === "assignment" ? row.name : "a comment", row.token] as const],
  );
  return [...lines, ["the end line", vault.end] as const];
}

/** What to say of them: nobody is suspected where both sides rotated because it was due. */
export function describeLow({ base, ours, theirs }: Sides, keys: MergeKeys): string {
  return keys.isInDoubt(keyIdsOf(base, ours, theirs))
    ? "sealed under a key older than the floor, or of another line; someone who left may have done it"
    : "sealed under a key of another line: both sides rotated";
}

/** Names of the lines that a side brings in under a key which no current vault may hold: sealed anew, they would be trusted. */
export function cameFromBelowFloor({ base, ours, theirs }: Sides, keys: MergeKeys): string[] {
  const old = new Set(tokensOf(base).map(([, { text }]) => text));
  const low = [ours, theirs].flatMap((side) => tokensOf(side).filter(([, { text, keyId }]) => !old.has(text) && keys.isLow(keyId)));
  return [...new Set(low.map(([name]) => name))];
}

function opens(vault: Vault, keys: MergeKeys): boolean {
  try {
    openVault(vault, keys.of(vault.id));
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

function mergeByName(sides: Sides, keys: MergeKeys, markerSize: number): MergeResult {
  const opened = openVersions(sides, keys);
  if ("why" in opened) return { kind: "conflict", text: null, why: opened.why };
  const target = targetIfDecided(sides.ours, keys);
  if ("why" in target) return { kind: "conflict", text: null, why: target.why };
  const merge = (side: Side) => mergeOpened(opened, target, () => side);
  const ours = merge("ours");
  if (ours === null) return { kind: "conflict", text: null, why: "the merged lines would not read as each line alone" };
  const text = serialiseVault(ours.vault);
  if (ours.conflicts.length === 0) return { kind: "merged", text };
  const theirs = merge("theirs");
  const marked = theirs === null ? null : withMarkers(text, serialiseVault(theirs.vault), LABELS, markerSize);
  return { kind: "conflict", text: marked, why: `both sides changed ${ours.conflicts.join(", ")}` };
}

/** @throws UNCONFIRMED_PIN, OLDER_CHECKOUT where no key may seal */
export function targetOf({ environment, id }: Vault, keys: MergeKeys): MergeTarget {
  const { sealing } = keys;
  return { environment, id, key: sealing.vaultKey(sealing.active.keyId, id), keep: (keyId) => !keys.isLow(keyId) };
}

function targetIfDecided(vault: Vault, keys: MergeKeys): MergeTarget | { why: string } {
  try {
    return targetOf(vault, keys);
  } catch (error) {
    if (isEnvsealError(error)) return { why: error.message };
    throw error;
  }
}

/** Each side opened with every check there is. */
export function openVersions(
  sides: Sides,
  keys: MergeKeys,
): { base: OpenedVault; ours: OpenedVault; theirs: OpenedVault } | { why: string } {
  try {
    const source = keys.of(sides.ours.id);
    const ours = openVault(sides.ours, source, "our side");
    const theirs = openVault(sides.theirs, source, "their side");
    const base = sides.base.lines.length === 0 ? emptyVersion(ours) : openVault(sides.base, source, "the base");
    return { base, ours, theirs };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { why: error.message };
  }
}
