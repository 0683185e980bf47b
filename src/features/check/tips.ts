import { append } from "../../core/append.ts";
import { isManifest } from "../../core/names.ts";
import { blobsAtTree } from "../../git/blobs.ts";
import { changedBetween, MANIFEST_FILES, VAULT_FILES } from "../../git/objects.ts";
import { commitOf, independentOf } from "../../git/revisions.ts";
import { manifestsAt } from "../../workspace/at-commit.ts";
import { leftOutByMerges } from "./merges.ts";
import type { Found } from "./range.ts";
import type { Checked, Scope } from "./scope.ts";
import { checkTree } from "./tree.ts";
import { VaultChanges } from "./vault-changes.ts";
import { isVaultOrManifest } from "./vaults.ts";

export interface Ref {
  oid: string;
  name: string;
  /** Where it stood, where that commit is here. */
  from?: string;
}

/**
 * What refs are about to lead to: of each commit the vaults and manifests that the way there has touched, and what they were where
 * the ref stood and in the commits that the new ones go on from. What stands in between was looked at as files.
 */
export async function checkTips(scope: Scope, refs: readonly Ref[], news: Found, checked: Checked): Promise<void> {
  const touched = new Set([...news.paths, ...news.removed].filter((path) => isVaultOrManifest({ path })));
  const tips = new Map<string, Ref>();
  for (const ref of refs) {
    const commit = news.parents.has(ref.oid) ? ref.oid : commitOf(scope.top, ref.oid);
    if (commit !== null) tips.set(commit, ref);
  }
  for (const [to, { from }] of tips) {
    const { first, others } = grounds(to, news.parents);
    const base = from ?? first;
    const known = [...others, ...(first === undefined ? [] : [first])];
    const parents = independentOf(
      scope.top,
      known.filter((commit) => commit !== base),
    );
    // An ordinary push of what matters to no vault needs no look: it goes on from where the ref stood, and from nothing else.
    const isPlain = parents.length === 0 && (base === undefined || known.includes(base));
    if (touched.size > 0 || !isPlain) await checkOne(scope, { to, base, parents }, touched, checked);
    const manifests = blobsAtTree(scope.top, to).flatMap(({ path }) => (isManifest(path) ? [path] : []));
    append(checked.findings, await leftOutByMerges(scope, news.parents, await manifestsAt(scope.top, to, manifests), checked));
  }
}

/** The known commits that new ones go on from: along their first parents, and the others. */
function grounds(tip: string, parents: ReadonlyMap<string, readonly string[]>): { first: string | undefined; others: Set<string> } {
  let first: string | undefined = tip;
  while (first !== undefined && parents.has(first)) first = parents.get(first)?.[0];
  const others = new Set<string>();
  const seen = new Set([tip]);
  for (const commit of seen) {
    const above = parents.get(commit);
    if (above === undefined) others.add(commit);
    else for (const parent of above) seen.add(parent);
  }
  if (first !== undefined) others.delete(first);
  return { first, others };
}

async function checkOne(
  scope: Scope,
  { to, base, parents }: { to: string; base: string | undefined; parents: readonly string[] },
  touched: ReadonlySet<string>,
  checked: Checked,
): Promise<void> {
  const { top } = scope;
  const since = base === undefined ? { changed: [], gone: [] } : changedBetween(top, base, to, [MANIFEST_FILES, VAULT_FILES]);
  const beside = parents.map((parent) => changedBetween(top, parent, to, [MANIFEST_FILES]));
  const gone = [...new Set([...since.gone, ...beside.flatMap((each) => each.gone)])];
  const differs = [since, ...beside].some((each) => each.changed.length + each.gone.length > 0);
  if (touched.size === 0 && !differs) return;
  const tree = blobsAtTree(top, to);
  const places = [...tree.map(({ path }) => path), ...gone].filter(isManifest);
  const changed = new Set([...touched, ...since.changed]);
  const comparison = {
    // What nothing stood at is compared with nothing but what it comes from.
    before: base === undefined ? new Map() : await manifestsAt(top, base, places),
    parents: await Promise.all(parents.map((parent) => manifestsAt(top, parent, places))),
    isTouched: (path: string) => isManifest(path) || changed.has(path),
    gone,
    isHere: to === commitOf(top, "HEAD"),
  };
  await checkTree(scope, tree, comparison, checked);
  if (base === undefined) return;
  const vaults = new VaultChanges(scope, base);
  for (const path of changed) append(checked.findings, await vaults.inspect(path, to));
}
