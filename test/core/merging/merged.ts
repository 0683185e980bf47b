import { expect } from "vitest";
import type { Environment, Manifest } from "../../../src/core/authority/manifest.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { type MergedManifest, mergeManifests, type Unsigned } from "../../../src/core/merging/merge-manifest.ts";
import { keyOf, Ring } from "../../support/keyring-builder.ts";

export const base = Ring.start().grant("ada", 11).grant("bob", 12);
export const LATER = "2026-03-01T00:00:00Z";

export function merge(
  ours: Manifest,
  theirs: Manifest,
  from: Manifest | null = base.manifest,
  prefer?: (what: string) => "ours" | "theirs",
) {
  const merged = mergeManifests({ base: from, ours, theirs }, prefer);
  expect(merged).not.toBeNull();
  return merged as MergedManifest;
}

/** Both ways round: what a merge leaves must not depend on who merges. */
export function bothWays(a: Ring | Manifest, b: Ring | Manifest, check: (merged: MergedManifest, turn: "ours" | "theirs") => void): void {
  const [x, y] = [a, b].map((side) => (side instanceof Ring ? side.manifest : side)) as [Manifest, Manifest];
  check(merge(x, y), "ours");
  check(merge(y, x), "theirs");
}

export const environment = ({ manifest }: MergedManifest) => manifest.environments.default as Environment;
export const unsignedOf = ({ unsigned }: MergedManifest) => unsigned[0] as Unsigned;
export const opens = (manifest: Manifest, seed: number) => new Keyring(manifest, "default", keyOf(seed));
/** What has to be made anew of the environment, beside what is named. */
export const needs = (parts: Partial<Unsigned>): Unsigned => ({
  ...{ environment: "default", lead: "ours", statement: false, settings: false, vaults: [], waiting: [] },
  ...parts,
});
