import { recipientOf } from "../age/keys.ts";
import { wrapKey } from "../age/wrap.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import type { Manifest, Recipient } from "../core/manifest.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { now, writeManifest } from "../workspace/environments.ts";
import { identityFromCustody } from "../workspace/identity.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject } from "../workspace/project.ts";
import { askRecoveryWords, makeRecoveryIdentity } from "../workspace/recovery.ts";
import { grantSelf } from "../workspace/self.ts";

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
  const first = openProject(context);
  const { root, manifest } = first;
  if (recoveryOf(manifest) !== undefined)
    throw new EnvsealError("USAGE", "there are recovery words already", {
      hint: "envseal recovery confirm checks them; envseal revoke recovery ends them",
    });
  if (Object.hasOwn(manifest.recipients, NAME)) {
    throw new EnvsealError("USAGE", `there is a recipient named ${NAME} that is no recovery path`, {
      hint: `take it away first: envseal revoke ${NAME}`,
    });
  }
  // Words that open nothing must not exist: every key is opened before they are made.
  for (const environment of Object.keys(manifest.environments)) openKeyring(first, environment, context);
  const { secret, confirmed } = await makeRecoveryIdentity(context);
  await withLock(root, context, async () => {
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
  await withLock(project.root, context, () => {
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
  await withLock(first.root, context, async () => {
    const project = openProject(context);
    const keyrings = Object.keys(project.manifest.environments).map((environment) => openKeyring(project, environment, held));
    const { manifest, name } = await grantSelf(project, keyrings, context);
    writeManifest(project, manifest);
    say(context, `${name} has access to ${Object.keys(manifest.environments).join(", ")}; commit envseal.json`);
  });
  say(context, "if the old identity may be in other hands, take its access away: envseal revoke NAME");
}

function recoveryOf(manifest: Manifest): string | undefined {
  return Object.keys(manifest.recipients).find((name) => manifest.recipients[name]?.custody?.kind === "recovery");
}
