import { join } from "node:path";
import type { Context } from "../../context.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { isEnvsealError } from "../../errors.ts";
import { settle } from "../../git/index-write.ts";
import { MANIFEST_FILES } from "../../git/objects.ts";
import { gitLines } from "../../git/output.ts";
import { unmergedFiles } from "../../git/unmerged.ts";
import { fromTop } from "../../git/work-tree.ts";
import { readManifest } from "../../project/find.ts";
import { plain, say } from "../../ui/output.ts";
import { openKeyring } from "../../workspace/keyring.ts";
import type { Project } from "../../workspace/project.ts";
import { approveBelowFloor, lowVaults, resealApproved } from "../rotation/reseal.ts";

/** The projects of the work tree whose manifests can be read. */
export function projectsIn(top: string): Project[] {
  const paths = gitLines(top, ["ls-files", "-z", "--full-name", "--", MANIFEST_FILES], { nul: true });
  return [...new Set(paths)].flatMap((path) => {
    try {
      return [readManifest(join(top, path))];
    } catch (error) {
      if (isEnvsealError(error)) return [];
      throw error;
    }
  });
}

interface Low {
  project: Project;
  environment: string;
  paths: string[];
}

/** Vaults from before a rotation that raised the floor, which a merge brought in without a conflict: nothing would open them. */
export function lowIn(top: string, isNamed: (path: string) => boolean): Low[] {
  const unmerged = new Set(unmergedFiles(top).map(({ path }) => path));
  const inTop = ({ root }: Project, path: string) => fromTop(top, join(root, path));
  return projectsIn(top).flatMap((project) => {
    if (unmerged.has(inTop(project, MANIFEST_NAME))) return [];
    const isWanted = (path: string) => isNamed(inTop(project, path)) && !unmerged.has(inTop(project, path));
    const low = [...lowVaults(project, isWanted)];
    return low.map(([environment, paths]) => ({ project, environment, paths }));
  });
}

/** The merge was settled with them in it, so they are sealed as the rest is, once a person has said that they are right. */
export async function sealLow(top: string, isNamed: (path: string) => boolean, context: Context): Promise<void> {
  for (const { project, environment, paths } of lowIn(top, isNamed)) {
    const keyring = openKeyring(project, environment, context);
    await approveBelowFloor(project, keyring, context, (path) => paths.includes(path));
    for (const path of paths) resealApproved(project, keyring, path);
    settle(
      top,
      paths.map((path) => fromTop(top, join(project.root, path))),
    );
    say(context, `${paths.map(plain).join(", ")}: sealed under the active key of ${environment}, v${keyring.active.version}`);
  }
}
