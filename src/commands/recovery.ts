import { randomBytes } from "node:crypto";
import { recipientOf } from "../age/keys.ts";
import { recipientName } from "../age/unlock.ts";
import { wrapKey } from "../age/wrap.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import type { Manifest, Recipient } from "../core/manifest.ts";
import { readIdentityFile } from "../custody/identity-file.ts";
import { writeIdentityFile } from "../custody/identity-write.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { now, writeManifest } from "../workspace/environments.ts";
import { identityFromCustody } from "../workspace/identity.ts";
import { proposeRecipientName } from "../workspace/init-plan.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject, type Project } from "../workspace/project.ts";
import { askRecoveryWords, makeRecoveryIdentity } from "../workspace/recovery.ts";

const NAME = "recovery";

/** `create`: 24 words that open every environment. `confirm`: proves that the words on paper are the right ones. */
export async function run(context: Context): Promise<void> {
  const [action] = context.args;
  if (action === "create") return create(context);
  if (action === "confirm") return confirmWords(context);
  if (action === "use") return useWords(context);
  throw new EnvsealError("USAGE", "recovery takes create, confirm or use", { hint: "envseal help recovery" });
}

async function create(given: Context): Promise<void> {
  const context = { ...given, identity: given.identity ?? (await identityFromCustody(given)) };
  const { root, manifest } = openProject(context);
  if (recoveryOf(manifest) !== undefined)
    throw new EnvsealError("USAGE", "there are recovery words already", {
      hint: "envseal recovery confirm checks them; envseal revoke recovery ends them",
    });
  const { secret, confirmed } = await makeRecoveryIdentity(context);
  await withLock(root, async () => {
    const project = openProject(context);
    const today = now().slice(0, 10);
    const recipient = recipientOf(secret);
    let next = withRecipient(project.manifest, NAME, recipient, today, {
      kind: "recovery",
      ...(confirmed && { confirmed: today }),
    });
    for (const environment of Object.keys(next.environments)) {
      const keyring = openKeyring({ ...project, manifest: next }, environment, context);
      next = withAccess(next, keyring.signer, NAME, await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient));
    }
    writeManifest(project, next);
  });
  say(context, "the recovery words open every environment; commit envseal.json");
}

/** The proof that words are right is that they yield the recipient in the manifest. */
async function confirmWords(context: Context): Promise<void> {
  const project = openProject(context);
  const { name } = await askRecoveryWords(project);
  await withLock(project.root, () => {
    const { manifest } = openProject(context);
    const { recipient, added } = manifest.recipients[name] as Recipient;
    writeManifest(project, withRecipient(manifest, name, recipient, added, { kind: "recovery", confirmed: now().slice(0, 10) }));
  });
  say(context, "the words are right; commit envseal.json");
}

/** For someone who lost every identity: the words give this machine's identity access to all that they open. */
async function useWords(context: Context): Promise<void> {
  const first = openProject(context);
  const { secret } = await askRecoveryWords(first);
  const held = { ...context, identity: secret };
  await withLock(first.root, async () => {
    const project = openProject(context);
    const { identity, name } = await ownRecipient(project, context);
    const recipient = recipientOf(identity);
    let next = Object.hasOwn(project.manifest.recipients, name)
      ? project.manifest
      : withRecipient(project.manifest, name, recipient, now().slice(0, 10), { kind: "file" });
    for (const environment of Object.keys(next.environments)) {
      const keyring = openKeyring({ ...project, manifest: next }, environment, held);
      next = withAccess(next, keyring.signer, name, await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient));
    }
    if (readIdentityFile(context.env, project.manifest.project) === null)
      writeIdentityFile(context.env, project.manifest.project, identity, now());
    writeManifest(project, next);
    say(context, `${name} has access to ${Object.keys(next.environments).join(", ")}; commit envseal.json`);
  });
  say(context, "if the old identity may be in other hands, take its access away: envseal revoke NAME");
}

/** This machine's identity and its name as a recipient; both new where there are none. */
async function ownRecipient(project: Project, context: Context): Promise<{ identity: Uint8Array; name: string }> {
  const identity = readIdentityFile(context.env, project.manifest.project) ?? randomBytes(32);
  const known = recipientName(project.manifest, identity);
  const name = known ?? textFlag(context, "name") ?? (await proposeRecipientName(project.root));
  if (known === null && Object.hasOwn(project.manifest.recipients, name)) {
    throw new EnvsealError("USAGE", `there is a recipient ${name} already, with another key`, {
      hint: `choose another name with --name, such as ${name}-2; revoke the lost one afterwards`,
    });
  }
  return { identity, name };
}

function recoveryOf(manifest: Manifest): string | undefined {
  return Object.keys(manifest.recipients).find((name) => manifest.recipients[name]?.custody?.kind === "recovery");
}
