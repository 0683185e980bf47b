import { randomBytes } from "node:crypto";
import { recipientName } from "../../age/unlock.ts";
import { wrapKey } from "../../age/wrap.ts";
import { type Context, textFlag } from "../../context.ts";
import { environmentNames, headOf } from "../../core/authority/authority-of.ts";
import { withNewRoot } from "../../core/authority/new-root.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { withGrant, withRecipient, withWrapped } from "../../core/keys/manifest-edits.ts";
import { keepersOf } from "../../core/keys/rotate.ts";
import { backupKeyring } from "../../core/manifest/backup.ts";
import { readIdentityFile } from "../../custody/identity-file.ts";
import { writeIdentityFile } from "../../custody/identity-write.ts";
import { EnvsealError } from "../../errors.ts";
import { withLock } from "../../project/lock.ts";
import { recordSeen } from "../../project/pin-write.ts";
import { now } from "../../system/clock.ts";
import { plain, say } from "../../ui/output.ts";
import { confirm } from "../../ui/prompt.ts";
import { identityFromCustody } from "../../workspace/identity.ts";
import { openKeyring, refuseOlder } from "../../workspace/keyring.ts";
import { manifestText, writeNewRoot } from "../../workspace/manifest.ts";
import { pinText } from "../../workspace/pin-text.ts";
import { openProject, type Project } from "../../workspace/project.ts";
import { readBackup, vouchFor } from "../../workspace/read-backup.ts";
import { freeOwnName } from "../access/grant-self.ts";
import { personOf, requestOf } from "../access/person.ts";

/**
 * For a project all of whose admins are lost: a new authority over the keys that this person's identity, or a backup, opens. Every
 * machine has to confirm its pin, and every deploy key has to be created again.
 */
export async function makeNewRoot(given: Context): Promise<void> {
  const context = { ...given, identity: given.identity ?? (await identityFromCustody(given)) };
  const first = openProject(context);
  const keyrings = await keyringsOf(first, context);
  const shut = environmentNames(first.manifest).filter((name) => !keyrings.has(name));
  if (keyrings.size === 0)
    throw new EnvsealError("NO_ACCESS", "nothing here opens an environment, and a new root needs its key", {
      hint: "somebody with access runs it, or with a backup: envseal init --new-root --backup FILE",
    });
  say(
    context,
    `the admins ${Object.keys(headOf(first.manifest).admins).map(plain).join(", ")} would decide nothing any more, and you would be the only one`,
  );
  for (const [environment, keyring] of keyrings)
    say(context, `  ${environment}: access stays for ${keepersOf(keyring).kept.map(plain).join(", ") || "nobody else"}`);
  for (const environment of shut) say(context, `  ${environment} goes: its key is not at hand`);
  say(context, "  machines refuse the project until its new pin is confirmed there; deploy keys have to be created again");
  await confirm(context, "make a new root of this project?", "no");
  await withLock(first.root, context, async () => {
    const project = openProject(context);
    // What it signs again is what was verified and shown.
    if (manifestText(project.manifest) !== manifestText(first.manifest))
      throw new EnvsealError("USAGE", "envseal.json was changed while you were asked", { hint: "run it again" });
    const known = context.identity ?? readIdentityFile(context.env, project.manifest.project);
    const identity = known ?? randomBytes(32);
    const name = recipientName(project.manifest, identity) ?? (await freeOwnName(project, context));
    const person = personOf(identity, project.manifest.project, name);
    const kept = new Map([...keyrings].map(([environment, keyring]) => [environment, keepersOf(keyring).kept]));
    let manifest = withNewRoot(project.manifest, { [name]: { recipient: person.recipient, signer: person.signer } }, kept, person);
    if (!Object.hasOwn(manifest.recipients, name))
      manifest = withRecipient(manifest, name, requestOf(manifest, name, identity, { kind: "file" }));
    for (const [environment, keyring] of keyrings) {
      manifest = withGrant(manifest, environment, name, { recipient: person.recipient, kind: "person" }, person);
      const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), person.recipient);
      manifest = withWrapped(manifest, keyring.tagger, name, wrapped);
    }
    if (known === null) writeIdentityFile(context.env, manifest.project, identity, now());
    writeNewRoot(project, manifest);
    recordSeen(context.env, manifest);
    say(
      context,
      `${name} is the admin of this project; its new pin is ${pinText(manifest)}; commit envseal.json, and tell everybody the pin`,
    );
  });
}

/** What this person's key, or a backup, opens of the project. */
async function keyringsOf(project: Project, context: Context): Promise<Map<string, Keyring>> {
  const path = textFlag(context, "backup");
  const backup = path === undefined ? null : await readBackup(path, context);
  if (backup !== null && backup.manifest.project !== project.manifest.project)
    throw new EnvsealError("BACKUP", "this is a backup of another project", { hint: "look for the right one" });
  if (backup !== null) refuseOlder("the authority", vouchFor(backup, project.manifest, context), context);
  const found = new Map<string, Keyring>();
  for (const environment of environmentNames(project.manifest)) {
    const keyring = backup === null ? opened(project, environment, context) : backupKeyring(backup, environment, project.manifest);
    if (keyring !== null) found.set(environment, keyring);
  }
  return found;
}

function opened(project: Project, environment: string, context: Context): Keyring | null {
  try {
    return openKeyring(project, environment, context);
  } catch (error) {
    if (error instanceof EnvsealError && error.code === "NO_ACCESS") return null;
    throw error;
  }
}
