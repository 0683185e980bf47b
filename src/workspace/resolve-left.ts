import { dirname } from "node:path";
import { serialiseManifest } from "../core/manifest.ts";
import { settle } from "../git/index-write.ts";
import { unmergedFiles } from "../git/unmerged.ts";
import { readManifest } from "../project/find.ts";
import { writeAtomic } from "../project/write.ts";
import type { Context } from "../ui/context.ts";
import { plain, say } from "../ui/output.ts";
import { fromTop } from "./history.ts";
import { rememberOwn } from "./keyring.ts";
import { leftInPlace } from "./left-over.ts";
import type { Project } from "./project.ts";
import { MergeHand, signLeftOver } from "./resolve-authority.ts";
import { projectsIn } from "./resolve-low.ts";
import { requireTrusted } from "./signing.ts";

/** The projects of the work tree in which a merge without the driver left something that nobody with the right has signed. */
export function projectsLeft(top: string): Project[] {
  const unmerged = new Set(unmergedFiles(top).map(({ path }) => path));
  return projectsIn(top).filter(({ path, manifest }) => !unmerged.has(fromTop(top, path)) && leftInPlace(manifest).length > 0);
}

/**
 * Has it signed again, once somebody has looked at it.
 * @returns how many manifests were
 * @throws NEEDS_ADMIN, NEEDS_CONFIRMATION, and what trusting the manifest throws
 */
export async function settleLeft(top: string, context: Context): Promise<number> {
  const left = projectsLeft(top);
  for (const { path } of left) {
    const project = readManifest(path);
    const { manifest, root } = project;
    requireTrusted(project, context);
    const label = fromTop(top, path);
    const hand = new MergeHand({ path, root, label }, { base: null, ours: manifest, theirs: manifest }, context);
    const next = await signLeftOver(manifest, leftInPlace(manifest), hand, { path, root, label }, context);
    writeAtomic(dirname(path), path, serialiseManifest(next));
    settle(top, [label]);
    rememberOwn(next, context);
    say(context, `${plain(label)}: signed again`);
  }
  return left.length;
}
