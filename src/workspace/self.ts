import { randomBytes } from "node:crypto";
import { recipientOf } from "../age/keys.ts";
import { recipientName } from "../age/unlock.ts";
import { wrapKey } from "../age/wrap.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Manifest } from "../core/manifest.ts";
import { isRecipientName } from "../core/names.ts";
import { readIdentityFile } from "../custody/identity-file.ts";
import { writeIdentityFile } from "../custody/identity-write.ts";
import { type CustodyRecord, readCustodyRecord, removeCustodyRecord } from "../custody/record.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { say } from "../ui/output.ts";
import { now } from "./environments.ts";
import { proposeRecipientName } from "./init-plan.ts";
import type { Project } from "./project.ts";

/**
 * The manifest with access for this machine's own identity, which is made where there is none: for someone who holds the
 * keys by another way (recovery words, a backup).
 * @throws USAGE where the name is another's
 */
export async function grantSelf(
  project: Project,
  keyrings: readonly Keyring[],
  context: Context,
): Promise<{ manifest: Manifest; name: string }> {
  const known = readIdentityFile(context.env, project.manifest.project);
  const identity = known ?? randomBytes(32);
  const name = await ownName(project, identity, context);
  const recipient = recipientOf(identity);
  let { manifest } = project;
  if (!Object.hasOwn(manifest.recipients, name)) manifest = withRecipient(manifest, name, recipient, now().slice(0, 10), { kind: "file" });
  for (const keyring of keyrings) {
    const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient);
    manifest = withAccess(manifest, keyring.signer, name, wrapped);
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

async function ownName({ manifest, root }: Project, identity: Uint8Array, context: Context): Promise<string> {
  const known = recipientName(manifest, identity);
  if (known !== null) return known;
  const given = textFlag(context, "name");
  const name = given ?? freeName(manifest, await proposeRecipientName(root));
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "--name takes lower-case letters, digits, . _ and -" });
  if (!Object.hasOwn(manifest.recipients, name)) return name;
  throw new EnvsealError("USAGE", `there is a recipient ${name} already, with another key`, {
    hint: `choose another name with --name, such as ${name}-2; revoke the lost one afterwards`,
  });
}

/** Whoever lost an identity has their usual name in the manifest, with the key that is lost. */
function freeName({ recipients }: Manifest, usual: string): string {
  for (let number = 2, name = usual; ; name = `${usual}-${number++}`) if (!Object.hasOwn(recipients, name)) return name;
}
