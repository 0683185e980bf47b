import type { Context } from "../../context.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { Sides } from "../../core/merging/removed-by-side.ts";
import { unionOf } from "../../core/merging/union.ts";
import { blobsOf, MANIFEST_FILES } from "../../git/objects.ts";
import { runGit } from "../../git/process.ts";
import { say } from "../../ui/output.ts";
import { manifestsAt, manifestsIn } from "../../workspace/at-commit.ts";
import type { ManifestVersions } from "./manifests.ts";

/** What the sides of a merge go on from, and what the commits that each of them alone has made of it. */
export interface Past {
  base: Manifest | null;
  lines: NonNullable<Sides["lines"]>;
  earlier: readonly Manifest[];
}

/** Versions of each side that are looked at. */
const MOST = 128;

/**
 * What the sides of a merge go on from, where git has nothing that can be read: where branches met more than once it joins their
 * several bases into one, and what that conflicts in holds markers. Each base is whole in its own commit. Nothing in a rebase, a
 * cherry-pick or a revert, whose base is the file's own.
 * @param path from the top
 */
export async function pastOfMerge(top: string, path: string, sides: ManifestVersions, context: Context): Promise<Past> {
  const { status, stdout } = runGit(top, ["merge-base", "--all", "HEAD", "MERGE_HEAD"]);
  const bases = status === 0 ? stdout.toString().trim().split("\n") : [];
  return pastOf(top, path, { ours: ["HEAD", "^MERGE_HEAD"], theirs: ["MERGE_HEAD", "^HEAD"], bases }, sides, context);
}

/** @param commits for git log, what each side alone has; and where they parted, where they did */
export async function pastOf(
  top: string,
  path: string,
  { ours, theirs, bases: at }: Record<"ours" | "theirs" | "bases", readonly string[]>,
  sides: Pick<ManifestVersions, "ours" | "theirs">,
  context: Context,
): Promise<Past> {
  if (at.length === 0 || sides.ours.project !== sides.theirs.project) return { base: null, lines: { ours: [], theirs: [] }, earlier: [] };
  const bases: Manifest[] = [];
  for (const commit of at) {
    const manifest = (await manifestsAt(top, commit, [path])).get(path);
    if (manifest?.project === sides.ours.project) bases.push(manifest);
  }
  const line = async (range: readonly string[]) => [...bases, ...(await lineOf(top, sides.ours.project, range, context))];
  const lines = { ours: await line(ours), theirs: await line(theirs) };
  const [first, ...others] = bases;
  // Several bases may have signed an entry each: which of them is the old one is not told by that.
  const earlier = bases.length > 1 ? [] : await lineOf(top, sides.ours.project, at, context);
  return { base: first === undefined ? null : unionOf([first, ...others]), lines, earlier };
}

/** What the commits that one side alone has made of the project's manifest, the newest first, wherever it stood. */
async function lineOf(top: string, project: string, range: readonly string[], context: Context): Promise<Manifest[]> {
  const versions = blobsOf(top, range, MANIFEST_FILES);
  if (versions.length > MOST)
    say(context, `of ${range[0]}, only the last ${MOST} versions of envseal.json were looked at for whose access was taken away again`);
  const entries = versions.slice(0, MOST).map(({ oid }) => ({ path: oid, oid }));
  return [...(await manifestsIn(top, entries)).values()].filter((manifest) => manifest.project === project);
}
