import { rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Context, textFlag } from "../../../context.ts";
import { classifyFile, MANIFEST_NAME } from "../../../core/names.ts";
import { parseVault } from "../../../core/vault/vault.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { settle } from "../../../git/index-write.ts";
import { blobText } from "../../../git/objects.ts";
import { runGit } from "../../../git/process.ts";
import { type UnmergedFile, unmergedFiles } from "../../../git/unmerged.ts";
import { fromTop, workTree } from "../../../git/work-tree.ts";
import { shellWord } from "../../../printable.ts";
import { readManifest } from "../../../project/find.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { count, plain, say } from "../../../ui/output.ts";
import { choose } from "../../../ui/prompt.ts";
import { keyFinder } from "../../../workspace/keyrings-of-sides.ts";
import type { Project } from "../../../workspace/project.ts";
import { rotatorHand } from "../../../workspace/signing.ts";
import { joinsLeft } from "../../../workspace/unfinished.ts";
import { finishRotations } from "../../rotation/rotate-environment.ts";
import { pastOfMerge } from "../bases.ts";
import { lowIn, projectsIn, sealLow } from "../resolve-low.ts";
import { resolveManifest } from "../resolve-manifest.ts";
import { refuseMarkers } from "../resolve-markers.ts";
import { resolveVault, sideOf } from "../resolve-vault.ts";
import { resolveWith } from "../resolve-with.ts";
import { SettledManifest } from "../settled-manifest.ts";
import { type FileVersions, keyIdsOf } from "../vaults.ts";

/** Walks through what a merge left of vaults and manifests, writes what was chosen, and marks it as settled for git. */
export async function run(context: Context): Promise<void> {
  const top = workTree(context.cwd);
  const other = textFlag(context, "with");
  if (other !== undefined) return resolveWith(top, other, context);
  const named = new Set(context.args.map((file) => fromTop(top, resolve(context.cwd, file))));
  const isNamed = (path: string) => named.size === 0 || named.has(path);
  const files = unmergedFiles(top).filter(({ path }) => isOurs(path) && isNamed(path));
  const unmerged = new Set(files.map(({ path }) => path));
  refuseMarkers(top, (path) => isNamed(path) && !unmerged.has(path));
  if (files.length === 0 && joinedProjects(top).length === 0 && lowIn(top, isNamed).length === 0)
    return say(context, "no vault and no manifest is unmerged");
  for (const text of sidesOf(top)) say(context, text);
  const manifests = files.filter(({ path }) => basename(path) === MANIFEST_NAME);
  const vaults = files.filter((file) => !manifests.includes(file));
  await withLock(top, context, async () => {
    for (const file of manifests) await settleManifest(top, file, context);
    for (const file of vaults) await settleVault(top, file, context);
    await finishJoins(top, context);
    await sealLow(top, isNamed, context);
  });
  const left = unmergedFiles(top);
  const what = `${count(files.length, "file")} settled and staged`;
  say(
    context,
    left.length === 0
      ? `${what}; go on as git says (git status), such as: git commit`
      : `${what}; ${count(left.length, "other file")} still unmerged (git status)`,
  );
}

function isOurs(path: string): boolean {
  return basename(path) === MANIFEST_NAME || classifyFile(basename(path))?.kind === "vault";
}

const THEIRS = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD"];

/** Whose the sides are: in a rebase "ours" is the branch that is built upon, and "theirs" the person's own commit. */
function sidesOf(top: string): string[] {
  const about = (name: string) => {
    const { status, stdout } = runGit(top, ["log", "-1", "--no-show-signature", "--format=%h, %an: %s", "--end-of-options", name]);
    return status === 0 ? stdout.toString("utf8").trim() : null;
  };
  const theirs = THEIRS.map(about).find((text) => text !== null);
  return theirs == null ? [] : [`ours is ${plain(about("HEAD") ?? "HEAD")}`, `theirs is ${plain(theirs)}`];
}

function versionsOf(top: string, { base, ours, theirs }: UnmergedFile): FileVersions {
  const text = (oid: string | null) => (oid === null ? "" : blobText(top, oid));
  return { base: text(base), ours: text(ours), theirs: text(theirs) };
}

async function settleManifest(top: string, file: UnmergedFile, context: Context): Promise<void> {
  if (await settledWhole(top, file, context)) return;
  const path = join(top, file.path);
  const { text } = await resolveManifest({ path, root: dirname(path), label: file.path }, versionsOf(top, file), context, (sides) =>
    pastOfMerge(top, file.path, sides, context),
  );
  writeAtomic(top, path, text);
  settle(top, [file.path]);
}

async function settleVault(top: string, file: UnmergedFile, context: Context): Promise<void> {
  if (await settledWhole(top, file, context)) return;
  const versions = versionsOf(top, file);
  const settled = new SettledManifest(join(top, file.path), context);
  const text =
    listedSide(versions, settled) ?? (await resolveVault(file.path, versions, keyFinder(join(top, file.path), context), context));
  refuseUnknownKeys(top, file.path, text, settled);
  writeAtomic(top, join(top, file.path), text);
  settle(top, [file.path]);
}

/** Of two vaults in one place, the one that the settled manifest lists: there is nothing to merge by name. Null where they are one. */
function listedSide({ ours, theirs }: FileVersions, settled: SettledManifest): string | null {
  const ids = [ours, theirs].map((text) => idOf(text));
  if (ids[0] === ids[1] || ids.includes(null)) return null;
  const at = ids.indexOf(settled.listedId(parseVault(ours).environment) ?? "");
  return at === -1 ? null : ([ours, theirs][at] as string);
}

function idOf(text: string): string | null {
  try {
    return parseVault(text).id;
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/**
 * A revert of a rotation may have put an older manifest back, without a conflict: no reader would open the vault. Who signed the
 * manifest is not asked: whatever it is, it would have to be taken from git again first.
 */
function refuseUnknownKeys(top: string, path: string, text: string, { manifest, path: place }: SettledManifest): void {
  const vault = parseVault(text);
  const known = manifest?.environments[vault.environment]?.statement.keys;
  if (known === undefined || [...keyIdsOf(vault)].every((keyId) => Object.hasOwn(known, keyId))) return;
  throw new EnvsealError("DIVERGED", `${path} would hold values under a key that ${MANIFEST_NAME} here does not know`, {
    hint: `it is from before a rotation: take the newer one (git checkout HEAD -- ${shellWord(fromTop(top, place ?? ""))}), then run envseal resolve again`,
  });
}

/** Where one side deleted the file, there is nothing to merge by name: one side is taken whole. */
async function settledWhole(top: string, file: UnmergedFile, context: Context): Promise<boolean> {
  if (file.ours !== null && file.theirs !== null) return false;
  const vault = classifyFile(basename(file.path));
  // Nothing would open it, and no guard let it through.
  if (vault?.kind === "vault" && new SettledManifest(join(top, file.path), context).hasRemoved(vault.environment)) {
    rmSync(join(top, file.path), { force: true });
    settle(top, [file.path]);
    say(context, `${plain(file.path)} is deleted: an admin removed the environment ${vault.environment}`);
    return true;
  }
  const there = (oid: string | null) => (oid === null ? "it is deleted" : "it is kept, changed");
  const options = [
    { value: "ours" as const, label: `ours (${there(file.ours)})` },
    { value: "theirs" as const, label: `theirs (${there(file.theirs)})` },
  ];
  const question = `${plain(file.path)} was deleted on one side and changed on the other; which one?`;
  const oid = file[sideOf(context) ?? (await choose(question, options, "add --ours or --theirs"))];
  if (oid === null) rmSync(join(top, file.path), { force: true });
  else writeAtomic(top, join(top, file.path), blobText(top, oid));
  settle(top, [file.path]);
  return true;
}

/** The projects of the work tree of which a joined rotation is not finished. */
function joinedProjects(top: string): Project[] {
  return projectsIn(top).filter((project) => joinsLeft(project).length > 0);
}

/** The last steps of a joined rotation, in the order of every rotation: the vaults, then the floor. */
async function finishJoins(top: string, context: Context): Promise<void> {
  const left = unmergedFiles(top).some(({ path }) => isOurs(path));
  for (const { path } of joinedProjects(top))
    for (const environment of joinsLeft(readManifest(path)))
      if (left) say(context, `${environment}: its vaults are sealed under the third key when the rest is settled: envseal resolve`);
      else await finishOne(top, path, environment, context);
}

async function finishOne(top: string, manifest: string, environment: string, context: Context): Promise<void> {
  const project = readManifest(manifest);
  const asked = { what: `or a rotator to finish the rotation of ${environment}`, line: "envseal resolve" };
  const hand = await rotatorHand(project, [environment], asked, context);
  const { reports } = await finishRotations(project, [environment], hand, context);
  const { version, keyId, vaults } = reports[0] as (typeof reports)[number];
  const paths = [project.path, ...vaults.map((path) => join(project.root, path))];
  settle(
    top,
    paths.map((path) => fromTop(top, path)),
  );
  say(
    context,
    `${environment} is at v${version} (${keyId}), which leads to both sides' keys; ${count(vaults.length, "vault")} sealed under it`,
  );
}
