import { entryOf } from "../core/authority-of.ts";
import { withoutAccess } from "../core/fence.ts";
import type { Manifest } from "../core/manifest.ts";
import { oneSided, unionOf } from "../core/union.ts";
import { runGit } from "../git/process.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { manifestsAt } from "./at-commit.ts";
import type { ManifestVersions } from "./merge-manifests.ts";

/**
 * What the sides of a merge go on from, where git has nothing that can be read: where branches met more than once it joins their
 * several bases into one, and what that conflicts in holds markers. Each base is whole in its own commit.
 * @param path from the top
 */
export async function baseOfMerge(top: string, path: string, { ours, theirs }: ManifestVersions): Promise<Manifest | null> {
  const { status, stdout } = runGit(top, ["merge-base", "--all", "HEAD", "MERGE_HEAD"]);
  if (status !== 0 || ours.project !== theirs.project) return null;
  const bases: Manifest[] = [];
  for (const commit of stdout.toString().trim().split("\n")) {
    const manifest = (await manifestsAt(top, commit, [path])).get(path);
    if (manifest?.project === ours.project) bases.push(manifest);
  }
  const [first, ...others] = bases;
  return first === undefined ? null : unionOf([first, ...others]);
}

/**
 * Without a base nobody can tell access that one side gave from access that the other took away: it is not given. An admin can
 * grant it again.
 */
export function withoutDoubtful(merged: Manifest, { base, ours, theirs }: ManifestVersions, context: Context): Manifest {
  if (base !== null) return merged;
  let next = merged;
  for (const environment of Object.keys(merged.environments)) {
    const [own, other] = [entryOf(ours, environment), entryOf(theirs, environment)];
    const names = own === undefined || other === undefined ? [] : oneSided(own, other);
    if (names.length === 0) continue;
    next = withoutAccess(next, environment, names);
    const who = names.map(plain).join(", ");
    say(context, `${environment}: ${who} gets no access: one side has it, the other not, and which is newer cannot be told; envseal grant`);
  }
  return next;
}
