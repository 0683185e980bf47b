import { join as joinFile } from "node:path";
import { dirname, join } from "node:path/posix";
import { append } from "../../core/append.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { movedEnvironments } from "../../core/manifest/manifest-diff.ts";
import { isManifest } from "../../core/names.ts";
import { type BlobEntry, SUBMODULE } from "../../git/blobs.ts";
import type { Finding } from "../../guard/finding.ts";
import { pathAsRead } from "../../guard/plaintext-names.ts";
import { shellWord } from "../../printable.ts";
import { manifestsIn } from "../../workspace/at-commit.ts";
import { authenticateManifest } from "../../workspace/authenticate-manifest.ts";
import { inspectRoot, isConfirmedRoot, tellOfNewRoot } from "../../workspace/root-trust.ts";
import { inWorkTree } from "../../workspace/uncommitted.ts";
import { changesOf, earlierOf, hasProject } from "./manifests.ts";
import type { Checked, Comparison, Scope } from "./scope.ts";
import { placeOf } from "./vault-place.ts";
import { checkFiles, isVaultOrManifest, missingVaults, type VaultKeys } from "./vaults.ts";

/**
 * What is wrong with the manifests and vaults of a commit, or of the index: what the manifests lost or changed, and whether each
 * vault is the one that the manifest of the same tree lists, sealed under keys that it accepts. A new key, a raised floor and
 * another listing are held against every vault of the environment, whichever of them the change touches.
 */
export async function checkTree(scope: Scope, tree: readonly BlobEntry[], comparison: Comparison, checked: Checked): Promise<VaultKeys> {
  const { top, context } = scope;
  const manifests = await manifestsIn(
    top,
    tree.filter(({ path }) => isManifest(path)),
  );
  const unreadable = new Set(
    tree.flatMap(({ path, mode }) => (isManifest(path) && mode !== SUBMODULE && !manifests.has(path) ? path : [])),
  );
  const roots = { pin: null, strict: false, ...scope.roots, context };
  append(checked.findings, [...changesOf(manifests, unreadable, comparison, scope), ...twinsIn(tree, comparison)]);
  const moved = new Map<Manifest, Set<string>>();
  const earlier = new Map<Manifest, Manifest | null>();
  const keyrings: Keyring[] = [];
  for (const [path, manifest] of manifests) {
    const before = earlierOf(comparison.before, path, manifest);
    moved.set(manifest, movedEnvironments(before, manifest));
    earlier.set(manifest, before);
    const isOther = before !== null && isConfirmedRoot(before, manifest, roots);
    const asHere = comparison.isHere === true ? inWorkTree(top, path) : null;
    const { findings, unseen, keyrings: opened } = authenticateManifest(path, isOther ? null : before, manifest, context, asHere);
    append(keyrings, opened);
    // A vault counts for its manifest: what is sealed in a checkout from before somebody lost access is not to be recorded.
    const vaults = Object.keys(manifest.vaults).map((listed) => join(dirname(path), listed));
    if (![path, ...vaults].some((one) => comparison.isTouched(one, one !== path))) continue;
    const isNew = ![comparison.before, ...(comparison.parents ?? [])].some((earlier) => hasProject(earlier, manifest));
    append(checked.findings, inspectRoot(path, manifest, isNew, roots));
    if (isOther) checked.findings.push(tellOfNewRoot(path, manifest));
    append(checked.findings, findings);
    checked.unseen = [...new Set([...checked.unseen, ...unseen])];
  }
  const gone = new Set(comparison.gone.map((path) => path.normalize("NFC")));
  const places = [...manifests].map(([path, manifest]) => ({ root: joinFile(top, dirname(path)), manifest }));
  const isWanted = (path: string) => {
    const found = placeOf(places, top, path);
    if (found === null) return comparison.isTouched(path, false);
    const { place, listed } = found;
    const entry = Object.hasOwn(place.manifest.vaults, listed) ? place.manifest.vaults[listed] : undefined;
    const isMoved = entry !== undefined && moved.get(place.manifest)?.has(entry.environment) === true;
    const isDropped = entry === undefined && Object.hasOwn(earlier.get(place.manifest)?.vaults ?? {}, listed);
    return isMoved || isDropped || comparison.isTouched(path, entry !== undefined);
  };
  const wanted = tree.filter(({ path }) => isVaultOrManifest({ path }) && isWanted(path));
  await checkFiles(scope, wanted, { places, keyrings }, checked);
  for (const [path, manifest] of manifests) {
    const isMissed = (listed: string) =>
      comparison.whole === true ||
      moved.get(manifest)?.has(manifest.vaults[listed]?.environment ?? "") === true ||
      gone.has(join(dirname(path), listed));
    append(checked.findings, missingVaults(top, { path, manifest }, tree, isMissed));
  }
  return { places, keyrings };
}

/** Vaults and manifests of which macOS or Windows keeps one: their folders differ in spelling alone. */
function twinsIn(tree: readonly BlobEntry[], { isTouched }: Comparison): Finding[] {
  const known = new Map<string, string>();
  return tree.filter(isVaultOrManifest).flatMap(({ path }) => {
    const place = pathAsRead(path);
    const other = known.get(place);
    known.set(place, path);
    if (other === undefined || other === path || !(isTouched(path, false) || isTouched(other, false))) return [];
    const rule = isManifest(path) ? "broken-manifest" : "broken-vault";
    const message = `${path} is ${other} in another spelling: some systems write one over the other`;
    return [{ rule, path, message, fix: `keep one of them: git rm --cached ${shellWord(path)}` }];
  });
}
