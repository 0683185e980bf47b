import type { Context } from "../../context.ts";
import { type AuthorityStatement, ownMember } from "../../core/authority/authority.ts";
import { authorityOf, entryOf, hasEnvironment, headOf, scopeOf } from "../../core/authority/authority-of.ts";
import { environmentProblem } from "../../core/authority/environment-statement.ts";
import { madeApart, withAddedAgain, withEnvironmentOf } from "../../core/authority/made-again.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { withEntry } from "../../core/keys/manifest-edits.ts";
import type { Side } from "../../core/merging/merge.ts";
import { withoutRemoved } from "../../core/merging/removed-by-side.ts";
import { EnvsealError } from "../../errors.ts";
import { plain, say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import type { MergeHand } from "./hand.ts";
import { describeLeftOut } from "./left-out.ts";
import type { ManifestVersions } from "./manifests.ts";

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
  const { statements, digests } = authorityOf(chosen);
  const common = statements.filter((_, index) => authorityOf(other).contains(digests[index] as string));
  const since = statements.filter((statement) => !common.includes(statement));
  const signed = [...since, ...(entryOf(chosen, environment) === undefined ? [] : [entryOf(chosen, environment)?.statement])];
  for (const statement of signed) {
    const name = Object.keys(statement?.signatures ?? {})[0] ?? "";
    const [here, there] = [headOf(chosen), headOf(other)].map(({ admins }) => ownMember(admins, name)?.signer);
    if (here !== undefined && here === there) continue;
    if (!since.includes(statement as AuthorityStatement) && rotatesStill(environment, name, { chosen, other, common })) continue;
    throw new EnvsealError("DIVERGED", `${environment} was made by ${name}, who decides nothing on the other side`, {
      hint: `git merge --abort; on that branch an admin of both signs it again (envseal rotate -e ${environment}), or what is wanted of it is done again with commands on the other one`,
    });
  }
}

/** True for a rotator's statement of the environment, where admins who are checked by then gave that right, and the other side took it from nobody. */
function rotatesStill(
  environment: string,
  name: string,
  { chosen, other, common }: { chosen: Manifest; other: Manifest; common: readonly AuthorityStatement[] },
): boolean {
  const statement = entryOf(chosen, environment)?.statement;
  const signer = ownMember(headOf(chosen).rotators, name)?.signer;
  if (statement === undefined || signer === undefined) return false;
  if (environmentProblem(headOf(chosen), scopeOf(chosen, environment), statement) !== null) return false;
  const has = ({ rotators }: AuthorityStatement) => ownMember(rotators, name)?.signer === signer;
  return has(headOf(other)) || !common.some(has);
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
