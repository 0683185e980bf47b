import { basename, dirname, join } from "node:path";
import { append } from "../core/append.ts";
import type { Keyring } from "../core/keyring.ts";
import { classifyFile } from "../core/names.ts";
import { type BlobEntry, readBlobs } from "../git/blobs.ts";
import { commitOf, gitLines } from "../git/objects.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectFile } from "../guard/rules.ts";
import { manifestAt } from "./at-commit.ts";
import { type Checked, checkManifest, isManifest, type Scope, type VaultKeys, vaultFindings } from "./check-scopes.ts";
import type { Place } from "./guard.ts";

/** Every file of a commit. */
export function blobsAtTree(top: string, commit: string): BlobEntry[] {
  return gitLines(top, ["ls-tree", "-r", "-z", "--full-tree", commit], { nul: true }).map((row) => {
    const [mode = "", , oid = ""] = row.slice(0, row.indexOf("\t")).split(" ");
    return { path: row.slice(row.indexOf("\t") + 1), mode, oid };
  });
}

/** The manifests of a commit, each compared with the base's, and the keys at hand that open what they list. */
export async function keysOfTip(
  scope: Scope,
  tip: readonly BlobEntry[],
  { base, to }: { base: string; to: string },
  checked: Checked,
): Promise<VaultKeys> {
  const keys: { places: Place[]; keyrings: Keyring[] } = { places: [], keyrings: [] };
  for (const { path } of tip.filter((entry) => isManifest(entry.path))) {
    const manifest = await manifestAt(scope.top, to, path);
    if (manifest === null) continue;
    keys.places.push({ root: join(scope.top, dirname(path)), manifest });
    append(keys.keyrings, await checkManifest(scope, path, base, manifest, checked));
  }
  return keys;
}

/** What is wrong with these vaults and manifests of a commit: their form, their listing and, with a key at hand, what they hold. */
export async function checkTip({ top, guard }: Scope, wanted: readonly BlobEntry[], keys: VaultKeys, checked: Checked): Promise<void> {
  const lacking: BlobEntry[] = [];
  const visit = ({ path }: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => {
    if (part.from > 0 || !part.last) return;
    const found = [...inspectFile(path, content), ...vaultFindings(top, keys, path, content)];
    append(checked.findings, news(found, checked));
  };
  await readBlobs(top, wanted, visit, lacking);
  guard.notLookedAt(lacking.length);
}

/** What is found of no file yet under its rule. */
export function news(found: readonly Finding[], { findings }: Checked): Finding[] {
  return found.filter(({ rule, path }) => !findings.some((known) => known.rule === rule && known.path === path));
}

/** A link in the place of one counts as one: its text is no vault and no manifest. */
export function isVaultOrManifest({ path }: { path: string }): boolean {
  return isManifest(path) || classifyFile(basename(path))?.kind === "vault";
}

/**
 * What refs are about to lead to: of each commit the vaults and manifests among `paths`, which the way there has touched. What
 * stands in between was looked at as files.
 * @param refs with the commit that each stood at, where that is here
 */
export async function checkTips(
  scope: Scope,
  refs: readonly { oid: string; from?: string }[],
  paths: ReadonlySet<string>,
  checked: Checked,
): Promise<void> {
  const touched = new Set([...paths].filter((path) => isVaultOrManifest({ path })));
  if (touched.size === 0) return;
  const bases = new Map<string, string>();
  for (const { oid, from } of refs) {
    const commit = commitOf(scope.top, oid);
    // What nothing stood at is compared with itself.
    if (commit !== null) bases.set(commit, from ?? commit);
  }
  for (const [to, base] of bases) {
    const tip = blobsAtTree(scope.top, to);
    const keys = await keysOfTip(scope, tip, { base, to }, checked);
    await checkTip(
      scope,
      tip.filter((entry) => isVaultOrManifest(entry) && touched.has(entry.path)),
      keys,
      checked,
    );
  }
}
