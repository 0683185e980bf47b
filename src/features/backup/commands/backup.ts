import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { sealWithPassphrase } from "../../../age/passphrase-file.ts";
import { type Context, textFlag } from "../../../context.ts";
import { environmentEntries, environmentNames } from "../../../core/authority/authority-of.ts";
import { environmentOption } from "../../../core/authority/environment-option.ts";
import { vaultPathsOf } from "../../../core/authority/manifest.ts";
import type { Keyring } from "../../../core/keys/keyring.ts";
import { MAX_BACKUP_BYTES } from "../../../core/limits.ts";
import { type Backup, backupKeyring, backupText } from "../../../core/manifest/backup.ts";
import { openVault } from "../../../core/vault/open-vault.ts";
import { parseVault } from "../../../core/vault/vault.ts";
import { newPassphrase } from "../../../custody/passphrase.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { now } from "../../../system/clock.ts";
import { createFile } from "../../../system/private-file.ts";
import { ioError } from "../../../system/read.ts";
import { sweepStaging } from "../../../system/staging.ts";
import { count, json, line, plain, say, table, warn } from "../../../ui/output.ts";
import { showWords } from "../../../ui/show-once.ts";
import { givenPassphrase, identityFromCustody } from "../../../workspace/identity.ts";
import { openToRead } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { inGit, openProject, type Project } from "../../../workspace/project.ts";
import { readBackup } from "../../../workspace/read-backup.ts";
import { refuseInRepository, refuseTrackedWayOut } from "../../../workspace/refuse-in-repository.ts";
import { type Example, findExamples } from "../../history/key-usage.ts";
import { restoreBackup } from "../restore.ts";

/** All data keys in one age file under a passphrase: made, proven to work, or put back. */
export async function run(context: Context): Promise<void> {
  const [action, path = ""] = context.args;
  if (action === "create") return create(path, context);
  if (action === "verify") return verify(path, context);
  if (action === "restore") return restoreBackup(await readBackup(path, context), context);
  throw new EnvsealError("USAGE", "backup takes create, verify or restore, and a file", { hint: "envseal help backup" });
}

async function create(path: string, given: Context): Promise<void> {
  const context = { ...given, identity: await identityFromCustody(given) };
  const project = openProject(context);
  const chosen = context.environment === undefined ? environmentNames(project.manifest) : [context.environment];
  const keyrings = chosen.flatMap((environment) => openable(project, environment, context));
  if (keyrings.length === 0)
    throw new EnvsealError("NO_ACCESS", "your key opens no environment: the backup would hold nothing", {
      hint: `ask an admin for it (envseal grant NAME${environmentOption(project.manifest)})`,
    });
  const file = resolve(context.cwd, path);
  refuseTrackedWayOut(file);
  sweepStaging(dirname(file));
  if (existsSync(file))
    throw new EnvsealError("IO", `${path} is there already`, { hint: "choose another name: a backup is never overwritten" });
  const passphrase = await choosePassphrase(context);
  const sealed = await sealWithPassphrase(backupText(project.manifest, keyrings, now()), passphrase);
  if (sealed.length > MAX_BACKUP_BYTES)
    throw new EnvsealError("BACKUP", "the backup would be larger than 24 MiB, and could not be read again", {
      hint: "make one for each environment: envseal backup create -e NAME FILE",
    });
  try {
    createFile(file, sealed, 0o600);
  } catch (error) {
    throw ioError(error, `cannot write the backup to ${path}`);
  }
  const keys = keyrings.reduce(
    (sum, { statement }) => sum + Object.values(statement.keys).filter(({ state }) => state !== "destroyed").length,
    0,
  );
  say(
    context,
    `${count(keys, "key")} of ${keyrings.map(({ environment }) => environment).join(", ")} in ${plain(path)}; keep it apart from its passphrase, and outside this repository`,
  );
  say(context, `it is worth what its last test is: envseal backup verify ${plain(path)}`);
}

/** Of all environments, those that this key opens; one that was asked for by name has to. */
function openable(project: Project, environment: string, context: Context): Keyring[] {
  try {
    return [openToRead(project, environment, context)];
  } catch (error) {
    if (!isEnvsealError(error) || error.code !== "NO_ACCESS" || context.environment !== undefined) throw error;
    warn(`${environment} is not in the backup: ${error.message}`);
    return [];
  }
}

/** From --passphrase-file, which is written with new words where it is not there yet; else shown once. */
async function choosePassphrase(context: Context): Promise<string> {
  const path = textFlag(context, "passphrase-file");
  const words = newPassphrase();
  if (path === undefined) {
    await showWords(words.split(" "), {
      title: "the passphrase of the backup: these 12 words, in this order",
      advice: "write them down, and keep them apart from the backup; they are shown once and stored nowhere",
      instead: "add --passphrase-file PATH: it is read, or written with new words (0600) where it is not there",
    });
    return words;
  }
  const file = resolve(context.cwd, path);
  if (!existsSync(file)) {
    refuseInRepository(file, context.cwd);
    try {
      createFile(file, `${words}\n`, 0o600);
    } catch (error) {
      throw ioError(error, `cannot write the passphrase to ${path}`);
    }
    return words;
  }
  const given = givenPassphrase(context) ?? "";
  (await import("../../../custody/strength.ts")).assertStrong(given, ["envseal"]);
  return given.normalize("NFKC").trim();
}

/** Opens it, compares every key with what the manifest commits to, and opens a value for each version; changes no key. */
async function verify(path: string, context: Context): Promise<void> {
  const project = openProject(context);
  const backup = await readBackup(path, context);
  if (backup.manifest.project !== project.manifest.project)
    throw new EnvsealError("BACKUP", "this is a backup of another project", { hint: "look for the right one" });
  const results: { environment: string; version: number; keyId: string; proof: string }[] = [];
  for (const environment of Object.keys(backup.environments).sort()) {
    const keyring = backupKeyring(backup, environment, backup.manifest) as Keyring;
    const held = Object.entries(backup.environments[environment] ?? {});
    const examples = await examplesOf(
      project,
      environment,
      held.map(([keyId]) => keyId),
    );
    for (const [keyId, { version }] of held) results.push({ environment, version, keyId, proof: proofOf(keyring, examples?.get(keyId)) });
  }
  const lacking = missingKeys(project, backup);
  if (context.json) json({ created: backup.created, keys: results, lacking });
  else line(table(results.map(({ environment, version, keyId, proof }) => [environment, `v${version}`, keyId, proof])));
  refuseLacking(lacking);
  await withLock(project.root, context, () => {
    const current = openProject(context);
    refuseLacking(missingKeys(current, backup));
    writeManifest(current, { ...current.manifest, backup: { verified: now().slice(0, 10) } }, context);
  });
  say(context, `the backup of ${backup.created.slice(0, 10)} holds every key; commit envseal.json, which says when it was tested`);
}

/** Where values of the environment seem to stand under each key; null outside git. */
async function examplesOf(project: Project, environment: string, keyIds: readonly string[]): Promise<Map<string, Example[]> | null> {
  if (!inGit(project)) return null;
  return findExamples(project.root, vaultPathsOf(project.manifest, environment), keyIds);
}

/** A value under the key, found in the work tree or in history, opens with it. */
function proofOf(keyring: Keyring, examples: readonly Example[] | undefined): string {
  if (examples === undefined) return "matches its commitment";
  const opened = examples.find(({ path, text }) => opens(keyring, path, text));
  if (opened !== undefined) return `opens ${plain(opened.path)}`;
  return examples.length === 0
    ? "matches its commitment; no value stands under it anywhere"
    : "matches its commitment; nothing under it is whole";
}

/** What history holds may be half merged, or no vault at all. */
function opens(keyring: Keyring, path: string, text: string): boolean {
  try {
    const vault = parseVault(text, path);
    openVault(vault, keyring.keysOf(vault.id, true), path);
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

function refuseLacking(lacking: readonly string[]): void {
  if (lacking.length === 0) return;
  throw new EnvsealError("BACKUP", `the backup is good, and older than the project: it lacks ${lacking.join(", ")}`, {
    hint: "make a new one: envseal backup create FILE",
  });
}

function missingKeys({ manifest }: Project, backup: Backup): string[] {
  return environmentEntries(manifest).flatMap(([environment, { statement }]) =>
    Object.entries(statement.keys)
      .filter(([keyId, { state }]) => state !== "destroyed" && !Object.hasOwn(backup.environments[environment] ?? {}, keyId))
      .map(([, { version }]) => `v${version} of ${environment}`),
  );
}
