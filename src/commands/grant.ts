import { assertRecipient, wrapKey } from "../age/wrap.ts";
import { b64u } from "../core/bytes.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import { accessByName, type Manifest } from "../core/manifest.ts";
import { isRecipientName } from "../core/names.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { pastManifests } from "../git/manifests.ts";
import { withLock } from "../project/lock.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { say, warn } from "../ui/output.ts";
import { confirm, confirmInWords } from "../ui/prompt.ts";
import { chosenEnvironments, now, writeManifest } from "../workspace/environments.ts";
import { fingerprint } from "../workspace/fingerprint.ts";
import { unlockAtHand } from "../workspace/key-at-hand.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject, type Project } from "../workspace/project.ts";

/** Wraps the active key for one more recipient: a pending join, or an age recipient that is given. */
export async function run(context: Context): Promise<void> {
  const [name = "", given] = context.args;
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "lower-case letters, digits, . _ and -" });
  if (given !== undefined) assertRecipient(given);
  const first = openProject(context);
  const recipient = recipientToGrant(first, name, given);
  const environments = chosenEnvironments(first, context);
  say(context, `${name}: ${recipient}\nfingerprint ${fingerprint(recipient)}: compare it with ${name} by another way than git`);
  warnOfLost(first, name, recipient);
  await confirmSwapped(first, name, recipient, context);
  await confirm(context, `give ${name} access to ${environments.join(", ")}?`);
  await withLock(first.root, context, async () => {
    const project = openProject(context);
    if (recipientToGrant(project, name, given) !== recipient) throw changedMeanwhile(name);
    const pins: string[] = [];
    let manifest: Manifest = Object.hasOwn(project.manifest.recipients, name)
      ? project.manifest
      : withRecipient(project.manifest, name, recipient, now().slice(0, 10));
    for (const environment of environments) {
      const keyring = openKeyring({ ...project, manifest }, environment, context);
      const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient);
      manifest = withAccess(manifest, keyring.signer, name, wrapped);
      pins.push(`  ${environment}  ${b64u(keyring.pin)}`);
    }
    writeManifest(project, manifest);
    say(context, `tell ${name} these pins, to compare with what their machine shows on first use:\n${pins.join("\n")}`);
  });
  say(context, `${name} has access to ${environments.join(", ")}, and to every earlier version of it; commit envseal.json`);
}

/** Whoever was revoked because others have the identity may ask again with the same one. */
function warnOfLost(project: Project, name: string, recipient: string): void {
  const opens = (manifest: Manifest) => {
    const access = accessByName(manifest);
    return Object.keys(manifest.recipients).find((other) => manifest.recipients[other]?.recipient === recipient && access.has(other));
  };
  if (opens(project.manifest) !== undefined) return;
  for (const earlier of pastManifests(project, 100)) {
    const other = earlier.project === project.manifest.project ? opens(earlier) : undefined;
    if (other === undefined) continue;
    return warn(
      `this identity had access before, as ${other}, and has none here: if it was revoked because others may have it, ${name} needs a new one (envseal join --new)`,
    );
  }
}

/** Someone without the key put another recipient in the place of one that had access: --yes alone must not give it that access. */
async function confirmSwapped({ manifest }: Project, name: string, recipient: string, context: Context): Promise<void> {
  // In every environment: access to one that NAME never had would go to whoever took their place in another.
  const swapped = Object.entries(manifest.environments).some(
    ([environment, { access }]) => Object.hasOwn(access, name) && isSpoiled(manifest, environment, name, context),
  );
  if (!swapped) return;
  const question = `the recipient or the access entry of ${name} was changed by someone without the key; only ${name} can tell you the right fingerprint`;
  await confirmInWords(textFlag(context, "fingerprint"), fingerprint(recipient), {
    question,
    prompt: "type it",
    instead: "add --fingerprint with what they told you",
  });
}

/** False too where the key at hand does not tell. */
function isSpoiled(manifest: Manifest, environment: string, name: string, context: Context): boolean {
  try {
    return unlockAtHand(manifest, environment, context)?.keyring.accessIsGenuine(name) === false;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

function recipientToGrant({ manifest }: Project, name: string, given: string | undefined): string {
  const known = Object.hasOwn(manifest.recipients, name) ? manifest.recipients[name]?.recipient : undefined;
  if (known === undefined && given === undefined) {
    throw new EnvsealError("USAGE", `${name} has not asked for access`, {
      hint: `${name} runs envseal join and commits, or: envseal grant ${name} age1…`,
    });
  }
  if (known !== undefined && given !== undefined && known !== given) {
    throw new EnvsealError("USAGE", `${name} stands in the manifest with another recipient than the one given`, {
      hint: `choose another name, or envseal revoke ${name} first`,
    });
  }
  const recipient = (known ?? given) as string;
  const other = Object.keys(manifest.recipients).find((entry) => entry !== name && manifest.recipients[entry]?.recipient === recipient);
  if (other !== undefined) {
    throw new EnvsealError(
      "USAGE",
      `this recipient is ${other} already: under a second name it would outlive the revocation of the first`,
      {
        hint: `${name} needs an identity of their own (envseal join)`,
      },
    );
  }
  return recipient;
}

function changedMeanwhile(name: string): EnvsealError {
  return new EnvsealError("USAGE", `the recipient of ${name} was changed while you were asked`, { hint: "compare the fingerprint again" });
}
