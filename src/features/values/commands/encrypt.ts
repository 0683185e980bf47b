import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Context } from "../../../context.ts";
import { environmentOf } from "../../../core/authority/authority-of.ts";
import type { Keyring } from "../../../core/keys/keyring.ts";
import { classifyFile } from "../../../core/names.ts";
import { type Document, serialise } from "../../../core/vault/document.ts";
import { dedupe } from "../../../core/vault/edit-document.ts";
import { openVault } from "../../../core/vault/open-vault.ts";
import { parseVault } from "../../../core/vault/vault.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { runGit } from "../../../git/process.ts";
import type { Peer } from "../../../guard/peers.ts";
import { shellWord } from "../../../printable.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { plain, say, warn } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { compareWithPlaintext, describeDifference, difference, recordAgreement, refuseEmptied } from "../../../workspace/agreement.ts";
import { createVault } from "../../../workspace/create-vault.ts";
import { scanEnvFiles } from "../../../workspace/env-files.ts";
import { openKeyring } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { openProject, type Project, selectTargets, type Target } from "../../../workspace/project.ts";
import { foreignPeer, openToWrite, readPlaintext, sealTarget } from "../../../workspace/vaults.ts";

/** Seals the plaintext files into their vaults. */
export async function run(context: Context): Promise<void> {
  const { root } = openProject(context);
  await withLock(root, context, async () => {
    let project = openProject(context);
    const named = context.args.length > 0 || context.file !== undefined;
    let sealed = 0;
    for (const target of selectTargets(project, context)) {
      if (!existsSync(target.plaintext)) {
        if (named) throw noPlaintext(target);
        continue;
      }
      const peer = foreignPeer(target);
      if (peer !== null && named) throw foreign(target, peer);
      if (peer !== null) {
        warn(foreign(target, peer).message);
        continue;
      }
      sealed++;
      if (!existsSync(target.path) || !Object.hasOwn(project.manifest.vaults, target.listed)) project = addVault(project, target, context);
      else await encryptOne(project, target, context);
    }
    if (!named) tellOfUnsealed(project, context);
    if (sealed === 0)
      throw new EnvsealError("NO_PLAINTEXT", "there is no plaintext file beside any vault", {
        hint: "envseal set and envseal edit change values without one; envseal decrypt writes one",
      });
  });
}

/** "Up to date" is easily read as said of the file that was just made. */
function tellOfUnsealed({ root, manifest }: Project, context: Context): void {
  for (const { path, environment } of scanEnvFiles(root).plaintext) {
    const isOther = context.environment !== undefined && context.environment !== environment;
    if (isOther || Object.hasOwn(manifest.vaults, `${path}.vault`)) continue;
    warn(`${plain(path)} has no vault and was not sealed: envseal init makes one`);
  }
}

function noPlaintext(target: Target): EnvsealError {
  return new EnvsealError("NO_PLAINTEXT", `there is no ${basename(target.plaintext)} beside ${target.listed}`, {
    hint: "envseal decrypt writes it",
  });
}

/** It would be sealed as it stands, over the values. */
function foreign(target: Target, peer: Peer): EnvsealError {
  const name = basename(target.plaintext);
  return new EnvsealError("WRONG_FORMAT", `${name} is no plaintext: ${peer} encrypted it`, {
    hint: `envseal import ${peer} ${shellWord(name)} seals its values; once that is done, remove it`,
  });
}

async function encryptOne(project: Project, target: Target, context: Context): Promise<void> {
  const open = openToWrite(project, target, context);
  const agreement = compareWithPlaintext(project, open);
  const { state, plaintext } = agreement;
  if (plaintext === null) return;
  const changes = describeDifference(difference(open.opened.document, plaintext.document));
  const name = basename(target.plaintext);
  if (!context.yes && state === "vault-moved") {
    throw new EnvsealError("DIVERGED", `${target.listed} has changes that ${name} lacks; sealing would undo them (${changes})`, {
      hint: "envseal decrypt takes them over; to undo them all the same add --yes",
    });
  }
  if (!context.yes && state === "both-moved") {
    throw new EnvsealError("DIVERGED", `${name} and ${target.listed} both changed since they last agreed (${changes})`, {
      hint: "envseal sync merges them by name; to let the plaintext win add --yes",
    });
  }
  refuseEmptied(open, plaintext.document, context);
  if (state === "unknown") await confirm(context, `${name} differs from ${target.listed} (${changes}); seal it over the vault?`);
  const document = context.flags.dedupe === true ? dedupe(plaintext.document) : plaintext.document;
  if (document !== plaintext.document) writeAtomic(project.root, target.plaintext, serialise(document), 0o600);
  const { text, changed } = sealTarget(project, open, document, context);
  recordAgreement(project, open.vault.id, text, open.access.keyring);
  say(context, changed ? `sealed ${name} into ${target.listed} (${changes})` : `${target.listed} is up to date`);
}

/**
 * A vault that is missing here while git's index has it: made anew from an older plaintext, it would undo what a colleague
 * changed. @throws DIVERGED
 */
function refuseUndoing({ root }: Project, { listed, path, plaintext: file }: Target, keyring: Keyring, plaintext: Document): void {
  const { status, stdout } = runGit(root, ["cat-file", "blob", `:./${listed}`]);
  if (status !== 0) return;
  let kept: Document;
  try {
    const vault = parseVault(stdout.toString("utf8"));
    kept = openVault(vault, keyring.keysOf(vault.id)).document;
  } catch (error) {
    // One that does not open is made anew from the plaintext, as its error says.
    if (!isEnvsealError(error)) throw error;
    return;
  }
  const { added, removed, changed } = difference(kept, plaintext);
  if (removed.length + changed.length === 0) return;
  const name = basename(path);
  throw new EnvsealError(
    "DIVERGED",
    `${listed} is not here, and git has it with other values than ${basename(file)} (${describeDifference({ added, removed, changed })})`,
    {
      hint: `git restore ${shellWord(name)} (or git checkout -- ${shellWord(name)}) brings it back; to seal the plaintext in its place add --yes`,
    },
  );
}

/** A plaintext file of a known environment that has no vault yet, such as a new package's in a monorepo. */
function addVault(project: Project, target: Target, context: Context): Project {
  const kind = classifyFile(basename(target.path));
  const environment = kind?.kind === "vault" ? kind.environment : "default";
  environmentOf(project.manifest, environment);
  if (existsSync(target.path)) {
    throw new EnvsealError("UNLISTED_VAULT", `${target.listed} is there and is not listed in the manifest`, {
      hint: "move it away first (it may be a vault of dotenv-vault, or one that was copied here), then seal the plaintext again",
    });
  }
  const keyring = openKeyring(project, environment, context);
  const listed = project.manifest.vaults[target.listed];
  if (listed !== undefined) keyring.checkVault(target.listed, listed);
  const plaintext = readPlaintext(target);
  if (plaintext === null) throw noPlaintext(target);
  if (listed !== undefined && !context.yes) refuseUndoing(project, target, keyring, plaintext.document);
  const { manifest, text, id } = createVault(project.manifest, keyring, target.listed, plaintext.document);
  // The manifest first: a vault that is listed and missing is made again by the next run, an unlisted one is refused.
  writeManifest(project, manifest, context);
  writeAtomic(project.root, target.path, text);
  recordAgreement(project, id, text, keyring);
  say(context, `sealed ${basename(target.plaintext)} into ${target.listed}, a new vault of ${environment}`);
  return { ...project, manifest };
}
