import type { Manifest } from "../../core/authority/manifest.ts";
import { lostFrom } from "../../core/manifest/manifest-diff.ts";
import type { Finding } from "../../guard/finding.ts";
import { inspectChange, leftOutFinding, lossFinding } from "../../guard/manifest.ts";
import { shellWord } from "../../printable.ts";
import type { Manifests } from "../../workspace/at-commit.ts";
import { isConfirmedRoot } from "../../workspace/root-trust.ts";
import { changesOfCopies, copiesBehind } from "./copies.ts";
import { isLeftOut } from "./merges.ts";
import type { Comparison, Scope } from "./scope.ts";

export function hasProject(manifests: Manifests, { project }: Manifest): boolean {
  return [...manifests.values()].some((other) => other.project === project);
}

/** Of the same project, wherever it stood; else what stood in the same place. */
export function earlierOf(before: Manifests, path: string, { project }: Manifest): Manifest | null {
  const same = before.get(path);
  if (same?.project === project) return same;
  return [...before.values()].find((other) => other.project === project) ?? same ?? null;
}

/** @param unreadable what is no manifest though it has the name of one is another rule's finding */
export function changesOf(manifests: Manifests, unreadable: ReadonlySet<string>, comparison: Comparison, scope: Scope): Finding[] {
  const { before, parents = [] } = comparison;
  const findings = new Map<string, Finding>();
  const compared = new Set<string>();
  const compare = (earlier: Manifests, changes: (path: string, one: Manifest, other: Manifest) => Finding[]) => {
    for (const [path, one] of earlier) {
      const [place, other] = laterOf(manifests, path, one) ?? [];
      const isLost = place === undefined || other === undefined;
      if (!isLost) compared.add(place);
      if (isLost && unreadable.has(path)) continue;
      // What another root signed is no measure for the one that is trusted.
      if (!isLost && isConfirmedRoot(one, other, { pin: null, ...scope.roots, context: scope.context })) continue;
      for (const finding of isLost ? [deletedManifest(path)] : changes(place, one, other)) findings.set(finding.message, finding);
    }
  };
  compare(before, inspectChange);
  for (const finding of [...changesOfCopies(manifests, compared, comparison), ...copiesBehind(manifests, comparison)])
    findings.set(finding.message, finding);
  const losses = (path: string, one: Manifest, other: Manifest) => lostFrom(one, other).map(({ text }) => lossFinding(path, text));
  for (const parent of parents)
    compare(parent, (path, one, other) => [
      ...(isLeftOut(one, other, scope) ? [leftOutFinding(path, one)] : []),
      ...losses(path, one, other),
    ]);
  return [...findings.values()];
}

function laterOf(manifests: Manifests, path: string, { project }: Manifest): [path: string, manifest: Manifest] | undefined {
  const same = manifests.get(path);
  if (same?.project === project) return [path, same];
  return [...manifests].find(([, other]) => other.project === project) ?? (same === undefined ? undefined : [path, same]);
}

/** Without the manifest nothing of a project opens, and nothing of it is checked. */
export function deletedManifest(path: string): Finding {
  return {
    rule: "manifest-change",
    path,
    message: `${path} was deleted: none of its vaults would open`,
    fix: `bring it back: git checkout HEAD -- ${shellWord(path)}`,
  };
}
