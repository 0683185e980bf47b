import { join as joinFile } from "node:path";
import { basename, dirname, join } from "node:path/posix";
import { append } from "../core/append.ts";
import { environmentOf } from "../core/authority-of.ts";
import { fromUtf8 } from "../core/bytes.ts";
import type { Keyring } from "../core/keyring.ts";
import { listedVault } from "../core/listing.ts";
import { isManifest, type Manifest } from "../core/manifest.ts";
import { lostFrom, movedEnvironments } from "../core/manifest-diff.ts";
import { classifyFile } from "../core/names.ts";
import { openVault } from "../core/open.ts";
import { parseVault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, readBlobs, SUBMODULE } from "../git/blobs.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectChange, leftOutFinding, lossFinding } from "../guard/manifest.ts";
import { pathAsRead } from "../guard/plaintext-names.ts";
import { inspectFile } from "../guard/rules.ts";
import { inspectSealing } from "../guard/sealing.ts";
import { shellWord } from "../printable.ts";
import { manifestsIn } from "./at-commit.ts";
import { authenticateManifest } from "./authenticate.ts";
import { isLeftOut } from "./check-merges.ts";
import { inspectRoot, isConfirmedRoot, tellOfNewRoot } from "./check-roots.ts";
import type { Checked, Scope } from "./check-scopes.ts";
import { type Place, placeOf } from "./guard.ts";
import { withOrigin } from "./origin.ts";
import { inWorkTree } from "./uncommitted.ts";

/** By path from the top. */
export type Manifests = ReadonlyMap<string, Manifest>;

/** What a tree is held against. */
export interface Comparison {
  /** The manifests of what it goes on from: every change of them counts. */
  before: Manifests;
  /** Those of further commits that it comes from: all that they have must still be there. */
  parents?: readonly Manifests[];
  /** Vaults and manifests to be looked at in any case. @param listed true for a vault that a manifest lists */
  isTouched: (path: string, listed: boolean) => boolean;
  /** What the tree has no more. */
  gone: readonly string[];
  /** True where what the manifests list is to be there, changed or not. */
  whole?: true | undefined;
  /** True where it is HEAD's tree or the index: what the work tree has in its place may be newer. */
  isHere?: boolean;
}

export interface VaultKeys {
  places: readonly Place[];
  keyrings: readonly Keyring[];
}

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

function hasProject(manifests: Manifests, { project }: Manifest): boolean {
  return [...manifests.values()].some((other) => other.project === project);
}

/** Of the same project, wherever it stood; else what stood in the same place. */
function earlierOf(before: Manifests, path: string, { project }: Manifest): Manifest | null {
  const same = before.get(path);
  if (same?.project === project) return same;
  return [...before.values()].find((other) => other.project === project) ?? same ?? null;
}

/** @param unreadable what is no manifest though it has the name of one is another rule's finding */
function changesOf(manifests: Manifests, unreadable: ReadonlySet<string>, { before, parents = [] }: Comparison, scope: Scope): Finding[] {
  const findings = new Map<string, Finding>();
  const compare = (earlier: Manifests, changes: (path: string, one: Manifest, other: Manifest) => Finding[]) => {
    for (const [path, one] of earlier) {
      const [place, other] = laterOf(manifests, path, one) ?? [];
      const isLost = place === undefined || other === undefined;
      if (isLost && unreadable.has(path)) continue;
      // What another root signed is no measure for the one that is trusted.
      if (!isLost && isConfirmedRoot(one, other, { pin: null, ...scope.roots, context: scope.context })) continue;
      for (const finding of isLost ? [deletedManifest(path)] : changes(place, one, other)) findings.set(finding.message, finding);
    }
  };
  compare(before, inspectChange);
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

/**
 * Vaults that a manifest lists and the same tree lacks, or has a submodule in place of: where that changed, since one that was
 * missing before is nobody's change.
 */
function missingVaults(
  top: string,
  { path, manifest }: { path: string; manifest: Manifest },
  tree: readonly BlobEntry[],
  isMissed: (listed: string) => boolean,
): Finding[] {
  const place: Place = { root: joinFile(top, dirname(path)), manifest };
  const modes = new Map(tree.map((entry) => [placeOf([place], top, entry.path)?.listed, entry.mode]));
  return Object.keys(manifest.vaults)
    .filter((listed) => (modes.has(listed) ? modes.get(listed) === SUBMODULE : isMissed(listed)))
    .map((listed) => ({
      rule: "missing-vault" as const,
      path: join(dirname(path), listed),
      message: `${path} lists ${join(dirname(path), listed)}, which is not there: nothing that needs it would start`,
      fix: "commit the vault too; if it is gone for good, delete its entry from envseal.json",
    }));
}

/** What is wrong with these vaults and manifests: their form, their listing and, with a key at hand, what they hold. */
async function checkFiles({ top, guard }: Scope, wanted: readonly BlobEntry[], keys: VaultKeys, checked: Checked): Promise<void> {
  const lacking: BlobEntry[] = [];
  const visit = ({ path, mode }: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => {
    if (part.from > 0 || !part.last) return;
    const found = [...inspectFile(path, content), ...(mode === "120000" ? [] : vaultFindings(top, keys, path, content))];
    append(checked.findings, news(found, checked));
  };
  await readBlobs(top, wanted, visit, lacking);
  guard.notLookedAt(lacking.length);
}

/** What is found of no file yet under its rule. */
export function news(found: readonly Finding[], { findings }: Checked): Finding[] {
  return found.filter(({ rule, path }) => !findings.some((known) => known.rule === rule && known.path === path));
}

/**
 * A vault must be the one that its manifest lists there, under keys that this accepts; with a key at hand, it must open with every
 * check there is.
 */
function vaultFindings(top: string, { places, keyrings }: VaultKeys, path: string, content: Buffer): Finding[] {
  const found = placeOf(places, top, path);
  const text = fromUtf8(content);
  if (found === null || text === null) return [];
  const { manifest } = found.place;
  try {
    const vault = parseVault(text, path);
    listedVault(manifest, found.listed, vault);
    const keyring = keyrings.find((ring) => ring.environment === vault.environment && ring.manifest === manifest);
    keyring?.checkVault(found.listed, vault);
    if (keyring !== undefined) {
      const others = () => keyrings.filter((ring) => ring.manifest === manifest);
      const around = { root: found.place.root, manifest, listed: found.listed, keyring, others };
      openVault(vault, withOrigin(keyring.keysOf(vault.id), around), path);
    }
    return inspectSealing(path, vault, environmentOf(manifest, vault.environment).statement);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    // Its form is another rule's finding.
    if (error.code === "MALFORMED_VAULT" || error.code === "CONFLICT_MARKERS") return [];
    return [{ rule: "forged-vault", path, message: `${error.message} [${error.code}]`, fix: error.hint ?? "take the file from git again" }];
  }
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

/** Without the manifest nothing of a project opens, and nothing of it is checked. */
export function deletedManifest(path: string): Finding {
  return {
    rule: "manifest-change",
    path,
    message: `${path} was deleted: none of its vaults would open`,
    fix: `bring it back: git checkout HEAD -- ${shellWord(path)}`,
  };
}

function isVault(path: string): boolean {
  return classifyFile(basename(path))?.kind === "vault";
}

/** A link in the place of one counts as one: its text is no vault and no manifest. */
export function isVaultOrManifest({ path }: { path: string }): boolean {
  return isManifest(path) || isVault(path);
}
