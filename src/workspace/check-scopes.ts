import { realpathSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { fromUtf8 } from "../core/bytes.ts";
import { type Keyring, listedVault } from "../core/keyring.ts";
import { MANIFEST_NAME, type Manifest, manifestIn } from "../core/manifest.ts";
import { classifyFile } from "../core/names.ts";
import { openVault } from "../core/open.ts";
import { parseVault } from "../core/vault.ts";
import { isEnvsealError } from "../errors.ts";
import { type BlobEntry, indexBlobs, readBlobs, type Staged, stagedBlobs } from "../git/blobs.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectChange } from "../guard/manifest.ts";
import { shellWord } from "../printable.ts";
import type { Context } from "../ui/context.ts";
import { manifestAt } from "./at-commit.ts";
import { authenticateManifest } from "./authenticate.ts";
import { composeFindings } from "./compose-files.ts";
import { exampleDrift, isSealedOrExample } from "./drift.ts";
import { type Confined, type Guard, type Place, placeOf } from "./guard.ts";
import { lfsFindings } from "./large-files.ts";
import { withOrigin } from "./origin.ts";

export interface Checked {
  findings: Finding[];
  /** How many files, messages and names were looked at. */
  count: number;
  unseen: string[];
  /** What counts as let through beside what the keys at hand say. */
  allowed?: Confined[];
}

export interface Scope {
  top: string;
  guard: Guard;
  context: Context;
}

/** What the next commit would record. @param base the commit it is compared with: HEAD, or for an amended one its parent */
export function checkStaged(scope: Scope, { entries, deleted }: Staged, base = "HEAD"): Promise<Checked> {
  return checkEntries(scope, entries, deleted, base);
}

/** Every file of the index. */
export function checkIndex(scope: Scope, { deleted } = stagedBlobs(scope.top)): Promise<Checked> {
  return checkEntries(scope, indexBlobs(scope.top), deleted, "HEAD");
}

/** The vaults that a commit would record: what is in them may be in no other place, where the work tree has gone on. */
export function stagedVaults({ entries }: Staged): BlobEntry[] {
  return entries.filter(({ path, mode }) => mode !== "120000" && classifyFile(basename(path))?.kind === "vault");
}

async function checkEntries(scope: Scope, entries: readonly BlobEntry[], gone: readonly string[], base: string): Promise<Checked> {
  const { top, guard } = scope;
  const checked: Checked = { findings: [], count: entries.length, unseen: [...guard.unseen] };
  const manifests = new Map<string, Manifest>();
  const lacking: BlobEntry[] = [];
  const keys: VaultKeys = {
    places: guard.projects.map(({ root, manifest }) => ({ root: realpathSync(root), manifest })),
    keyrings: guard.keyrings,
  };
  const visit = ({ path, mode }: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => {
    checked.findings.push(...guard.file(path, content, part, mode));
    if (part.from > 0 || !part.last || mode === "120000") return;
    checked.findings.push(
      ...vaultFindings(top, keys, path, content),
      ...lfsFindings(scope, path, content),
      ...composeFindings(scope, path),
    );
    const manifest = isManifest(path) ? manifestIn(content) : null;
    if (manifest !== null) manifests.set(path, manifest);
  };
  await readBlobs(top, entries, visit, lacking);
  guard.notLookedAt(lacking.length);
  for (const { path } of lacking) checked.findings.push(...guard.name(path));
  for (const { path } of entries) checked.findings.push(...guard.text(`the file name ${path}`, Buffer.from(path)));
  checked.findings.push(...gone.filter(isManifest).map(deletedManifest), ...submodulesInstead(entries));
  const touched = [...entries.map(({ path }) => path), ...gone];
  if (touched.some((path) => isSealedOrExample(path))) checked.findings.push(...(await exampleDrift(top, indexBlobs(top), touched)));
  for (const [path, manifest] of manifests) await checkManifest(scope, path, base, manifest, checked);
  return checked;
}

/** A manifest against what it was at the base, and against the keys at hand. @returns what they open of it */
export async function checkManifest(
  { top, context }: Scope,
  path: string,
  base: string,
  after: Manifest,
  checked: Checked,
): Promise<Keyring[]> {
  const before = await manifestAt(top, base, path);
  const { findings, unseen, keyrings } = authenticateManifest(path, before, after, context);
  checked.findings.push(...(before === null ? [] : inspectChange(path, before, after)), ...findings);
  checked.unseen = [...new Set([...checked.unseen, ...unseen])];
  return keyrings;
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

/** A submodule in a manifest's place has no content to look at. */
export function submodulesInstead(entries: readonly BlobEntry[]): Finding[] {
  return entries.filter(({ path, mode }) => mode === "160000" && isManifest(path)).map(({ path }) => deletedManifest(path));
}

export function isManifest(path: string): boolean {
  return path === MANIFEST_NAME || path.endsWith(`/${MANIFEST_NAME}`);
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

export interface VaultKeys {
  places: readonly Place[];
  keyrings: readonly Keyring[];
}

/** A vault must be the one that its manifest lists there; with a key at hand, it must open with every check there is. */
export function vaultFindings(top: string, { places, keyrings }: VaultKeys, path: string, content: Buffer): Finding[] {
  const found = placeOf(places, top, path);
  const text = fromUtf8(content);
  if (found === null || text === null) return [];
  try {
    const vault = parseVault(text, path);
    listedVault(found.place.manifest, found.listed, vault);
    const keyring = keyrings.find((ring) => ring.environment === vault.environment && ring.manifest === found.place.manifest);
    if (keyring === undefined) return [];
    keyring.checkVault(found.listed, vault);
    const { root, manifest } = found.place;
    const around = { root, manifest, listed: found.listed, keyring, others: () => keyrings.filter((ring) => ring.manifest === manifest) };
    openVault(vault, withOrigin(keyring.keysOf(vault.id), around), path);
    return [];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    // Its form is another rule's finding.
    if (error.code === "MALFORMED_VAULT" || error.code === "CONFLICT_MARKERS") return [];
    return [{ rule: "forged-vault", path, message: `${error.message} [${error.code}]`, fix: error.hint ?? "take the file from git again" }];
  }
}
