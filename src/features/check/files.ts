import { join, relative, sep } from "node:path";
import { append } from "../../core/append.ts";
import { entryOf } from "../../core/authority/authority-of.ts";
import { isCopy } from "../../core/authority/copies.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isManifest, MANIFEST_NAME } from "../../core/names.ts";
import { type BlobEntry, indexBlobs, readBlobs, type Staged, stagedBlobs } from "../../git/blobs.ts";
import { MANY_PAST } from "../../git/manifests.ts";
import type { Finding } from "../../guard/finding.ts";
import { manifestsAt } from "../../workspace/at-commit.ts";
import { type Merged, mergedWith } from "../../workspace/merged-commits.ts";
import { takenBack } from "../../workspace/taken-back.ts";
import { composeFindings } from "./compose-files.ts";
import { exampleDrift, isSealedOrExample } from "./example-drift.ts";
import type { Guard } from "./guard.ts";
import { lfsFindings } from "./large-files.ts";
import type { Checked, Scope } from "./scope.ts";
import { checkTree } from "./tree.ts";
import { vanishedAccess } from "./vanished-access.ts";
import { isVaultOrManifest } from "./vaults.ts";

/**
 * What the next commit would record.
 * @param base the commit it is compared with: HEAD, or for an amended one its parent
 */
export async function checkStaged(scope: Scope, staged: Staged, base = "HEAD"): Promise<Checked> {
  const merged = mergedWith(scope);
  const gone = [...staged.deleted, ...merged.gone];
  const checked = await checkEntries(scope, staged.entries);
  const touched = new Set([...staged.entries.map(({ path }) => path), ...gone]);
  // A merge may record what is in no file of it: that one of its parents has more.
  if (merged.commits.length > 0 || [...touched].some((path) => isSealedOrExample(path) || isManifest(path)))
    await checkProjects(scope, indexBlobs(scope.top, true), { base, merged, touched, gone }, checked);
  return checked;
}

/** Every file of the index. */
export async function checkIndex(scope: Scope, { deleted } = stagedBlobs(scope.top)): Promise<Checked> {
  const entries = indexBlobs(scope.top);
  const checked = await checkEntries(scope, entries);
  const touched = new Set([...entries.map(({ path }) => path), ...deleted]);
  const tree = indexBlobs(scope.top, true);
  await checkProjects(scope, tree, { base: "HEAD", merged: mergedWith(scope), touched, gone: deleted, whole: true }, checked);
  return checked;
}

/**
 * The vaults that a commit would record, and those in whose place they come: what is in either may be in no other place, where
 * the work tree has gone on. And all changes, where they are those from HEAD.
 */
export function stagedVaults(staged: Staged | null, base = "HEAD"): { staged: BlobEntry[]; replaced: BlobEntry[]; changes?: Staged } {
  const isVault = ({ path, mode }: BlobEntry) => mode !== "120000" && isVaultOrManifest({ path }) && !isManifest(path);
  if (staged === null) return { staged: [], replaced: [] };
  const { entries, replaced } = staged;
  return { staged: entries.filter(isVault), replaced: replaced.filter(isVault), ...(base === "HEAD" && { changes: staged }) };
}

async function checkEntries(scope: Scope, entries: readonly BlobEntry[]): Promise<Checked> {
  const { top, guard } = scope;
  const checked: Checked = { findings: [], count: entries.length, unseen: [...guard.unseen] };
  const lacking: BlobEntry[] = [];
  const visit = ({ path, mode }: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => {
    append(checked.findings, guard.file(path, content, part, mode));
    if (part.from > 0 || !part.last || mode === "120000") return;
    append(checked.findings, [...lfsFindings(scope, path, content), ...composeFindings(scope, path)]);
  };
  await readBlobs(top, entries, visit, lacking);
  guard.notLookedAt(lacking.length);
  for (const { path } of lacking) append(checked.findings, guard.name(path));
  for (const { path } of entries) append(checked.findings, guard.text(`the file name ${path}`, Buffer.from(path)));
  return checked;
}

interface Change {
  base: string;
  merged: Merged;
  touched: ReadonlySet<string>;
  gone: readonly string[];
  whole?: true;
}

/** The projects of the index, and the examples beside their vaults. */
async function checkProjects(scope: Scope, tree: readonly BlobEntry[], change: Change, checked: Checked): Promise<void> {
  const { base, merged, touched, gone, whole } = change;
  const places = [...tree.map(({ path }) => path), ...gone].filter(isManifest);
  const parents = merged.commits.map((commit) => manifestsAt(scope.top, commit, places));
  const isTouched = (path: string) => touched.has(path);
  const comparison = {
    before: await manifestsAt(scope.top, base, places),
    parents: await Promise.all(parents),
    isTouched,
    gone,
    whole,
    isHere: true,
  };
  const { places: projects } = await checkTree(scope, tree, comparison, checked);
  if (whole === true) for (const { root, manifest } of projects) append(checked.findings, lostFindings(scope, root, manifest, projects));
  if ([...touched].some((path) => isSealedOrExample(path))) append(checked.findings, await exampleDrift(scope.top, tree, [...touched]));
}

function lostFindings({ top, guard, context }: Scope, root: string, manifest: Manifest, all: readonly { manifest: Manifest }[]): Finding[] {
  const file = join(root, MANIFEST_NAME);
  const path = relative(top, file).split(sep).join("/");
  const { lost, leftOut } = takenBack({ path: file, root }, manifest, "HEAD", context, MANY_PAST);
  if (leftOut !== null) guard.notes.push(`${path}: ${leftOut}`);
  // A bundle of before a grant lacks what the project's own manifest has.
  const isElsewhere = (environment: string, name: string) =>
    all.some((one) => isCopy(one.manifest, manifest) && Object.hasOwn(entryOf(one.manifest, environment)?.access ?? {}, name));
  const gone = vanishedAccess({ path: file, root }, manifest).filter(({ environment, name }) => !isElsewhere(environment, name));
  const vanished = gone.map(({ environment, name }) => vanishedFinding(path, environment, name));
  return [...lost.map((one) => ({ rule: "manifest-change" as const, path, ...one })), ...vanished];
}

/** A warning: a grant that was taken back by hand before anybody had it looks like that, too. */
function vanishedFinding(path: string, environment: string, name: string): Finding {
  return {
    rule: "forged-access",
    level: "warning",
    path,
    message: `${path}: the access entry of ${name} to ${environment} is gone, and no admin ended it: whoever puts it back gets the key again`,
    fix: `an admin ends it: envseal revoke ${name}; or gives it again: envseal grant ${name} -e ${environment}`,
  };
}

/** A vault of the work tree that does not open, staged or not: its values were not searched for. */
export function brokenVaults(top: string, { broken }: Guard, found: readonly Finding[]): Finding[] {
  return broken
    .map(({ file, error }) => ({ path: relative(top, file).split(sep).join("/"), error }))
    .filter(({ path }) => !found.some((finding) => finding.rule.endsWith("-vault") && finding.path === path))
    .map(({ path, error }) => {
      const rule = error.code === "MALFORMED_VAULT" || error.code === "CONFLICT_MARKERS" ? "broken-vault" : "forged-vault";
      return { rule, path, message: `${error.message} [${error.code}]`, fix: error.hint ?? "take the file from git again" };
    });
}
