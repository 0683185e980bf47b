import { randomBytes } from "node:crypto";
import { recipientName } from "../../age/unlock.ts";
import { wrapKey } from "../../age/wrap.ts";
import { type Context, textFlag } from "../../context.ts";
import { environmentOf, headOf } from "../../core/authority/authority-of.ts";
import { accessByName, type Manifest } from "../../core/authority/manifest.ts";
import type { StatementSigner } from "../../core/authority/statement.ts";
import { validEntries } from "../../core/keys/fence.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { withGrant, withRecipient, withWrapped } from "../../core/keys/manifest-edits.ts";
import { isRecipientName } from "../../core/names.ts";
import { readIdentityFile } from "../../custody/identity-file.ts";
import { writeIdentityFile } from "../../custody/identity-write.ts";
import { type CustodyRecord, readCustodyRecord, removeCustodyRecord } from "../../custody/record.ts";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { now } from "../../system/clock.ts";
import { say } from "../../ui/output.ts";
import type { Project } from "../../workspace/project.ts";
import { personOf, requestOf } from "./person.ts";
import { proposeRecipientName } from "./recipient-name.ts";
import { withRole } from "./roles.ts";

/**
 * The manifest with access for this machine's own identity, which is made where there is none: for someone who holds the
 * keys by another way (recovery words, a backup).
 * @throws USAGE where the name is another's, or not that of the identity that is here
 */
export async function grantSelf(
  project: Project,
  keyrings: readonly Keyring[],
  signer: StatementSigner,
  admin: boolean,
  context: Context,
): Promise<{ manifest: Manifest; name: string }> {
  const known = readIdentityFile(context.env, project.manifest.project);
  const identity = known ?? randomBytes(32);
  const name = await ownName(project, identity, context);
  const person = personOf(identity, project.manifest.project, name);
  let { manifest } = project;
  if (!Object.hasOwn(manifest.recipients, name))
    manifest = withRecipient(manifest, name, requestOf(manifest, name, identity, { kind: "file" }));
  if (admin) manifest = withRole(manifest, person, "admin", [], signer);
  for (const keyring of keyrings) {
    const { environment, tagger, active } = keyring;
    const counted = validEntries(manifest, environment).includes(name) ? environmentOf(manifest, environment).access[name] : undefined;
    const kind = counted?.recipient === person.recipient ? counted.kind : "person";
    manifest = withGrant(manifest, environment, name, { recipient: person.recipient, signer: person.signer, kind }, signer);
    manifest = withWrapped(manifest, tagger, name, await wrapKey(keyring.dataKey(active.keyId, "the active key"), person.recipient));
  }
  const held = known === null ? readHeld(manifest.project, context) : null;
  if (held !== null)
    say(
      context,
      `${name} is a new identity, in a file on this machine; ${held.name}, which was held by ${held.kind}, stays a recipient: envseal custody move ${held.kind}, then envseal revoke ${held.name}`,
    );
  if (known === null) removeCustodyRecord(context.env, manifest.project);
  if (known === null) writeIdentityFile(context.env, manifest.project, identity, now());
  return { manifest, name };
}

/** A damaged record says nothing, and goes. */
function readHeld(project: string, { env }: Context): CustodyRecord | null {
  try {
    return readCustodyRecord(env, project);
  } catch (error) {
    if (isEnvsealError(error)) return null;
    throw error;
  }
}

/** Another name than the identity has means a new one: the one that is here may be the one that is feared for. @throws USAGE */
async function ownName(project: Project, identity: Uint8Array, context: Context): Promise<string> {
  const known = recipientName(project.manifest, identity);
  const given = textFlag(context, "name");
  if (known === null) return freeOwnName(project, context);
  if (given === undefined || given === known) return known;
  throw new EnvsealError("USAGE", `this machine's identity is ${known} already, and --name names another one`, {
    hint: `for ${known}, leave --name out; for a new identity, first: envseal join --new --name ${given}`,
  });
}

/** The name for an identity that has none yet: --name, or the person's usual one with a number. @throws BAD_NAME, USAGE */
export async function freeOwnName({ manifest, root }: Project, context: Context): Promise<string> {
  const given = textFlag(context, "name");
  const name = given ?? freeName(manifest, await proposeRecipientName(root));
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "--name takes lower-case letters, digits, . _ and -" });
  if (!isTaken(manifest, name)) return name;
  throw new EnvsealError("USAGE", `there is a recipient ${name} already, with another key`, {
    hint: `choose another name with --name, such as ${name}-2; revoke the lost one afterwards`,
  });
}

/** Whoever lost an identity has their usual name in the manifest, with the key that is lost. */
function freeName(manifest: Manifest, usual: string): string {
  for (let number = 2, name = usual; ; name = `${usual}-${number++}`) if (!isTaken(manifest, name)) return name;
}

function isTaken(manifest: Manifest, name: string): boolean {
  return Object.hasOwn(manifest.recipients, name) || Object.hasOwn(headOf(manifest).admins, name) || accessByName(manifest).has(name);
}
