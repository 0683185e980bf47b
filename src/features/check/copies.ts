import { dirname } from "node:path/posix";
import { isCopy, whyBehind } from "../../core/authority/copies.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { Finding } from "../../guard/finding.ts";
import { changeFinding, inspectCopy } from "../../guard/manifest.ts";
import { shellWord } from "../../printable.ts";
import type { Manifests } from "../../workspace/at-commit.ts";
import type { Comparison } from "./scope.ts";

/**
 * Further manifests of a project in one tree. Git and check go by path: whoever adds an older envseal.json in another folder changes
 * none that is there. Each is held against all that what it goes on from has of the project, and against the others of the same tree.
 */

/** @param compared the paths that are held against what stood there already */
export function changesOfCopies(manifests: Manifests, compared: ReadonlySet<string>, { before }: Comparison): Finding[] {
  return [...manifests].flatMap(([path, manifest]) => {
    if (compared.has(path)) return [];
    return [...before.values()].flatMap((earlier) => (isCopy(earlier, manifest) ? inspectCopy(path, earlier, manifest) : []));
  });
}

/** One that only stayed while the other went on is a warning, but where everything is looked at: who takes access away has it made again. */
export function copiesBehind(manifests: Manifests, { before, whole }: Comparison): Finding[] {
  return [...manifests].flatMap(([path, manifest]) => {
    const [behind] = [...manifests].flatMap(([other, there]) => {
      const why = other === path || !isCopy(manifest, there) ? null : whyBehind(manifest, there);
      // Of two lines neither is the copy by itself: the one that lies deeper is told of.
      const isToldThere = why !== null && whyBehind(there, manifest) !== null && !isDeeper(path, other);
      return why === null || isToldThere ? [] : [{ other, why }];
    });
    if (behind === undefined) return [];
    const isWarning = whole !== true && isSame(before.get(path), manifest);
    const folder = shellWord(dirname(path));
    const found = changeFinding(
      path,
      `it is a copy of ${behind.other}, and behind it: ${behind.why}; where it is deployed alone, what was taken away holds`,
      `remove it (git rm -r ${folder}), or where it is a bundle, make it again: envseal bundle ${folder} --yes`,
    );
    return [{ ...found, ...(isWarning && { level: "warning" as const }) }];
  });
}

function isDeeper(path: string, other: string): boolean {
  const [own, its] = [path.split("/").length, other.split("/").length];
  return own === its ? path > other : own > its;
}

function isSame(before: Manifest | undefined, after: Manifest): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}
