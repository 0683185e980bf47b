import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { fingerprint } from "../../../age/fingerprint.ts";
import { wrapKey } from "../../../age/wrap.ts";
import type { Context } from "../../../context.ts";
import { ownMember } from "../../../core/authority/authority.ts";
import { environmentEntries, environmentNames, headOf } from "../../../core/authority/authority-of.ts";
import { inEnvironment } from "../../../core/authority/environment-option.ts";
import { accessByName } from "../../../core/authority/manifest.ts";
import { pinOfManifest } from "../../../core/authority/trust.ts";
import { unb64u } from "../../../core/bytes.ts";
import { ALL, encodeKeyString } from "../../../core/keys/keystring.ts";
import { withGrant, withRecipient, withWrapped } from "../../../core/keys/manifest-edits.ts";
import { environmentOfFile, isRecipientName } from "../../../core/names.ts";
import { deriveVaultRoot } from "../../../core/vaultkey.ts";
import { EnvsealError } from "../../../errors.ts";
import { withLock } from "../../../project/lock.ts";
import { chosenWith } from "../../../ui/chosen-with.ts";
import { fitting } from "../../../ui/fitting.ts";
import { json, line, plain, say } from "../../../ui/output.ts";
import { openKeyring, rememberOwn } from "../../../workspace/keyring.ts";
import { writeManifest } from "../../../workspace/manifest.ts";
import { namedTarget, openProject, selectEnvironment, selectTarget } from "../../../workspace/project.ts";
import { adminHand, openToSign } from "../../../workspace/signing.ts";
import { openToWrite, writableKeyring } from "../../../workspace/vaults.ts";
import { personOf, requestOf } from "../person.ts";
import { withRole } from "../roles.ts";

export async function run(context: Context): Promise<void> {
  const [action, name = ""] = context.args;
  if (action === "list" && name === "") return list(context);
  if (action !== "create")
    throw new EnvsealError("USAGE", "deploy-key takes create and a name, or list", { hint: "envseal help deploy-key" });
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a deploy key", { hint: "lower-case letters, digits, . _ and -, such as ci" });
  const key = context.flags["read-only"] === true ? await createReadOnly(name, context) : await createIdentity(name, context);
  if (context.json) json({ key });
  else line(key);
}

/** Those with an identity; what a read-only key string opens is in the string alone, and ends with the next rotation. */
function list(context: Context): void {
  const { manifest } = openProject(context);
  const opens = accessByName(manifest);
  const signed = environmentEntries(manifest).flatMap(([, { access }]) =>
    Object.entries(access).filter(([, { kind }]) => kind === "deploy"),
  );
  const entries = [...new Map(signed)].sort().map(([name, { recipient }]) => {
    const known = ownMember(manifest.recipients, name);
    const signer = known?.recipient === recipient ? known.signer : undefined;
    const rotates = ownMember(headOf(manifest).rotators, name)?.environments ?? [];
    return {
      name,
      environments: opens.get(name) ?? [],
      rotates,
      added: known?.added ?? "",
      fingerprint: fingerprint({ recipient, signer }),
    };
  });
  if (context.json) return json(entries);
  const rows = entries.map((entry) => [
    plain(entry.name),
    entry.environments.join(", ") || "nothing",
    entry.rotates.join(", ") || "-",
    entry.added || "unknown",
    entry.fingerprint,
  ]);
  line(fitting([["NAME", "OPENS", "ROTATES", "SINCE", "FINGERPRINT"], ...rows]));
  say(context, "read-only keys are recorded nowhere; the next rotation ends them");
}

/** An identity for a machine, with access to one environment or to all. Its secret half is in the key string and nowhere else. */
async function createIdentity(name: string, context: Context): Promise<string> {
  const first = openProject(context);
  const all = context.flags.all === true;
  const signer = await adminHand(first, { what: "to create a deploy key", line: lineFor(name, context) }, context);
  return withLock(first.root, context, async () => {
    const project = openToSign(context);
    const environments = all ? environmentNames(project.manifest) : [oneEnvironment(project, context)];
    if (
      Object.hasOwn(project.manifest.recipients, name) ||
      accessByName(project.manifest).has(name) ||
      Object.hasOwn(headOf(project.manifest).admins, name)
    ) {
      throw new EnvsealError("USAGE", `there is a recipient ${name} already`, {
        hint: "choose another name, such as ci-2; envseal revoke takes access away",
      });
    }
    const identity = randomBytes(32);
    const person = personOf(identity, project.manifest.project, name);
    let manifest = withRecipient(project.manifest, name, requestOf(project.manifest, name, identity, { kind: "deploy" }));
    if (context.flags.rotate === true) manifest = withRole(manifest, person, "rotate", environments, signer);
    for (const environment of environments) {
      const keyring = openKeyring({ ...project, manifest }, environment, context);
      manifest = withGrant(manifest, environment, name, { recipient: person.recipient, signer: person.signer, kind: "deploy" }, signer);
      const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), person.recipient);
      manifest = withWrapped(manifest, keyring.tagger, name, wrapped);
    }
    writeManifest(project, manifest, context);
    rememberOwn(manifest, context);
    const may = context.flags.rotate === true ? `, which may rotate ${environments.length === 1 ? "it" : "them"}` : "";
    say(context, `deploy key ${name} for ${environments.join(", ")}${may}, shown once; set it as ENVSEAL_KEY and commit envseal.json:`);
    return encodeKeyString({
      type: "identity",
      environment: all ? ALL : (environments[0] as string),
      pin: pinOfManifest(manifest),
      identity,
    });
  });
}

/** What an admin types to do the same. */
function lineFor(name: string, { environment, flags }: Context): string {
  const scope = flags.all === true ? "--all" : environment === undefined ? "" : `-e ${environment}`;
  return ["envseal deploy-key create", name, scope, flags.rotate === true ? "--rotate" : ""].filter(Boolean).join(" ");
}

function oneEnvironment(project: ReturnType<typeof openProject>, context: Context): string {
  if (context.file !== undefined) return environmentOfFile(basename(namedTarget(project, context.file, context).path)) as string;
  const all = environmentNames(project.manifest);
  if (context.environment === undefined && all.length > 1) {
    throw new EnvsealError("AMBIGUOUS_ENVIRONMENT", `there are several environments: ${all.sort().join(", ")}`, {
      hint: "a deploy key opens one: choose it with -e NAME",
    });
  }
  return selectEnvironment(project, context);
}

/** Opens one vault under its present key version; nothing of it is recorded. */
async function createReadOnly(name: string, context: Context): Promise<string> {
  const project = openProject(context);
  await adminHand(
    project,
    { what: "to create a deploy key", line: `envseal deploy-key create ${name} --read-only${chosenWith(context)}` },
    context,
  );
  if (context.file === undefined) oneEnvironment(project, context);
  const target = selectTarget(project, context);
  const { vault, access } = openToWrite(project, target, context);
  const keyring = writableKeyring(access, context);
  const { keyId, version } = keyring.active;
  const stale = vault.lines.some((row) => row.kind !== "blank" && row.token.keyId !== keyId) || vault.end.keyId !== keyId;
  if (stale)
    throw new EnvsealError("USAGE", `${target.listed} holds values under an earlier key, which a read-only key could not open`, {
      hint: `finish the rotation first (envseal rotate${inEnvironment(project.manifest, vault.environment)}), then create the key`,
    });
  const vaultId = unb64u(vault.id) as Uint8Array;
  const environment = vault.environment;
  const root = deriveVaultRoot(keyring.dataKey(keyId, "the active key"), { environment, vaultId });
  say(context, `read-only key for ${target.listed} under v${version}, shown once; it needs no manifest, and a rotation ends it:`);
  return encodeKeyString({ type: "read-only", environment, pin: keyring.keyPin, vaultId, version, root });
}
