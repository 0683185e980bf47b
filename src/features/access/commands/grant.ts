import { fingerprint } from "../../../age/fingerprint.ts";
import { assertRecipient, wrapKey } from "../../../age/wrap.ts";
import { type Context, textFlag } from "../../../context.ts";
import { oneOf } from "../../../core/authority/admins.ts";
import { ownMember } from "../../../core/authority/authority.ts";
import { environmentEntries, environmentOf, headOf } from "../../../core/authority/authority-of.ts";
import { environmentOption } from "../../../core/authority/environment-option.ts";
import { accessByName, type Manifest } from "../../../core/authority/manifest.ts";
import { requireGenuine } from "../../../core/authority/require-genuine.ts";
import type { StatementSigner } from "../../../core/authority/statement.ts";
import { entryState, waitingFor } from "../../../core/keys/entry-state.ts";
import { validEntries } from "../../../core/keys/fence.ts";
import { withGrant, withRecipient, withWrapped } from "../../../core/keys/manifest-edits.ts";
import { isRecipientName } from "../../../core/names.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { now } from "../../../system/clock.ts";
import { say, warn } from "../../../ui/output.ts";
import { confirm, confirmInWords } from "../../../ui/prompt.ts";
import { formerAccess } from "../../../workspace/former-access.ts";
import { keyringIfOpen, rememberOwn } from "../../../workspace/keyring.ts";
import { chosenEnvironments, writeManifest } from "../../../workspace/manifest.ts";
import { pinText } from "../../../workspace/pin-text.ts";
import { openProject, type Project } from "../../../workspace/project.ts";
import { adminHand, openToSign } from "../../../workspace/signing.ts";
import { adminsWithoutWords } from "../recovery-words.ts";
import { type Person, refuseOwnRole, refuseUnlessAdminOf, roleAsked, withRole } from "../roles.ts";

/** Gives somebody access: a pending join, or an age recipient that is named; and with a role, what they may decide. */
export async function run(context: Context): Promise<void> {
  const [name = "", given] = context.args;
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "lower-case letters, digits, . _ and -" });
  if (given !== undefined) assertRecipient(given);
  const role = roleAsked(context);
  const first = openProject(context);
  if (role === "member") return demote(first, name, context);
  const person = personToGrant(first, name, given);
  const { environment, flags } = context;
  const scope = flags.all === true ? ["--all"] : environment === undefined ? [] : ["-e", environment];
  const line = ["envseal grant", name, ...(given === undefined ? [] : [given]), ...(role === null ? [] : [`--${role}`]), ...scope].join(
    " ",
  );
  const signer = await adminHand(first, { what: "to give access and roles", line }, context);
  const environments =
    role === "admin" && isKnown(first.manifest, name) ? environmentsOfRole(context, first) : chosenEnvironments(first, context);
  refuseUnlessAdminOf(first.manifest, person, role);
  say(context, `${name}: ${person.recipient}\nfingerprint ${fingerprint(person)}: compare it with ${name} by another way than git`);
  warnOfLost(first, name, person.recipient);
  await confirmSwapped(first, person, context);
  refuseOtherIdentity(first.manifest, person, environments);
  await confirm(context, question(name, environments, role));
  const waiting = await withLock(first.root, context, async () => {
    const project = openToSign(context);
    const same = personToGrant(project, name, given);
    if (same.recipient !== person.recipient || same.signer !== person.signer) throw changedMeanwhile(name);
    let manifest: Manifest = Object.hasOwn(project.manifest.recipients, name)
      ? project.manifest
      : withRecipient(project.manifest, name, { recipient: person.recipient, added: now().slice(0, 10) });
    if (role !== null) manifest = withRole(manifest, person, role, environments, signer);
    const shut: string[] = [];
    for (const environment of environments) {
      if (hasAlready(project.manifest, environment, person))
        say(context, `${name} has access to ${environment} already; it is signed again`);
      const granted = await grantOne({ ...project, manifest }, environment, person, signer, context);
      manifest = granted.manifest;
      if (!granted.wrapped) shut.push(environment);
    }
    writeManifest(project, manifest, context);
    rememberOwn(manifest, context);
    say(context, `tell ${name} this pin, to compare with what their machine shows on first use: ${pinText(manifest)}`);
    return shut;
  });
  const open = environments.filter((environment) => !waiting.includes(environment));
  say(context, done(name, open, role));
  const { people, otherwise } = adminsWithoutWords(openProject(context).manifest);
  if (role !== "admin" && people.length === 1)
    say(context, `you are the only admin: if your identity is lost, ${otherwise}; a second one: envseal grant ${name} --admin`);
  if (waiting.length > 0) say(context, waits(name, waiting, openProject(context).manifest));
}

/** Takes a role away by its name, whatever anybody wrote beside it. */
async function demote(first: Project, name: string, context: Context): Promise<void> {
  const signer = await adminHand(first, { what: "to take a role away", line: `envseal grant ${name} --member` }, context);
  const person = { name, recipient: "", signer: undefined };
  refuseUnlessAdminOf(first.manifest, person, "member");
  refuseOwnRole(first.manifest, [name], signer, `envseal grant ${name} --member`);
  await confirm(context, `take the role of ${name} away? access stays`);
  await withLock(first.root, context, () => {
    const project = openToSign(context);
    const manifest = withRole(project.manifest, person, "member", [], signer);
    writeManifest(project, manifest, context);
    rememberOwn(manifest, context);
  });
  say(context, `${name} is a member now; commit envseal.json`);
}

/** Signs the entry, and wraps the key for it where this machine's key opens the environment. */
async function grantOne(
  project: Project,
  environment: string,
  { name, recipient, signer: own }: Person,
  signer: StatementSigner,
  context: Context,
): Promise<{ manifest: Manifest; wrapped: boolean }> {
  const { access } = environmentOf(project.manifest, environment);
  // Its revision is what the entry says it holds from, also where no key opens it here.
  requireGenuine(project.manifest, environment);
  // Anybody can write an entry, and what it is for decides for whom later keys are wrapped: only what an admin signed is kept.
  const known = validEntries(project.manifest, environment).includes(name) ? ownMember(access, name) : undefined;
  const kind = known?.recipient === recipient ? known.kind : "person";
  const manifest = withGrant(project.manifest, environment, name, { recipient, kind, ...(own !== undefined && { signer: own }) }, signer);
  const keyring = keyringIfOpen({ ...project, manifest }, environment, context);
  if (keyring === null) return { manifest, wrapped: environmentOf(manifest, environment).access[name]?.wrapped !== undefined };
  const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient);
  return { manifest: withWrapped(manifest, keyring.tagger, name, wrapped), wrapped: true };
}

function hasAlready(manifest: Manifest, environment: string, { name, recipient }: Person): boolean {
  const { access } = environmentOf(manifest, environment);
  return ownMember(access, name)?.recipient === recipient && entryState(manifest, environment, name) === "ok";
}

function isKnown(manifest: Manifest, name: string): boolean {
  return accessByName(manifest).has(name);
}

/** A role alone is of all environments, but a rotator's. */
function environmentsOfRole(context: Context, project: Project): string[] {
  return context.environment === undefined && context.flags.all !== true ? [] : chosenEnvironments(project, context);
}

function question(name: string, environments: readonly string[], role: string | null): string {
  const access = environments.length === 0 ? "" : ` access to ${environments.join(", ")}`;
  if (role === "admin")
    return `make ${name} an admin, who decides about keys and access of everybody${access === "" ? "" : `, and give${access}`}?`;
  if (role === "rotate") return `let ${name} rotate the keys of ${environments.join(", ")}, and give access to them?`;
  return `give ${name}${access}?`;
}

function done(name: string, environments: readonly string[], role: string | null): string {
  const access =
    environments.length === 0
      ? ""
      : `has access to ${environments.join(", ")}, and to every earlier version of ${environments.length === 1 ? "it" : "them"}`;
  const what = [role === "admin" ? "is an admin" : role === "rotate" ? "may rotate" : "", access].filter(Boolean).join(", and ");
  return what === "" ? "commit envseal.json" : `${name} ${what}; commit envseal.json`;
}

function waits(name: string, environments: readonly string[], manifest: Manifest): string {
  const whom = environments.map((environment) => `${oneOf(waitingFor(manifest, environment).holders)} for ${environment}`);
  return `${name} waits for the key of ${environments.join(", ")}, which yours does not open; when envseal.json is pushed, ask ${whom.join(", ")} to run: envseal sync`;
}

/** With a role for a new identity and access for the old one, one name would stand for two. */
function refuseOtherIdentity(manifest: Manifest, { name, recipient }: Person, environments: readonly string[]): void {
  const isOther = ([environment, { access }]: [string, { access: Record<string, { recipient: string }> }]) =>
    !environments.includes(environment) && validEntries(manifest, environment).includes(name) && access[name]?.recipient !== recipient;
  const left = environmentEntries(manifest).filter(isOther);
  if (left.length === 0) return;
  throw new EnvsealError("USAGE", `${name} has access to ${left.map(([environment]) => environment).join(", ")} with another identity`, {
    hint: `give the new one that access too (--all), or take the old one's first: envseal revoke ${name}`,
  });
}

/** Whoever was revoked because others have the identity may ask again with the same one. */
function warnOfLost(project: Project, name: string, recipient: string): void {
  const { manifest } = project;
  const has = environmentEntries(manifest).some(([environment, { access }]) =>
    validEntries(manifest, environment).some((other) => access[other]?.recipient === recipient),
  );
  const [before] = has ? [] : formerAccess(project, (other) => other === recipient);
  if (before === undefined) return;
  warn(
    `this identity had access before, as ${before.name}, and has none here: if it was revoked because others may have it, ${name} needs a new one (envseal join --new)`,
  );
}

/** Someone put another recipient in the place of one that had access: --yes alone must not give it that access. */
async function confirmSwapped({ manifest }: Project, person: Person, context: Context): Promise<void> {
  const { name, recipient, signer } = person;
  const entries = environmentEntries(manifest).flatMap(([, { access }]) => ownMember(access, name) ?? []);
  const admin = ownMember(headOf(manifest).admins, name);
  const rotator = ownMember(headOf(manifest).rotators, name);
  // An entry without a signing key was given to a recipient alone: nobody compared the key that is claimed now.
  const compared = admin?.signer ?? rotator?.signer;
  const isOther =
    [...entries, ...(admin === undefined ? [] : [admin])].some((entry) => entry.recipient !== recipient) ||
    [...entries.map((entry) => entry.signer ?? compared), ...(compared === undefined ? [] : [compared])].some((one) => one !== signer);
  if (!isOther) return;
  await confirmInWords(textFlag(context, "fingerprint"), fingerprint(person), {
    question: `${name} had access, or a role, with another identity, and anybody can write what stands in envseal.json now; only ${name} can tell you the right fingerprint`,
    prompt: "type it",
    instead: "add --fingerprint with what they told you",
  });
}

function personToGrant({ manifest }: Project, name: string, given: string | undefined): Person {
  const known = ownMember(manifest.recipients, name) ?? ownMember(headOf(manifest).admins, name);
  if (known === undefined && given === undefined) {
    throw new EnvsealError("USAGE", `${name} has not asked for access`, {
      hint: `${name} runs envseal join and commits, or: envseal grant ${name} age1…${environmentOption(manifest)}`,
    });
  }
  if (known !== undefined && given !== undefined && known.recipient !== given) {
    throw new EnvsealError("USAGE", `${name} is in the manifest with another recipient than the one given`, {
      hint: `choose another name, or envseal revoke ${name} first`,
    });
  }
  const recipient = known?.recipient ?? (given as string);
  const entries = environmentEntries(manifest).flatMap(([, { access }]) => Object.entries(access));
  const other = [...Object.entries(manifest.recipients), ...entries].find(
    ([entry, who]) => entry !== name && who.recipient === recipient,
  )?.[0];
  if (other !== undefined) {
    throw new EnvsealError(
      "USAGE",
      `this recipient is ${other} already: under a second name it would outlive the revocation of the first`,
      {
        hint: `${name} needs an identity of their own (envseal join)`,
      },
    );
  }
  return { name, recipient, signer: known?.signer };
}

function changedMeanwhile(name: string): EnvsealError {
  return new EnvsealError("USAGE", `the recipient of ${name} was changed while you were asked`, { hint: "compare the fingerprint again" });
}
