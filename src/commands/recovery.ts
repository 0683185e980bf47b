import { recipientOf } from "../age/keys.ts";
import { unlock } from "../age/unlock.ts";
import { wrapKey } from "../age/wrap.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import type { Manifest, Recipient } from "../core/manifest.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { now, writeManifest } from "../workspace/environments.ts";
import { identityFromCustody } from "../workspace/identity.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { openProject } from "../workspace/project.ts";
import { askRecoveryWords, makeRecoveryIdentity, recoveryPaths } from "../workspace/recovery.ts";
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
  refuseSecond(manifest);
  // Words that open nothing must not exist: every key is opened before they are made.
  for (const environment of Object.keys(manifest.environments)) openKeyring(first, environment, context);
  const { secret, confirmed } = await makeRecoveryIdentity(context);
  await withLock(root, context, async () => {
    const project = openProject(context);
    // It takes minutes to write words down: a teammate's may have come with a pull.
    refuseSecond(project.manifest, "; the words made just now open nothing: throw them away");
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

/** @throws USAGE where there is a recovery path, or something that stands in its place */
function refuseSecond(manifest: Manifest, aside = ""): void {
  const there = recoveryPaths(manifest);
  if (there.some(({ opens }) => opens.length > 0))
    throw new EnvsealError("USAGE", `there are recovery words already${aside}`, {
      hint: "envseal recovery confirm checks them; envseal revoke recovery ends them",
    });
  const [other] = [...there.map(({ name }) => name), ...Object.keys(manifest.recipients).filter((name) => name === NAME)];
  if (other === undefined) return;
  const opens = Object.values(manifest.environments).some(({ access }) => Object.hasOwn(access, other));
  throw new EnvsealError("USAGE", `there is a recipient named ${other} that is no recovery path${aside}`, {
    hint: `take it away first: envseal revoke ${other}${opens ? "" : " --request"}`,
  });
}

/**
 * The proof that words are right is that they yield the recipient in the manifest, and open what they are for: their entries
 * may have been lost in a rotation since.
 */
async function confirmWords(context: Context): Promise<void> {
  const project = openProject(context);
  const { name, secret } = await askRecoveryWords(project);
  await withLock(project.root, context, () => {
    const { manifest } = openProject(context);
    const shut = Object.keys(manifest.environments).filter((environment) => !opensWith(secret, manifest, environment));
    if (shut.length > 0)
      throw new EnvsealError("NO_ACCESS", `the words are the right ones, and do not open ${shut.join(", ")}`, {
        hint: `someone with access runs: envseal grant ${name} ${shut.length === 1 ? `-e ${shut[0]}` : "--all"}; then confirm again`,
      });
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
    const all = Object.keys(project.manifest.environments);
    const open = all.filter((environment) => opensWith(secret, project.manifest, environment));
    const shut = all.filter((environment) => !open.includes(environment));
    const keyrings = (open.length === 0 ? all : open).map((environment) => openKeyring(project, environment, held));
    const { manifest, name } = await grantSelf(project, keyrings, context);
    writeManifest(project, manifest);
    say(context, `${name} has access to ${open.join(", ")}; commit envseal.json`);
    if (shut.length > 0)
      throw new EnvsealError("NO_ACCESS", `${name} was given no access to ${shut.join(", ")}, which the words do not open`, {
        hint: "someone with access gives it: envseal grant; an environment that nobody made knowingly is removed from envseal.json by hand",
      });
  });
  say(context, "if the old identity may be in other hands, take its access away: envseal revoke NAME");
}

function opensWith(identity: Uint8Array, manifest: Manifest, environment: string): boolean {
  try {
    unlock(manifest, environment, { type: "identity", identity, pin: null, environment: null, source: "the recovery words" });
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
