import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { fingerprint } from "../../../age/fingerprint.ts";
import { recipientOf } from "../../../age/keys.ts";
import { parsePin, recipientName } from "../../../age/unlock.ts";
import { type Context, textFlag } from "../../../context.ts";
import { adminsToAsk, oneOf } from "../../../core/authority/admins.ts";
import { environmentEntries, environmentNames } from "../../../core/authority/authority-of.ts";
import { environmentOption } from "../../../core/authority/environment-option.ts";
import { b64u } from "../../../core/bytes.ts";
import { withRecipient } from "../../../core/keys/manifest-edits.ts";
import { isRecipientName } from "../../../core/names.ts";
import { parseIdentityText, readIdentityFile } from "../../../custody/identity-file.ts";
import { setIdentityAside, sweepIdentities, writeIdentityFile } from "../../../custody/identity-write.ts";
import { readCustodyRecord, setRecordAside } from "../../../custody/record.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { now } from "../../../system/clock.ts";
import { readText } from "../../../system/read.ts";
import { json, line, say } from "../../../ui/output.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { openProject } from "../../../workspace/project.ts";
import { personOf, requestOf } from "../person.ts";
import { confirmPin, refuseUnlessLeadsTo } from "../pin.ts";
import { proposeRecipientName } from "../recipient-name.ts";

/** Makes an identity on this machine and asks for access: as an entry of the manifest, to be committed, or printed only. */
export async function run(context: Context): Promise<void> {
  const { root, manifest } = openProject(context);
  const name = textFlag(context, "name") ?? (await proposeRecipientName(root));
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "--name takes lower-case letters, digits, . _ and -" });
  const held = readCustodyRecord(context.env, manifest.project);
  if (held !== null && context.flags.new !== true) {
    throw new EnvsealError("USAGE", `your identity for this project is ${held.name}, held by ${held.kind}`, {
      hint: `it needs no second one; where it is lost or known to others: envseal join --new --name ${held.name}-2`,
    });
  }
  const pin = givenPin(context);
  // Nobody's identity is for a project that is not the one they were told of.
  if (pin !== null) refuseUnlessLeadsTo(manifest, pin);
  const person = await withLock(root, context, () => {
    const project = openProject(context);
    const known = context.flags.new === true ? null : readIdentityFile(context.env, manifest.project);
    const given = givenIdentity(context);
    refuseOther(known, given, name);
    const secret = known ?? given ?? randomBytes(32);
    const own = recipientOf(secret);
    refuseSecondName(recipientName(project.manifest, secret), name);
    const taken = Object.hasOwn(project.manifest.recipients, name) ? project.manifest.recipients[name] : undefined;
    if (taken !== undefined && taken.recipient !== own) {
      throw new EnvsealError("USAGE", `there is a recipient ${name} already, with another key`, {
        hint: `where you are ${name} too, on another machine or with a new key: envseal join --name ${name}-2, and once that has access, an admin revokes what is lost; else choose another name with --name`,
      });
    }
    // Only now: whoever is refused keeps what they have.
    if (context.flags.new === true) {
      setIdentityAside(context.env, manifest.project);
      setRecordAside(context.env, manifest.project);
    }
    sweepIdentities(context.env, manifest.project);
    if (known === null) writeIdentityFile(context.env, manifest.project, secret, now());
    if (context.flags.print !== true && recipientName(project.manifest, secret) === null) {
      writeManifest(project, withRecipient(project.manifest, name, requestOf(project.manifest, name, secret, { kind: "file" })), context);
    }
    const isConfirmed = pin !== null && confirmPin(project.manifest, pin, context);
    if (isConfirmed) say(context, `the pin ${b64u(pin)} is confirmed on this machine`);
    return personOf(secret, manifest.project, name);
  });
  const { recipient } = person;
  if (context.json) return json({ name, recipient, signer: person.signer, fingerprint: fingerprint(person) });
  line(recipient);
  const open = openTo(context, recipient);
  if (open.length > 0 && context.flags.print !== true)
    return say(
      context,
      `${name} has access to ${open.join(", ")} already${open.length < environmentNames(manifest).length ? `; for another environment an admin (${oneOf(adminsToAsk(manifest))}) runs: envseal grant ${name} -e NAME` : ""}`,
    );
  const option = environmentOption(manifest);
  say(context, `${name} asks for access; fingerprint ${fingerprint(person)}`);
  say(
    context,
    context.flags.print === true
      ? `an admin runs: envseal grant ${name} ${recipient}${option}`
      : `commit and push envseal.json; an admin (${oneOf(adminsToAsk(manifest))}) compares the fingerprint with you and runs: envseal grant ${name}${option}`,
  );
}

/** The environments that have an entry for this identity. */
function openTo(context: Context, recipient: string): string[] {
  const entries = environmentEntries(openProject(context).manifest);
  return entries.flatMap(([environment, { access }]) =>
    Object.values(access).some((entry) => entry.recipient === recipient) ? [environment] : [],
  );
}

/** @throws USAGE for --pin that is none */
function givenPin(context: Context): Uint8Array | null {
  const text = textFlag(context, "pin");
  if (text === undefined) return null;
  const pin = parsePin(text.trim());
  if (pin !== null) return pin;
  throw new EnvsealError("USAGE", "--pin is no pin (22 characters of base64url)", { hint: "a teammate's envseal status shows it" });
}

/** One identity under two names would outlive the revocation of one of them. */
function refuseSecondName(known: string | null, name: string): void {
  if (known === null || known === name) return;
  throw new EnvsealError("USAGE", `this machine's identity is ${known} already, and a second name for it would be no new identity`, {
    hint: `--new makes a new one, and keeps the old one in a file beside it: envseal join --new --name ${name}`,
  });
}

/** The identity of --identity is never left out for the one that is there. @throws USAGE */
function refuseOther(known: Uint8Array | null, given: Uint8Array | null, name: string): void {
  if (known === null || given === null || recipientOf(known) === recipientOf(given)) return;
  throw new EnvsealError("USAGE", "this machine has an identity for this project already, and --identity names another one", {
    hint: `--new takes that one, and keeps the old one in a file beside it: envseal join --new --name ${name} --identity FILE`,
  });
}

/** An age identity that the person has already. @throws IO, MALFORMED_KEY */
function givenIdentity(context: Context): Uint8Array | null {
  const path = textFlag(context, "identity");
  if (path === undefined) return null;
  const text = readText(resolve(context.cwd, path), 16 * 1024, "MALFORMED_KEY");
  if (text === null) throw new EnvsealError("IO", `there is no file ${path}`, { hint: "check the path of --identity" });
  return parseIdentityText(text, path);
}
