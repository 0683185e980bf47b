import { existsSync } from "node:fs";
import { basename } from "node:path";
import { recipientName } from "../age/unlock.ts";
import { type Environment, MANIFEST_NAME } from "../core/manifest.ts";
import { readCustodyRecord } from "../custody/record.ts";
import { isEnvsealError } from "../errors.ts";
import { injectedKey } from "../loader/key.ts";
import { hooksAreArmed } from "../project/armed.ts";
import { type Pins, readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { count, json, line, plain, table } from "../ui/output.ts";
import { typeable } from "../ui/typeable.ts";
import { compareWithPlaintext, describeDifference, difference } from "../workspace/agreement.ts";
import { authenticateManifest } from "../workspace/authenticate.ts";
import { heldOpen } from "../workspace/identity.ts";
import { ageInDays, backupIsDue } from "../workspace/inventory.ts";
import { openProject, type Project, selectTargets, type Target } from "../workspace/project.ts";
import { recoveryPaths } from "../workspace/recovery.ts";
import { isUnderWay } from "../workspace/rotation.ts";
import { foreignPeer, openTarget } from "../workspace/vaults.ts";

interface VaultStatus {
  path: string;
  environment: string;
  values: number | null;
  state: string;
  problem: string | null;
}

/** Where everything stands. Needs no key for what the manifest says; with one, each vault is opened and compared. */
export function run(context: Context): number {
  const project = openProject(context);
  const targets = Object.keys(project.manifest.vaults).length === 0 ? [] : selectTargets(project, { ...context, args: [] });
  const vaults = targets.map((target) => vaultStatus(project, target, context));
  // After the vaults: opening them is what pins a key that is new to this machine.
  const pins = pinsHere(project, context);
  const environments = Object.entries(project.manifest.environments).map(([name, entry]) => environmentStatus(name, entry, pins.known));
  const you = whoAmI(project, context);
  const { findings } = authenticateManifest(MANIFEST_NAME, null, project.manifest, context);
  const notes = [...pins.notes, ...findings.map(({ message }) => message), ...reminders(project, environments, context)];
  if (context.json) json({ project: project.manifest.project, manifest: project.path, you, environments, vaults, notes });
  else print(project, you, environments, vaults, notes);
  return 0;
}

function whoAmI(project: Project, context: Context): string {
  try {
    const injected = injectedKey(context.env, null);
    if (injected !== null)
      return injected.type === "read-only" ? `a read-only key from ${injected.source}` : `the key in ${injected.source}`;
    const identity = heldOpen(project, context);
    const record = identity === null ? readCustodyRecord(context.env, project.manifest.project) : null;
    if (record !== null) return `${record.name}, whose identity is held by ${record.kind}: envseal unlock opens the vaults below`;
    const name = identity === null ? null : recipientName(project.manifest, identity);
    if (identity === null) return "no identity on this machine";
    return name ?? "an identity that is no recipient of this project";
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return error.message;
  }
}

/** Damaged, they open nothing; what the manifest says is needed to compare it, and shown all the same. */
function pinsHere({ manifest }: Project, { env }: Context): { known: Pins; notes: string[] } {
  try {
    return { known: readPins(env, manifest.project), notes: [] };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { known: {}, notes: [`${error.message}: ${error.hint}`] };
  }
}

function environmentStatus(name: string, entry: Environment, pins: Pins) {
  const key = entry.keys[entry.active] as Environment["keys"][string];
  const ageDays = ageInDays(key.created);
  return {
    name,
    version: key.version,
    keyId: entry.active,
    ageDays,
    due: ageDays >= entry.cryptoperiodDays,
    recipients: Object.keys(entry.access).sort(),
    pin: pins[name]?.pin ?? null,
  };
}

function vaultStatus(project: Project, target: Target, context: Context): VaultStatus {
  const environment = project.manifest.vaults[target.listed]?.environment ?? "?";
  const base = { path: target.listed, environment, values: null };
  if (!existsSync(target.path))
    return {
      ...base,
      state: "missing",
      problem: "the file is not there: git checkout, or envseal encrypt; if it is gone for good, delete its entry from envseal.json",
    };
  try {
    const open = openTarget(project, target, { ...context, quiet: true });
    const { state, plaintext } = compareWithPlaintext(project, open);
    const name = basename(target.plaintext);
    const changes = plaintext === null ? "" : describeDifference(difference(open.opened.document, plaintext.document));
    const incoming = plaintext === null ? "" : describeDifference(difference(plaintext.document, open.opened.document));
    const peer = foreignPeer(target);
    const words = {
      none: peer === null ? "sealed" : `${name} is no plaintext: ${peer} encrypted it`,
      agree: `agrees with ${name}`,
      "plaintext-moved": `${name} has unsealed changes (${changes}): envseal encrypt`,
      "vault-moved": `changed since ${name} was written (${incoming}): envseal decrypt`,
      "both-moved": `${name} and the vault both changed (${changes}): envseal sync`,
      unknown: `differs from ${name} (${changes}): envseal encrypt or decrypt`,
    };
    return { ...base, values: open.opened.assignments.size, state: words[state], problem: null };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { ...base, state: error.code, problem: error.message };
  }
}

function reminders(project: Project, environments: ReturnType<typeof environmentStatus>[], context: Context): string[] {
  const [recovery] = recoveryPaths(project.manifest);
  const shut = environments.filter(({ name }) => !recovery?.opens.includes(name)).map(({ name }) => name);
  const underWay = environments.filter(({ name }) => isUnderWay(project, name, context));
  const notes = [
    ...underWay.map(
      ({ name }) => `a rotation of ${name} was interrupted, and replaced keys may still be accepted: envseal rotate -e ${name}`,
    ),
    ...environments.filter(({ due }) => due).map(({ name }) => `the key of ${name} is due for rotation: envseal rotate -e ${name}`),
  ];
  if (recovery === undefined || recovery.opens.length === 0)
    notes.push("there are no recovery words: if every identity is lost, so are the values");
  else if (shut.length > 0) notes.push(`the recovery words do not open ${shut.join(", ")}: envseal doctor`);
  if (recovery !== undefined && recovery.opens.length > 0 && !recovery.confirmed)
    notes.push("the recovery words were written to a file and never confirmed on paper");
  if (!hooksAreArmed(project.root)) notes.push("the git hooks are not armed in this clone: envseal hooks install");
  if (backupIsDue(project.manifest))
    notes.push("no backup of the keys was verified for 90 days: envseal backup create FILE, then verify FILE");
  return notes;
}

function print(
  project: Project,
  you: string,
  environments: ReturnType<typeof environmentStatus>[],
  vaults: VaultStatus[],
  notes: string[],
): void {
  line(`project ${project.manifest.project} at ${project.root}`);
  line(`you: ${typeable(plain(you))}`);
  line();
  if (environments.length > 0) {
    const rows = environments.map(({ name, version, keyId, ageDays, recipients, pin }) => [
      name,
      `v${version}`,
      keyId,
      count(ageDays, "day"),
      pin ?? "not yet",
      recipients.join(", "),
    ]);
    line(table([["ENVIRONMENT", "KEY", "ID", "AGE", "PIN ON THIS MACHINE", "ACCESS"], ...rows]));
    line();
  }
  if (vaults.length > 0)
    line(
      table([
        ["VAULT", "VALUES", "STATE"],
        ...vaults.map(({ path, values, state, problem }) => [
          plain(path),
          values === null ? "-" : String(values),
          typeable(problem ?? state),
        ]),
      ]),
    );
  for (const note of notes) line(`\nnote: ${typeable(note)}`);
}
