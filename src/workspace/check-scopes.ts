import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fromUtf8 } from "../core/bytes.ts";
import { MANIFEST_NAME, type Manifest, manifestIn } from "../core/manifest.ts";
import { openVault } from "../core/open.ts";
import { parseVault, type Vault } from "../core/vault.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { type BlobEntry, indexBlobs, readBlobs, stagedBlobs } from "../git/blobs.ts";
import { blobsAt, gitOutput, mergeBase, objectsIn } from "../git/objects.ts";
import { runGit } from "../git/process.ts";
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

interface Scope {
  top: string;
  guard: Guard;
  context: Context;
}

const POINTER = Buffer.from("version https://git-lfs.github.com/spec/v1\n");

/** What the next commit would record. @param base the commit it is compared with: HEAD, or for an amended one its parent */
export async function checkStaged(scope: Scope, base = "HEAD"): Promise<Checked> {
  return checkEntries(scope, stagedBlobs(scope.top, base), base);
}

/** Every file of the index. */
export async function checkIndex(scope: Scope): Promise<Checked> {
  return checkEntries(scope, indexBlobs(scope.top), "HEAD");
}

async function checkEntries(scope: Scope, entries: readonly BlobEntry[], base: string): Promise<Checked> {
  const { top, guard } = scope;
  const findings: Finding[] = [];
  const manifests = new Map<string, Manifest>();
  await readBlobs(top, entries, ({ path, mode }, content, part) => {
    findings.push(...guard.file(path, content, part), ...largeFile(scope, content, path));
    if (part.from > 0 || !part.last || mode === "120000") return;
    findings.push(...vaultFindings(scope, path, content));
    const manifest = isManifest(path) ? manifestIn(content) : null;
    if (manifest !== null) manifests.set(path, manifest);
  });
  for (const { path } of entries) findings.push(...guard.text(`the file name ${path}`, Buffer.from(path)));
  findings.push(...deletedManifests(top, base));
  const unseen = new Set(guard.unseen);
  for (const [path, manifest] of manifests) {
    const before = await manifestAt(top, base, path);
    const authentic = authenticateManifest(path, before, manifest, scope.context);
    findings.push(...(before === null ? [] : inspectChange(path, before, manifest)), ...authentic.findings);
    for (const environment of authentic.unseen) unseen.add(environment);
  }
  return { findings, count: entries.length, unseen: [...unseen] };
}

/** Everything that `range` adds: contents, messages, names; and how its tip's vaults and manifest differ from the base's. */
export async function checkRange(scope: Scope, range: string): Promise<Checked> {
  const { top } = scope;
  const [from, to] = parseRange(range);
  const base = mergeBase(top, from, to);
  const checked = await checkObjects(scope, objectsIn(top, [to], [from]));
  const tip = gitOutput(top, ["ls-tree", "-r", "-z", "--full-tree", to]).toString("utf8").split("\0").filter(Boolean);
  for (const row of tip) {
    const path = row.slice(row.indexOf("\t") + 1);
    if (isManifest(path)) await compareManifests(scope, path, base, to, checked);
    else if (path.endsWith(".vault")) checked.findings.push(...(await compareVaults(top, path, base, to)));
  }
  const gone = gitOutput(top, [
    "diff-tree",
    "-r",
    "--name-only",
    "-z",
    "--no-renames",
    "--diff-filter=D",
    base,
    to,
    "--",
    `:(top,glob)**/${MANIFEST_NAME}`,
  ]);
  checked.findings.push(...gone.toString("utf8").split("\0").filter(Boolean).map(deleted));
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
function deletedManifests(top: string, base: string): Finding[] {
  if (runGit(top, ["rev-parse", "--verify", "--quiet", `${base}^{commit}`]).status !== 0) return [];
  const args = [
    "diff-index",
    "--cached",
    "--name-only",
    "-z",
    "--no-renames",
    "--diff-filter=D",
    base,
    "--",
    `:(top,glob)**/${MANIFEST_NAME}`,
  ];
  return gitOutput(top, args).toString("utf8").split("\0").filter(Boolean).map(deleted);
}

function deleted(path: string): Finding {
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

async function compareManifests(scope: Scope, path: string, base: string, to: string, checked: Checked): Promise<void> {
  const [before, after] = [await manifestAt(scope.top, base, path), await manifestAt(scope.top, to, path)];
  if (after === null) return;
  const { findings, unseen } = authenticateManifest(path, before, after, scope.context);
  checked.findings.push(...(before === null ? [] : inspectChange(path, before, after)), ...findings);
  checked.unseen = [...new Set([...checked.unseen, ...unseen])];
}

async function compareVaults(top: string, path: string, base: string, to: string): Promise<Finding[]> {
  const [before, after] = await Promise.all([vaultAt(top, base, path), vaultAt(top, to, path)]);
  if (before === null || after === null || before.id !== after.id) return [];
  return inspectHistory(path, before, after, await earlierTokens(top, base, path));
}

/** Every token that a version of the vault before the base's had. */
async function earlierTokens(top: string, base: string, path: string): Promise<Set<string>> {
  const versions = gitOutput(top, [
    "log",
    "-m",
    "--no-renames",
    "--raw",
    "-z",
    "--no-abbrev",
    "--format=",
    "--diff-filter=d",
    base,
    "--",
    path,
  ])
    .toString("utf8")
    .split("\0")
    .flatMap((row) => (row.startsWith(":") || row.startsWith("\n:") ? [row.trim().split(" ")[3] as string] : []));
  const tokens = new Set<string>();
  await readBlobs(
    top,
    [...new Set(versions)].map((oid) => ({ oid, path, mode: "100644" })),
    (_entry, content) => {
      for (const [token] of content.toString("latin1").matchAll(/enc:v\d+\.[\w-]{8}:[\w-]+/g)) tokens.add(token);
    },
  );
  return tokens;
}

async function contentAt(top: string, commit: string, path: string): Promise<Buffer | null> {
  const [oid] = blobsAt(top, [{ oid: commit, path }]);
  let found: Buffer | null = null;
  if (oid != null)
    await readBlobs(top, [{ path, oid, mode: "100644" }], (_entry, content) => {
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
