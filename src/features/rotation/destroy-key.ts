import { randomBytes } from "node:crypto";
import { type Context, textFlag } from "../../context.ts";
import { vaultPathsOf } from "../../core/authority/manifest.ts";
import { fenced } from "../../core/keys/fence.ts";
import { destroyed } from "../../core/keys/key-states.ts";
import { EnvsealError } from "../../errors.ts";
import { withLock } from "../../project/lock.ts";
import { now } from "../../system/clock.ts";
import { count, json, plain, say } from "../../ui/output.ts";
import { confirm, confirmInWords } from "../../ui/prompt.ts";
import { openKeyring, rememberOwn } from "../../workspace/keyring.ts";
import { writeManifest } from "../../workspace/manifest.ts";
import { inGit, openProject, type Project } from "../../workspace/project.ts";
import { readBackup } from "../../workspace/read-backup.ts";
import { adminHand, openToSign } from "../../workspace/signing.ts";
import { findUnderKey, type UnderKey, underKeyOnDisk } from "../history/key-usage.ts";
import { illegal, named } from "./key-states.ts";
import { checkVaults, resealAll } from "./reseal.ts";

/** Withdraws a key from use, after saying what goes dark without it, and with a backup of it or a waiver in words. */
export async function destroyKey(environment: string, version: string, context: Context): Promise<void> {
  const project = openProject(context);
  const { keyId, label, key } = named(project, environment, version);
  if (key.state !== "deactivated" && key.state !== "compromised") throw illegal(label, key.state, "destroyed", environment);
  const signer = await adminHand(project, { what: "to destroy a key", line: `envseal keys destroy ${version} -e ${environment}` }, context);
  openKeyring(project, environment, context);
  const paths = vaultPathsOf(project.manifest, environment);
  const under = inGit(project) ? await findUnderKey(project.root, paths, keyId) : underKeyOnDisk(project.root, paths, keyId);
  if (context.json) json({ environment, keyId, version: key.version, ...under });
  else say(context, describeUnder(label, environment, under));
  if (under.workTree.length + under.index.length > 0) {
    throw new EnvsealError("USAGE", `${label} is in use: ${[...new Set([...under.workTree, ...under.index])].map(plain).join(", ")}`, {
      hint: `seal them under the active key first: envseal rotate -e ${environment}, then git add them`,
    });
  }
  await requireBackup(project, environment, keyId, label, context);
  await confirm(context, `destroy ${label} of ${environment}?`);
  await withLock(project.root, context, () => {
    const current = openToSign(context);
    let keyring = openKeyring(current, environment, context);
    let { manifest } = current;
    if (keyring.statement.floor === keyId) {
      checkVaults(current, keyring, false);
      resealAll(current, keyring, false);
      manifest = fenced(manifest, [keyring], signer);
      writeManifest(current, manifest, context);
      keyring = openKeyring({ ...current, manifest }, environment, context);
    }
    const reason = textFlag(context, "reason") ?? "destroyed";
    const next = destroyed(manifest, keyring, { keyId, at: now(), reason, nonce: () => randomBytes(12) }, signer);
    writeManifest(current, next, context);
    rememberOwn(next, context);
  });
  say(context, `${label} of ${environment} is destroyed, its tombstone stays; commit envseal.json`);
  say(
    context,
    "git history still holds the wrapped key: whoever has it and an identity of that time opens it; change what stood under it at its provider",
  );
}

function describeUnder(label: string, environment: string, { workTree, index, stashes, commits, allCommits, refs }: UnderKey): string {
  const shown = (list: readonly string[]) => (list.length === 0 ? "no value under it" : list.map(plain).join(", "));
  const oldest = commits.at(-1);
  const range =
    commits.length === 0 || oldest === undefined
      ? ""
      : `: ${commits[0]?.oid.slice(0, 8)} ${commits[0]?.date.slice(0, 10)} back to ${oldest.oid.slice(0, 8)} ${oldest.date.slice(0, 10)}`;
  return [
    `${label} of ${environment}`,
    `  work tree  ${shown(workTree)}`,
    `  index      ${shown(index)}`,
    `  stash      ${stashes.length === 0 ? "no value under it" : `${stashes.join(", ")} would go dark`}`,
    `  history    ${commits.length} of ${count(allCommits, "commit")} would go dark${range}`,
    `  refs       ${refs.length === 0 ? "none stands on such a commit" : `${refs.slice(0, 10).map(plain).join(", ")}${refs.length > 10 ? ` and ${refs.length - 10} more` : ""}`}`,
  ].join("\n");
}

/** @throws BACKUP where the file given does not hold the key, NEEDS_CONFIRMATION, NEEDS_TERMINAL */
async function requireBackup(project: Project, environment: string, keyId: string, label: string, context: Context): Promise<void> {
  const path = textFlag(context, "backup");
  if (path === undefined) {
    const words = `destroy ${label.split(" ")[0]} without a backup`;
    return confirmInWords(textFlag(context, "waive-backup"), words, {
      question: "no backup was named (--backup FILE)",
      prompt: `type: ${words}`,
      instead: `add --backup FILE, or --waive-backup "${words}"`,
    });
  }
  const backup = await readBackup(path, context);
  const holds = backup.manifest.project === project.manifest.project && Object.hasOwn(backup.environments[environment] ?? {}, keyId);
  if (!holds)
    throw new EnvsealError("BACKUP", `this backup does not hold ${label} of ${environment}`, {
      hint: "make one that does: envseal backup create FILE",
    });
}
