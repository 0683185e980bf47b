import { authorityOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { blobsAt } from "../../git/objects.ts";
import type { Finding } from "../../guard/finding.ts";
import { leftOutFinding } from "../../guard/manifest.ts";
import type { Manifests } from "../../workspace/at-commit.ts";
import { manifestsIn } from "../../workspace/at-commit.ts";
import { isConfirmedRoot } from "../../workspace/root-trust.ts";
import type { Checked, Scope } from "./scope.ts";

/**
 * What a merge among new commits left out of the authority of one of its parents, and the tip does not have either: a role or an
 * environment that was taken away would be back.
 * @param parents of each new commit
 * @param checked what was found before
 */
export async function leftOutByMerges(
  scope: Scope,
  parents: ReadonlyMap<string, readonly string[]>,
  tip: Manifests,
  checked: Pick<Checked, "findings">,
): Promise<Finding[]> {
  const sides = [...new Set([...parents.values()].filter(({ length }) => length > 1).flat())];
  const wanted = sides.flatMap((oid) => [...tip.keys()].map((path) => ({ oid, path })));
  if (wanted.length === 0) return [];
  const paths = new Map<string, string>();
  for (const [index, oid] of blobsAt(scope.top, wanted).entries()) if (oid != null) paths.set(oid, wanted[index]?.path as string);
  const findings: Finding[] = [];
  for (const [oid, path] of paths) {
    const side = (await manifestsIn(scope.top, [{ oid, path }])).get(path);
    const now = tip.get(path);
    if (side !== undefined && now !== undefined && isLeftOut(side, now, scope)) findings.push(leftOutFinding(path, side));
  }
  return findings.filter(({ message }) => !checked.findings.some((one) => one.message === message));
}

/** True where the later manifest's authority lacks what the earlier one's said last; another project's, and another root's, say nothing of it. */
export function isLeftOut(earlier: Manifest, later: Manifest, { roots, context }: Pick<Scope, "roots" | "context">): boolean {
  if (earlier.project !== later.project || authorityOf(later).contains(authorityOf(earlier).headDigest)) return false;
  return !isConfirmedRoot(earlier, later, { pin: null, ...roots, context });
}
