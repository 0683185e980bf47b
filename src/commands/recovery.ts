import { recipientOf } from "../age/keys.ts";
import { wrapKey } from "../age/wrap.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import { wordsToIdentity } from "../custody/recovery.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { hidden } from "../ui/prompt.ts";
import { now, writeManifest } from "../workspace/environments.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject, type Project } from "../workspace/project.ts";
import { makeRecoveryIdentity } from "../workspace/recovery.ts";

const NAME = "recovery";

/** `create`: 24 words that open every environment. `confirm`: proves that the words on paper are the right ones. */
export async function run(context: Context): Promise<void> {
  const [action] = context.args;
  if (action === "create") return create(context);
  if (action === "confirm") return confirmWords(context);
  throw new EnvsealError("USAGE", "recovery takes create or confirm", { hint: "envseal help recovery" });
}

async function create(context: Context): Promise<void> {
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
  const entry = recoveryOf(project.manifest);
  if (entry === undefined) throw new EnvsealError("USAGE", "there are no recovery words to confirm", { hint: "envseal recovery create" });
  const typed = await hidden("the 24 recovery words", "run it in a terminal");
  const secret = wordsToIdentity(typed);
  if (secret === null)
    throw new EnvsealError("WRONG_KEY", "these are not 24 words of the list with a right checksum", {
      hint: "compare them with the paper word by word",
    });
  const [name, known] = entry;
  if (recipientOf(secret) !== known.recipient)
    throw new EnvsealError("WRONG_KEY", "these are recovery words, but not this project's", {
      hint: "look for the right paper, or create new words: envseal revoke recovery, envseal recovery create",
    });
  await withLock(project.root, () => {
    const { manifest } = openProject(context);
    writeManifest(
      project,
      withRecipient(manifest, name, known.recipient, known.added, { kind: "recovery", confirmed: now().slice(0, 10) }),
    );
  });
  say(context, "the words are right; commit envseal.json");
}

function recoveryOf({ recipients }: Project["manifest"]) {
  return Object.entries(recipients).find(([, { custody }]) => custody?.kind === "recovery");
}
