import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { adminsToAsk, oneOf } from "../../core/authority/admins.ts";
import { authorityOf, headOf } from "../../core/authority/authority-of.ts";
import type { Manifest } from "../../core/authority/manifest.ts";
import { isEarlier } from "../../core/authority/seen.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { validEntries } from "../../core/keys/fence.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { type Backup, backupKeyring } from "../../core/manifest/backup.ts";
import { type Condition, conditionOf, restored } from "../../core/manifest/restore.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { readIdentityFile } from "../../custody/identity-file.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { findManifestPath, namedManifest, readManifest } from "../../project/find.ts";
import { localFolder, workTreeTop } from "../../project/gitdir.ts";
import { withLock } from "../../project/lock.ts";
import { recordSeen } from "../../project/pin-write.ts";
import { readSeen } from "../../project/pins.ts";
import { replaceAtomic } from "../../project/write.ts";
import { say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import type { Project } from "../../workspace/project.ts";
import { vouchFor } from "../../workspace/read-backup.ts";
import { knownHand } from "../../workspace/signing.ts";
import { grantSelf } from "../access/grant-self.ts";

const WORDS: Readonly<Record<Condition, string>> = {
  healthy: "is as good as the backup: nothing to put back",
  missing: "is not there: it is put back",
  damaged: "is damaged: it is put back",
  older: "is older than the backup: it is brought up to it",
  removed: "was removed by an admin since: it stays away",
  unknown: "has a newer key, which this backup does not hold",
};

/**
 * Puts back what is missing or damaged of a project's keys, never over what is healthier, and gives this machine's identity
 * access to it. One write of the manifest.
 */
export async function restoreBackup(backup: Backup, context: Context): Promise<void> {
  const root = rootOf(context);
  await withLock(root, context, async () => {
    const here = readHere(root, backup);
    const environments = Object.keys(backup.environments).sort();
    const conditions = new Map(environments.map((name) => [name, conditionOf(backup, name, here.manifest)]));
    for (const [name, condition] of conditions) say(context, `${name} ${WORDS[condition]}`);
    refuseUnknown(conditions);
    const present = environments.filter((name) => conditions.get(name) !== "removed");
    const back = present.filter((name) => conditions.get(name) !== "healthy");
    const manifest = restored(backup, here.manifest, back);
    const keyrings = present.map((name) => backupKeyring(backup, name, manifest) as Keyring);
    refuseOlderThanSeen(manifest, keyrings, context);
    vouchFor(backup, manifest, context);
    for (const name of back) say(context, `  access to ${name}: ${validEntries(manifest, name).join(", ")}`);
    if (back.length > 0)
      say(
        context,
        `what was required, allowed or granted since ${backup.created} is not in the backup, and has to be done again: git diff shows it`,
      );
    const project: Project = { path: here.path, root, manifest };
    const hand = adminHere(project, context);
    if (back.length === 0 && hand === null) return say(context, withoutAdmin(manifest));
    const access = hand === null ? "" : "give this machine's identity access";
    await confirm(context, `${[back.length === 0 ? "" : `put back ${back.join(", ")}`, access].filter(Boolean).join(", and ")}?`);
    if (here.damagedText !== null) keepDamaged(project, here.damagedText, context);
    const granted = hand === null ? null : await grantSelf(project, keyrings, hand, false, context);
    writeManifest(project, granted?.manifest ?? manifest, context);
    // The passphrase of the backup vouches for its manifest, and so for its pin.
    if (hand !== null || readSeen(context.env, manifest.project) === null) recordSeen(context.env, granted?.manifest ?? manifest);
    say(
      context,
      `restored${granted === null ? "" : `; ${granted.name}, the identity of this machine, has access`}; commit envseal.json, then: envseal status`,
    );
    if (hand === null) say(context, withoutAdmin(manifest));
  });
}

/** This machine's identity, where it is an admin's: only that one gives access. */
function adminHere({ manifest }: Project, { env }: Context): StatementSigner | null {
  const identity = readIdentityFile(env, manifest.project);
  const hand = identity === null ? null : knownHand(headOf(manifest), identity, manifest.project);
  return hand?.role === "admin" ? hand : null;
}

function withoutAdmin(manifest: Manifest): string {
  const names = oneOf(adminsToAsk(manifest));
  return `nobody was given access here: that takes an admin (ask ${names}), or the recovery words (envseal recovery use); where all of them are lost: envseal init --new-root --backup FILE`;
}

/** Where the manifest is or was: the nearest one's folder, else the repository's top, else here. */
function rootOf({ cwd, env }: Context): string {
  const named = namedManifest(env);
  if (named !== undefined) return resolve(cwd, named, "..");
  const path = findManifestPath(cwd);
  return path === null ? (workTreeTop(cwd) ?? resolve(cwd)) : dirname(path);
}

/** @throws BACKUP where the manifest here is another project's */
function readHere(root: string, backup: Backup): { path: string; manifest: Project["manifest"] | null; damagedText: Uint8Array | null } {
  const path = join(root, MANIFEST_NAME);
  if (!existsSync(path)) return { path, manifest: null, damagedText: null };
  try {
    const { manifest } = readManifest(path);
    if (manifest.project === backup.manifest.project) return { path, manifest, damagedText: null };
  } catch (error) {
    if (!isEnvsealError(error) || !["MALFORMED_MANIFEST", "CONFLICT_MARKERS"].includes(error.code)) throw error;
    return { path, manifest: null, damagedText: readFileSync(path) };
  }
  throw new EnvsealError("BACKUP", "this is a backup of another project", {
    hint: "look for the right one, or run it in the other project",
  });
}

function refuseUnknown(conditions: ReadonlyMap<string, Condition>): void {
  const unknown = [...conditions].filter(([, condition]) => condition === "unknown").map(([name]) => name);
  if (unknown.length === 0) return;
  throw new EnvsealError("BACKUP", `the backup is older than the manifest here, or ${unknown.join(", ")} was made anew by someone`, {
    hint: "nothing was changed; use a newer backup, or take the last good envseal.json from git first (git log -p envseal.json)",
  });
}

function refuseOlderThanSeen(manifest: Manifest, keyrings: readonly Keyring[], context: Context): void {
  if (context.flags["allow-older"] === true) return;
  const seen = readSeen(context.env, manifest.project);
  if (seen === null) return;
  const older = (subject: string) =>
    new EnvsealError("BACKUP", `the backup is older than what this machine has seen of ${subject}`, {
      hint: "nothing was changed; take envseal.json from git (git log -p envseal.json), or, where that is lost, add --allow-older",
    });
  if (!authorityOf(manifest).contains(seen.digests.at(-1) as string)) throw older("the authority");
  const behind = keyrings.find(({ environment, statement }) => isEarlier(manifest, environment, statement, seen));
  if (behind !== undefined) throw older(behind.environment);
}

function keepDamaged(project: Project, text: Uint8Array, context: Context): void {
  const copy = join(localFolder(project.root), "manifest-before-restore");
  replaceAtomic(project.root, copy, text, 0o600);
  say(context, `the damaged envseal.json was kept as ${copy}`);
}
