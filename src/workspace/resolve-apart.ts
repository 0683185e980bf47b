import { ownMember } from "../core/authority.ts";
import { authorityOf, entryOf, hasEnvironment, headOf } from "../core/authority-of.ts";
import { withEntry } from "../core/changes.ts";
import { madeApart, withAddedAgain, withEnvironmentOf } from "../core/made-again.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Side } from "../core/merge.ts";
import { withoutRemoved } from "../core/removed-by-side.ts";
import { EnvsealError } from "../errors.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import { describeLeftOut } from "./left-out.ts";
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
  let { base, ours, theirs } = versions;
  const clean = withoutRemoved(versions);
  const lowest = new Map<string, number>();
  for (const { environment, by } of madeApart(versions.base, ours, theirs)) {
    const side = by === "both" ? await pick(`the environment ${environment}, which each of them made: one is taken whole`) : by;
    const [whole, other] = side === "ours" ? [ours, theirs] : [theirs, ours];
    refuseUnlessInForce(environment, whole, other);
    const chosen = withoutLeftOut(whole, environment, side === "ours" ? clean.ours : clean.theirs);
    for (const left of clean.leftOut)
      if (left.side === side && left.environment === environment) say(context, `${plain(label)}: ${plain(describeLeftOut(left))}`);
    base = withoutBase(base, environment);
    const [revision = 0, reached = 0] = [chosen, other].map((manifest) => entryOf(manifest, environment)?.statement.revision);
    const isAbove = (ownMember(headOf(chosen).environments, environment)?.lowest ?? 0) > reached;
    if (!isAbove) lowest.set(environment, Math.max(revision, reached) + 1);
    [ours, theirs] = [ours, theirs].map((manifest) => withEnvironmentOf(manifest, chosen, environment)) as [Manifest, Manifest];
    const what = `${environment} is the one of ${side}: what the other one held has to be set again, and access to it granted`;
    say(context, `${plain(label)}: ${what}`);
  }
  return { versions: { ...versions, base, ours, theirs }, lowest };
}

/** @throws DIVERGED where somebody signed on one side who decides nothing on the other: what they made is nobody's to take whole */
function refuseUnlessInForce(environment: string, chosen: Manifest, other: Manifest): void {
  const known = authorityOf(other);
  const since = authorityOf(chosen).statements.filter((_, index) => !known.contains(authorityOf(chosen).digests[index] as string));
  const signed = [...since, ...(entryOf(chosen, environment) === undefined ? [] : [entryOf(chosen, environment)?.statement])];
  for (const statement of signed) {
    const name = Object.keys(statement?.signatures ?? {})[0] ?? "";
    const [here, there] = [headOf(chosen), headOf(other)].map(({ admins }) => ownMember(admins, name)?.signer);
    if (here !== undefined && here === there) continue;
    throw new EnvsealError("DIVERGED", `${environment} was made by ${name}, who is no admin on the other side`, {
      hint: "git merge --abort; what is wanted of that branch is done again with commands on the other one",
    });
  }
}

/** The manifest with the environment as far as the other side removed nobody from it. */
function withoutLeftOut(manifest: Manifest, environment: string, clean: Manifest): Manifest {
  const access = entryOf(clean, environment)?.access;
  return access === undefined ? manifest : withEntry(manifest, environment, { access });
}

/** What both go on from, without the environment: of another one of that name nobody was removed. */
function withoutBase(base: Manifest | null, environment: string): Manifest | null {
  if (base === null) return null;
  const { [environment]: _, ...environments } = base.environments;
  return { ...base, environments };
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
