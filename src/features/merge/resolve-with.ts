import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { hasEnvironment } from "../../core/authority/authority-of.ts";
import { environmentOption } from "../../core/authority/environment-option.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { serialiseManifest } from "../../core/manifest/manifest-text.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import { gitLines } from "../../git/output.ts";
import { commitOf as commitOfName, mergeBase, requireCommit } from "../../git/revisions.ts";
import { fromTop } from "../../git/work-tree.ts";
import { withLock } from "../../project/lock.ts";
import { writeAtomic } from "../../project/write.ts";
import { say } from "../../ui/output.ts";
import { manifestsAt } from "../../workspace/at-commit.ts";
import { rememberOwn } from "../../workspace/keyring.ts";
import { openProject } from "../../workspace/project.ts";
import { pastOf } from "./bases.ts";
import { resolveManifest } from "./resolve-manifest.ts";

/**
 * Takes over what another branch decided (who has access, which keys are in force), for branches that are never merged, such as an
 * old release. This branch's vaults and their listings stay.
 * @throws USAGE, NEEDS_ADMIN, and what settling a merge throws
 */
export async function resolveWith(top: string, revision: string, context: Context): Promise<void> {
  const first = openProject(context);
  const place = fromTop(top, realpathSync(first.path));
  const [from, to] = [requireCommit(top, "HEAD"), requireCommit(top, revision)];
  const theirs = (await manifestsAt(top, to, [place])).get(place);
  const before = beforeMergeOf(top, from, to);
  const parting = mergeBase(top, before, to);
  const base = (await manifestsAt(top, parting, [place])).get(place) ?? null;
  if (theirs === undefined)
    throw new EnvsealError("USAGE", `${revision} has no ${place} that can be read`, { hint: "name a branch or commit of this project" });
  await withLock(first.root, context, async () => {
    const project = openProject(context);
    const ours = project.manifest;
    const files = {
      base: base === null ? "" : serialiseManifest(withVaultsOf(ours, base)),
      ours: serialiseManifest(ours),
      theirs: serialiseManifest(withVaultsOf(ours, theirs)),
    };
    const at = { path: project.path, root: project.root, label: place };
    const commits = { ours: [from, `^${to}`], theirs: [to, `^${before}`], bases: [parting] };
    const { manifest, text } = await resolveManifest(at, files, context, (sides) => pastOf(top, place, commits, sides, context));
    if (text === files.ours) return say(context, `${place} has all that ${revision} decided already`);
    writeAtomic(project.root, join(project.root, MANIFEST_NAME), text);
    rememberOwn(manifest, context);
    say(
      context,
      `${place} follows what ${revision} decided; envseal rotate${environmentOption(manifest)} seals the vaults here under the active keys, then commit both`,
    );
  });
}

/**
 * The commit of this branch that the other one was merged into, where it was: what had a part in that merge is compared with where
 * the two parted, and not with the other branch itself. Else the commit that is given.
 */
function beforeMergeOf(top: string, from: string, to: string): string {
  const merged = gitLines(top, ["rev-list", "--first-parent", "--ancestry-path", "--end-of-options", `${to}..${from}`]).at(-1);
  return merged === undefined ? from : (commitOfName(top, `${merged}^1`) ?? from);
}

/** A manifest as if its branch had the vaults of this one. */
function withVaultsOf({ vaults }: Manifest, other: Manifest): Manifest {
  const known = Object.entries(vaults).filter(([, { environment }]) => hasEnvironment(other, environment));
  return { ...other, vaults: Object.fromEntries(known) };
}
