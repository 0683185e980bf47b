import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { recipientOf } from "../age/keys.ts";
import { wrapKey } from "../age/wrap.ts";
import { unb64u } from "../core/bytes.ts";
import { withAccess, withRecipient } from "../core/changes.ts";
import { encodeKeyString } from "../core/keystring.ts";
import { accessByName } from "../core/manifest.ts";
import { environmentOfFile, isRecipientName } from "../core/names.ts";
import { deriveVaultRoot } from "../core/vaultkey.ts";
import { EnvsealError } from "../errors.ts";
import { withLock } from "../project/lock.ts";
import type { Context } from "../ui/context.ts";
import { json, line, plain, say, table } from "../ui/output.ts";
import { now, writeManifest } from "../workspace/environments.ts";
import { fingerprint } from "../workspace/fingerprint.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { namedTarget, openProject, selectEnvironment, selectTarget } from "../workspace/project.ts";
import { openTarget, writableKeyring } from "../workspace/vaults.ts";

export async function run(context: Context): Promise<void> {
  const [action, name = ""] = context.args;
  if (action === "list" && name === "") return list(context);
  if (action !== "create")
    throw new EnvsealError("USAGE", "deploy-key takes create and a name, or list", { hint: "envseal help deploy-key" });
  if (!isRecipientName(name))
    throw new EnvsealError("BAD_NAME", "this is no name for a deploy key", { hint: "lower-case letters, digits, . _ and -, such as ci" });
  const key = context.flags["read-only"] === true ? createReadOnly(context) : await createIdentity(name, context);
  if (context.json) json({ key });
  else line(key);
}

/** Those with an identity; what a read-only key string opens is in the string alone, and ends with the next rotation. */
function list(context: Context): void {
  const { manifest } = openProject(context);
  const access = accessByName(manifest);
  const entries = Object.entries(manifest.recipients)
    .filter(([, { custody }]) => custody?.kind === "deploy")
    .map(([name, { added, recipient }]) => ({ name, environments: access.get(name) ?? [], added, fingerprint: fingerprint(recipient) }));
  if (context.json) return json(entries);
  const rows = entries.map((entry) => [plain(entry.name), entry.environments.join(", ") || "nothing", entry.added, entry.fingerprint]);
  line(table([["NAME", "OPENS", "SINCE", "FINGERPRINT"], ...rows]));
  say(context, "read-only keys are recorded nowhere; the next rotation ends them");
}

/** An identity for a machine, with access to one environment. Its secret half is in the key string and nowhere else. */
async function createIdentity(name: string, context: Context): Promise<string> {
  const { root } = openProject(context);
  return withLock(root, context, async () => {
    const project = openProject(context);
    const environment = oneEnvironment(project, context);
    const keyring = openKeyring(project, environment, context);
    if (Object.hasOwn(project.manifest.recipients, name)) {
      throw new EnvsealError("USAGE", `there is a recipient ${name} already`, {
        hint: "choose another name, such as ci-2; envseal revoke takes access away",
      });
    }
    const identity = randomBytes(32);
    const recipient = recipientOf(identity);
    const today = now().slice(0, 10);
    const wrapped = await wrapKey(keyring.dataKey(keyring.active.keyId, "the active key"), recipient);
    const manifest = withAccess(withRecipient(project.manifest, name, recipient, today, { kind: "deploy" }), keyring.signer, name, wrapped);
    writeManifest(project, manifest);
    say(context, `deploy key ${name} for ${environment}, shown once; set it as ENVSEAL_KEY and commit envseal.json:`);
    return encodeKeyString({ type: "identity", environment, pin: keyring.pin, identity });
  });
}

function oneEnvironment(project: ReturnType<typeof openProject>, context: Context): string {
  if (context.file !== undefined) return environmentOfFile(basename(namedTarget(project, context.file, context).path)) as string;
  const all = Object.keys(project.manifest.environments);
  if (context.environment === undefined && all.length > 1) {
    throw new EnvsealError("AMBIGUOUS_ENVIRONMENT", `there are several environments: ${all.sort().join(", ")}`, {
      hint: "a deploy key opens one: choose it with -e NAME",
    });
  }
  return selectEnvironment(project, context);
}

/** Opens one vault under its present key version; nothing of it is recorded. */
function createReadOnly(context: Context): string {
  const project = openProject(context);
  if (context.file === undefined) oneEnvironment(project, context);
  const target = selectTarget(project, context);
  const { vault, access } = openTarget(project, target, context);
  const keyring = writableKeyring(access, context);
  const { keyId, version } = keyring.active;
  const stale = vault.lines.some((row) => row.kind !== "blank" && row.token.keyId !== keyId) || vault.end.keyId !== keyId;
  if (stale)
    throw new EnvsealError("USAGE", `${target.listed} holds values under an earlier key, which a read-only key could not open`, {
      hint: "finish the rotation first (envseal rotate), then create the key",
    });
  const vaultId = unb64u(vault.id) as Uint8Array;
  const environment = vault.environment;
  const root = deriveVaultRoot(keyring.dataKey(keyId, "the active key"), { environment, vaultId });
  say(context, `read-only key for ${target.listed} under v${version}, shown once; it needs no manifest, and a rotation ends it:`);
  return encodeKeyString({ type: "read-only", environment, pin: keyring.pin, vaultId, version, root });
}
