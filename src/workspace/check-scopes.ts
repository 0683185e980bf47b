import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fromUtf8 } from "../core/bytes.ts";
import { MANIFEST_NAME, type Manifest, manifestIn } from "../core/manifest.ts";
import { openVault } from "../core/open.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { type BlobEntry, indexBlobs, readBlobs, stagedBlobs } from "../git/blobs.ts";
import { blobsAt, blobsOf, gitLines, gitOutput, mergeBase, objectsIn } from "../git/objects.ts";
import { readObjects } from "../git/read-objects.ts";
import type { Finding } from "../guard/finding.ts";
import { inspectHistory } from "../guard/history.ts";
import { inspectChange } from "../guard/manifest.ts";
import type { Context } from "../ui/context.ts";
import { authenticateManifest } from "./authenticate.ts";
import { type Guard, listedPathOf } from "./guard.ts";

export interface Checked {
  findings: Finding[];
  /** How many files, messages and names were looked at. */
  count: number;
  unseen: string[];
}

export interface Scope {
  top: string;
  guard: Guard;
  context: Context;
}

const POINTER = Buffer.from("version https://git-lfs.github.com/spec/v1\n");

/** What the next commit would record. @param base the commit it is compared with: HEAD, or for an amended one its parent */
export async function checkStaged(scope: Scope, base = "HEAD"): Promise<Checked> {
  const { entries, deleted } = stagedBlobs(scope.top, base);
  return checkEntries(scope, entries, deleted, base);
}

/** Every file of the index. */
export async function checkIndex(scope: Scope): Promise<Checked> {
  return checkEntries(scope, indexBlobs(scope.top), stagedBlobs(scope.top).deleted, "HEAD");
}

async function checkEntries(scope: Scope, entries: readonly BlobEntry[], gone: readonly string[], base: string): Promise<Checked> {
  const { top, guard } = scope;
  const checked: Checked = { findings: [], count: entries.length, unseen: [...guard.unseen] };
  const manifests = new Map<string, Manifest>();
  await readBlobs(top, entries, ({ path, mode }, content, part) => {
    checked.findings.push(...guard.file(path, content, part), ...largeFile(scope, content, path));
    if (part.from > 0 || !part.last || mode === "120000") return;
    checked.findings.push(...vaultFindings(scope, path, content));
    const manifest = isManifest(path) ? manifestIn(content) : null;
    if (manifest !== null) manifests.set(path, manifest);
  });
  for (const { path } of entries) checked.findings.push(...guard.text(`the file name ${path}`, Buffer.from(path)));
  checked.findings.push(...gone.filter(isManifest).map(deletedManifest));
  for (const [path, manifest] of manifests) await checkManifest(scope, path, base, manifest, checked);
  return checked;
}

/** A manifest against what it was at the base, and against the keys at hand. */
async function checkManifest({ top, context }: Scope, path: string, base: string, after: Manifest, checked: Checked): Promise<void> {
  const before = await manifestAt(top, base, path);
  const { findings, unseen } = authenticateManifest(path, before, after, context);
  checked.findings.push(...(before === null ? [] : inspectChange(path, before, after)), ...findings);
  checked.unseen = [...new Set([...checked.unseen, ...unseen])];
}

/** Everything that `range` adds: contents, messages, names; and how its tip's vaults and manifest differ from the base's. */
export async function checkRange(scope: Scope, range: string): Promise<Checked> {
  const { top } = scope;
  const [from, to] = parseRange(range);
  const base = mergeBase(top, from, to);
  const checked = await checkObjects(scope, objectsIn(top, [to], [from]));
  for (const path of gitLines(top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", to], { nul: true })) {
    const manifest = isManifest(path) ? await manifestAt(top, to, path) : null;
    if (manifest !== null) await checkManifest(scope, path, base, manifest, checked);
    else if (path.endsWith(".vault")) checked.findings.push(...(await compareVaults(top, path, base, to)));
  }
  const gone = gitLines(top, ["diff-tree", "-r", "--name-only", "-z", "--no-renames", "--diff-filter=D", base, to], { nul: true });
  checked.findings.push(...gone.filter(isManifest).map(deletedManifest));
  return checked;
}

/** Objects that are new somewhere, each with its path where it has one. */
export async function checkObjects(scope: Scope, objects: ReadonlyMap<string, string>): Promise<Checked> {
  const { top, guard } = scope;
  const findings: Finding[] = [];
  await readObjects(top, objects.keys(), ({ oid, type }, content, part) => {
    const path = objects.get(oid) ?? "";
    if (type === "tree") return;
    if (type !== "blob" || path === "") findings.push(...guard.text(describe(type, oid), content, part));
    else findings.push(...guard.file(path, content, part), ...largeFile(scope, content, path));
  });
  for (const path of new Set(objects.values())) if (path !== "") findings.push(...guard.text(`the file name ${path}`, Buffer.from(path)));
  return { findings, count: objects.size, unseen: [...guard.unseen] };
}

function describe(type: string, oid: string): string {
  const short = oid.slice(0, 10);
  return type === "commit" ? `the message of commit ${short}` : type === "tag" ? `the tag ${short}` : `the object ${short}`;
}

/** Without the manifest nothing of a project opens, and nothing of it is checked. */
function deletedManifest(path: string): Finding {
  return {
    rule: "manifest-change",
    path,
    message: `${path} was deleted: none of its vaults would open`,
    fix: `bring it back: git checkout HEAD -- ${path}`,
  };
}

function isManifest(path: string): boolean {
  return path === MANIFEST_NAME || path.endsWith(`/${MANIFEST_NAME}`);
}

/** With a key at hand, a vault must open: at its place, with every check there is. */
function vaultFindings({ guard, top }: Scope, path: string, content: Buffer): Finding[] {
  const places = guard.projects.map((project) => ({ project, listed: listedPathOf(project, top, path) }));
  const place = places.find(({ listed }) => listed !== null);
  const text = place === undefined ? null : fromUtf8(content);
  if (place?.listed == null || text === null) return [];
  try {
    const vault = parseVault(text, path);
    const keyring = guard.keyrings.find((ring) => ring.environment === vault.environment && ring.manifest === place.project.manifest);
    if (keyring === undefined) return [];
    keyring.checkVault(place.listed, vault);
    openVault(vault, keyring.keysOf(vault.id), path);
    return [];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    // Its form is another rule's finding.
    if (error.code === "MALFORMED_VAULT" || error.code === "CONFLICT_MARKERS") return [];
    return [{ rule: "forged-vault", path, message: `${error.message} [${error.code}]`, fix: error.hint ?? "take the file from git again" }];
  }
}

/** What a Git LFS pointer stands for is in the repository's own store, not among git's objects. */
function largeFile({ top, guard }: Scope, content: Buffer, path: string): Finding[] {
  if (content.length > 1024 || !content.subarray(0, POINTER.length).equals(POINTER)) return [];
  const [, oid = ""] = /\noid sha256:([0-9a-f]{64})\n/.exec(content.toString("latin1")) ?? [];
  if (oid === "") return [];
  const folder = gitOutput(top, ["rev-parse", "--git-common-dir"]).toString().trimEnd();
  const file = resolve(top, folder, "lfs/objects", oid.slice(0, 2), oid.slice(2, 4), oid);
  return existsSync(file) && statSync(file).size <= 512 << 20 ? guard.text(path, readFileSync(file)) : [];
}

async function compareVaults(top: string, path: string, base: string, to: string): Promise<Finding[]> {
  const [before, after] = await Promise.all([vaultAt(top, base, path), vaultAt(top, to, path)]);
  if (before === null || after === null || before.id !== after.id) return [];
  return inspectHistory(path, before, after, await earlierTokens(top, base, path));
}

/** Every token that a version of the vault before the base's had. */
async function earlierTokens(top: string, base: string, path: string): Promise<Set<string>> {
  const tokens = new Set<string>();
  await readBlobs(top, blobsOf(top, [base], path), (_entry, content) => {
    for (const [token] of content.toString("latin1").matchAll(/enc:v\d+\.[\w-]{8}:[\w-]+/g)) tokens.add(token);
  });
  return tokens;
}

async function contentAt(top: string, commit: string, path: string): Promise<Buffer | null> {
  const [oid] = blobsAt(top, [{ oid: commit, path }]);
  let found: Buffer | null = null;
  if (oid != null)
    await readBlobs(top, [{ path, oid }], (_entry, content) => {
      found = Buffer.from(content);
    });
  return found;
}

async function manifestAt(top: string, commit: string, path: string): Promise<Manifest | null> {
  const content = await contentAt(top, commit, path);
  return content === null ? null : manifestIn(content);
}

async function vaultAt(top: string, commit: string, path: string): Promise<Vault | null> {
  const text = fromUtf8((await contentAt(top, commit, path)) ?? Buffer.alloc(0));
  try {
    return text === null || text === "" ? null : parseVault(text, path);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

function parseRange(range: string): [from: string, to: string] {
  const [, from = "", to = ""] = /^([^.\s-][^\s]*?)\.{2,3}([^.\s-][^\s]*)$/.exec(range) ?? [];
  if (from === "" || to === "")
    throw new EnvsealError("USAGE", "--range takes two commits", { hint: "envseal check --range origin/main..HEAD" });
  return [from, to];
}
