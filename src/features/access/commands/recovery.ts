import { parsePin, unlock } from "../../../age/unlock.ts";
import { wrapKey } from "../../../age/wrap.ts";
import { type Context, textFlag } from "../../../context.ts";
import { ownMember } from "../../../core/authority/authority.ts";
import { environmentNames, headOf } from "../../../core/authority/authority-of.ts";
import { environmentOption } from "../../../core/authority/environment-option.ts";
import { accessByName, type Manifest } from "../../../core/authority/manifest.ts";
import { withGrant, withRecipient, withWrapped } from "../../../core/keys/manifest-edits.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { readSeen } from "../../../project/pins.ts";
import { now } from "../../../system/clock.ts";
import { say } from "../../../ui/output.ts";
import { text as ask } from "../../../ui/prompt.ts";
import { identityFromCustody } from "../../../workspace/identity.ts";
import { openKeyring, rememberOwn } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { pinText } from "../../../workspace/pin-text.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { recoveryPaths } from "../../../workspace/recovery-paths.ts";
import { adminHand, knownHand, needsAdmin, openToSign } from "../../../workspace/signing.ts";
import { grantSelf } from "../grant-self.ts";
import { personOf, requestOf } from "../person.ts";
import { confirmPin } from "../pin.ts";
import { askRecoveryWords, makeRecoveryIdentity } from "../recovery-words.ts";
import { withRole } from "../roles.ts";

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
  const signer = await adminHand(first, { what: "to make recovery words", line: "envseal recovery create" }, context);
  // Words that open nothing must not exist: every key is opened before they are made.
  for (const environment of environmentNames(manifest)) openKeyring(first, environment, context);
  const { secret, confirmed, keepPin } = await makeRecoveryIdentity(context);
  const pin = await withLock(root, context, async () => {
    const project = openToSign(context);
    // It takes minutes to write words down: a teammate's may have come with a pull.
    refuseSecond(project.manifest, "; the words made just now open nothing: throw them away");
    const person = personOf(secret, project.manifest.project, NAME);
    const custody = { kind: "recovery", ...(confirmed && { confirmed: now().slice(0, 10) }) } as const;
    let next = withRecipient(project.manifest, NAME, requestOf(project.manifest, NAME, secret, custody));
    next = withRole(next, person, "admin", [], signer);
    for (const environment of environmentNames(next)) {
      const keyring = openKeyring({ ...project, manifest: next }, environment, context);
      next = withGrant(next, environment, NAME, { recipient: person.recipient, kind: "recovery" }, signer);
      next = withWrapped(
        next,
        keyring.tagger,
        NAME,
        await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), person.recipient),
      );
    }
    writeManifest(project, next, context);
    rememberOwn(next, context);
    return pinText(next);
  });
  say(context, `the recovery words open every environment, and decide as an admin; commit envseal.json`);
  keepPin(pin);
}

/** @throws USAGE where there is a recovery path, or something that has its name */
function refuseSecond(manifest: Manifest, aside = ""): void {
  if (recoveryPaths(manifest).length > 0)
    throw new EnvsealError("USAGE", `there are recovery words already${aside}`, {
      hint: "envseal recovery confirm checks them; envseal revoke recovery ends them",
    });
  const opens = accessByName(manifest).has(NAME) || ownMember(headOf(manifest).admins, NAME) !== undefined;
  if (!opens && !Object.hasOwn(manifest.recipients, NAME)) return;
  throw new EnvsealError("USAGE", `there is a recipient named ${NAME} that is no recovery path${aside}`, {
    hint: `take it away first: envseal revoke ${NAME}${opens ? "" : " --request"}`,
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
    const shut = environmentNames(manifest).filter((environment) => !opensWith(secret, manifest, environment));
    if (shut.length > 0)
      throw new EnvsealError("NO_ACCESS", `the words are the right ones, and do not open ${shut.join(", ")}`, {
        hint: `an admin with access runs: envseal grant ${name} ${shut.length === 1 ? `-e ${shut[0]}` : "--all"}; then confirm again`,
      });
    const custody = { kind: "recovery", confirmed: now().slice(0, 10) } as const;
    writeManifest(project, withRecipient(manifest, name, requestOf(manifest, name, secret, custody)), context);
  });
  say(context, "the words are right; commit envseal.json");
}

/** For someone who lost every identity: the words give this machine's identity access to all that they open. */
async function useWords(context: Context): Promise<void> {
  const first = openProject(context);
  const { name: own, secret } = await askRecoveryWords(first);
  await confirmFirst(first, context);
  const held = { ...context, identity: secret };
  await withLock(first.root, context, async () => {
    const project = openToSign(context);
    const hand = knownHand(headOf(project.manifest), secret, project.manifest.project);
    if (hand?.role !== "admin")
      throw needsAdmin(project.manifest, {
        what: `to give access, and ${own} is none`,
        line: `envseal grant NAME${environmentOption(project.manifest)}, where NAME is that of your new identity (envseal join)`,
      });
    const all = environmentNames(project.manifest);
    const open = all.filter((environment) => opensWith(secret, project.manifest, environment));
    const shut = all.filter((environment) => !open.includes(environment));
    const keyrings = (open.length === 0 ? all : open).map((environment) => openKeyring(project, environment, held));
    const { manifest, name } = await grantSelf(project, keyrings, hand, context.flags.admin === true, context);
    writeManifest(project, manifest, context);
    rememberOwn(manifest, context);
    const role = context.flags.admin === true ? " and is an admin" : "";
    say(context, `${name} has access to ${open.join(", ")}${role}; commit envseal.json`);
    if (shut.length > 0)
      throw new EnvsealError("NO_ACCESS", `${name} was given no access to ${shut.join(", ")}, which the words do not open`, {
        hint: `an admin with access gives it: ${shut.map((environment) => `envseal grant ${name} -e ${environment}`).join("; ")}`,
      });
  });
  if (context.flags.admin !== true) say(context, "to decide as the lost identity did: envseal recovery use --admin");
  say(context, "if the old identity may be in other hands, take its access away: envseal revoke NAME");
}

/** A new machine knows no pin: it was written down with the words. One that is given is compared on any. @throws PIN_MISMATCH, NEEDS_TERMINAL, USAGE */
async function confirmFirst({ manifest }: Project, context: Context): Promise<void> {
  const given = textFlag(context, "pin");
  if (given === undefined && readSeen(context.env, manifest.project) !== null) return;
  const text = given ?? (await ask("the pin that was written down with the words", "add --pin PIN"));
  const pin = parsePin(text.trim());
  if (pin === null)
    throw new EnvsealError("USAGE", "this is no pin (22 characters of base64url)", {
      hint: "it was shown with the words; a teammate's envseal status shows it too",
    });
  confirmPin(manifest, pin, context);
}

function opensWith(identity: Uint8Array, manifest: Manifest, environment: string): boolean {
  try {
    unlock(manifest, environment, {
      type: "identity",
      identity,
      pins: [],
      personal: true,
      environment: null,
      source: "the recovery words",
    });
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}
