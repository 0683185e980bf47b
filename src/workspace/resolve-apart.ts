import { ownMember } from "../core/authority.ts";
import { entryOf, hasEnvironment, headOf } from "../core/authority-of.ts";
import { madeApart, withAddedAgain, withEnvironmentOf } from "../core/made-again.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Side } from "../core/merge.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import type { ManifestVersions } from "./merge-manifests.ts";
import type { MergeHand } from "./resolve-authority.ts";

export interface OneOfTwo {
  /** The two sides, each with the environments that were chosen. */
  versions: ManifestVersions;
  /** By environment whose other one could be put back, the revision that nothing of either side reaches. */
  lowest: Map<string, number>;
}

/**
 * Of two environments of one name, which have no key in common, one is taken whole: where one side removed it and made it again,
 * that one; where both made one, the one that somebody chooses.
 */
export async function chooseWhole(
  versions: ManifestVersions,
  pick: (conflict: string) => Promise<Side>,
  label: string,
  context: Context,
): Promise<OneOfTwo> {
  let { ours, theirs } = versions;
  const lowest = new Map<string, number>();
  for (const { environment, by } of madeApart(versions.base, ours, theirs)) {
    const side = by === "both" ? await pick(`the environment ${environment}, which each of them made: one is taken whole`) : by;
    const [chosen, other] = side === "ours" ? [ours, theirs] : [theirs, ours];
    const [revision = 0, reached = 0] = [chosen, other].map((manifest) => entryOf(manifest, environment)?.statement.revision);
    const isAbove = (ownMember(headOf(chosen).environments, environment)?.lowest ?? 0) > reached;
    if (!isAbove) lowest.set(environment, Math.max(revision, reached) + 1);
    if (side === "ours") theirs = withEnvironmentOf(theirs, ours, environment);
    else ours = withEnvironmentOf(ours, theirs, environment);
    const what = `${environment} is the one of ${side}: what the other one held has to be set again, and access to it granted`;
    say(context, `${plain(label)}: ${what}`);
  }
  return { versions: { ...versions, ours, theirs }, lowest };
}

/** The manifest in which an admin of both sides says that nothing of the other environments counts. @throws NEEDS_ADMIN */
export async function addedAgain(
  manifest: Manifest,
  lowest: ReadonlyMap<string, number>,
  { ours, theirs }: ManifestVersions,
  hand: MergeHand,
  context: Context,
): Promise<Manifest> {
  const left = new Map([...lowest].filter(([environment]) => hasEnvironment(manifest, environment)));
  if (left.size === 0) return manifest;
  const signer = await hand.adminOf(ours, theirs);
  await confirm(context, `sign that nothing of the other ${[...left.keys()].map(plain).join(", ")} counts any more?`);
  return withAddedAgain(manifest, left, signer);
}
