import { existsSync } from "node:fs";
import { basename } from "node:path";
import { recipientName } from "../../../age/unlock.ts";
import type { Context } from "../../../context.ts";
import { append } from "../../../core/append.ts";
import { environmentEntries } from "../../../core/authority/authority-of.ts";
import type { KeyEntry } from "../../../core/authority/environment-statement.ts";
import type { Environment, Manifest } from "../../../core/authority/manifest.ts";
import { waitingFor } from "../../../core/keys/entry-state.ts";
import { validEntries } from "../../../core/keys/fence.ts";
import { MAX_STATEMENTS } from "../../../core/limits.ts";
import { MANIFEST_NAME } from "../../../core/names.ts";
import { injectedKey } from "../../../custody/key.ts";
import { readCustodyRecord } from "../../../custody/record.ts";
import { isEnvsealError } from "../../../errors.ts";
import { hooksFault } from "../../../project/hooks-installed.ts";
import { typeable } from "../../../ui/command-prefix.ts";
import { fitting } from "../../../ui/fitting.ts";
import { count, json, line, plain, sentence } from "../../../ui/output.ts";
import { rotatorRuns } from "../../../workspace/advice.ts";
import { compareWithPlaintext, describeDifference, difference } from "../../../workspace/agreement.ts";
import { authenticateManifest } from "../../../workspace/authenticate-manifest.ts";
import { heldOpen } from "../../../workspace/identity.ts";
import { pinText } from "../../../workspace/pin-text.ts";
import { inGit, openProject, type Project, selectTargets, type Target } from "../../../workspace/project.ts";
import { recoveryPaths } from "../../../workspace/recovery-paths.ts";
import { roleHere } from "../../../workspace/role-here.ts";
import { takenBack } from "../../../workspace/taken-back.ts";
import { unfinishedEnvironments } from "../../../workspace/unfinished.ts";
import { foreignPeer, openUnshown } from "../../../workspace/vaults.ts";
import { carriedPin } from "../../access/carried-pin.ts";
import { type Unconfirmed, unconfirmed } from "../../access/pin.ts";
import { ageInDays, backupIsDue } from "../../rotation/inventory.ts";
import { accessNotes, type Reader } from "../access-notes.ts";

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
  const past = inGit(project) ? takenBack(project, project.manifest, "HEAD", context) : null;
  const vaults = targets.map((target) => vaultStatus(project, target, context));
  // After the vaults: opening them is what moves on what this machine has seen.
  const pin = unconfirmed(project.manifest, context);
  const environments = environmentEntries(project.manifest).map(([name, entry]) => environmentStatus(project.manifest, name, entry));
  const isForeign = pin?.isForeign === true;
  const you = { name: whoAmI(project, context), role: isForeign ? ("member" as const) : roleHere(project, context) };
  const { findings, keyrings } = authenticateManifest(MANIFEST_NAME, null, project.manifest, context);
  const reader = { ...you, opens: new Set(keyrings.map(({ environment }) => environment)) };
  const notes = [
    ...(you.name === NOBODY ? [JOIN] : []),
    ...(pin === null || pin.isFirst ? [] : [`${pin.why}: ${pin.fix}`]),
    ...[...(past?.lost ?? []), ...findings].map(({ message }) => message).filter((message) => pin === null || !message.endsWith(pin.why)),
    ...(past === null || past.leftOut === null ? [] : [past.leftOut]),
    // Whoever made an authority that nothing vouches for says in it what they like of roles and requests.
    ...(isForeign ? [] : reminders(project, environments, reader)),
  ];
  const carried = carriedPin(project.manifest, context.env);
  const shown = { project: project.manifest.project, pin: pinText(project.manifest), confirmed: pin === null, carried };
  if (context.json) json({ ...shown, manifest: project.path, you: you.name, role: you.role, environments, vaults, notes });
  else print(project, you, pinNote(pin, carried), environments, vaults, notes);
  return 0;
}

/** What is left to do for whoever comes to a clone. */
const JOIN =
  "this machine has no identity: envseal join makes one and asks for access; one of yours from another machine is taken in under its name: envseal join --name NAME --identity FILE";
const NOBODY = "no identity on this machine";

function whoAmI(project: Project, context: Context): string {
  try {
    const injected = injectedKey(context.env, null);
    if (injected !== null)
      return injected.type === "read-only" ? `a read-only key from ${injected.source}` : `the key in ${injected.source}`;
    const identity = heldOpen(project, context);
    const record = identity === null ? readCustodyRecord(context.env, project.manifest.project) : null;
    if (record !== null) return `${record.name}, whose identity is held by ${record.kind}: envseal unlock opens the vaults below`;
    const name = identity === null ? null : recipientName(project.manifest, identity);
    if (identity === null) return NOBODY;
    return name ?? "an identity that is no recipient of this project";
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return error.message;
  }
}

function environmentStatus(manifest: Manifest, name: string, { statement, settings }: Environment) {
  const key = statement.keys[statement.active] as KeyEntry;
  const ageDays = ageInDays(key.created);
  return {
    name,
    version: key.version,
    keyId: statement.active,
    ageDays,
    due: ageDays >= settings.cryptoperiodDays,
    recipients: validEntries(manifest, name).sort(),
    waiting: waitingFor(manifest, name).names,
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
    const open = openUnshown(project, target, context);
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

function reminders(project: Project, environments: ReturnType<typeof environmentStatus>[], reader: Reader): string[] {
  const [recovery] = recoveryPaths(project.manifest);
  const shut = environments.filter(({ name }) => !recovery?.opens.includes(name)).map(({ name }) => name);
  // What the manifest shows by itself is among the findings.
  const stale = unfinishedEnvironments(project).filter(({ left }) => left === "vaults");
  const notes = [
    ...stale.map(
      ({ environment }) =>
        `${environment} has values under an earlier key, and a rotation seals them under the active one: ${rotatorRuns(project.manifest, reader, `envseal rotate -e ${environment}`)}`,
    ),
    ...environments
      .filter(({ due }) => due)
      .map(({ name }) => `the key of ${name} is due for rotation: ${rotatorRuns(project.manifest, reader, `envseal rotate -e ${name}`)}`),
  ];
  if (recovery === undefined || recovery.opens.length === 0)
    notes.push("there are no recovery words: if every identity is lost, so are the values");
  else if (shut.length > 0) notes.push(`the recovery words do not open ${shut.join(", ")}: envseal doctor`);
  if (recovery !== undefined && recovery.opens.length > 0 && !recovery.confirmed)
    notes.push("the recovery words were written to a file and never confirmed on paper");
  const fault = hooksFault(project.root);
  if (fault !== null) notes.push(`${fault}: envseal hooks install`);
  append(notes, accessNotes(project, reader));
  if (isLong(project.manifest)) notes.push(`the authority has ${project.manifest.authority.length} of ${MAX_STATEMENTS} revisions`);
  if (backupIsDue(project.manifest))
    notes.push("no backup of the keys was verified for 90 days: envseal backup create FILE, then verify FILE");
  return notes;
}

/** Statements are never dropped: long before there is no room for another, somebody should know. */
const MANY_STATEMENTS = 1700;
const MANY_BYTES = 8 << 20;

function isLong({ authority }: Manifest): boolean {
  return authority.length >= MANY_STATEMENTS || (authority.length > 100 && JSON.stringify(authority).length > MANY_BYTES);
}

function pinNote(not: Unconfirmed | null, carried: string | null): string {
  if (not === null) return "";
  if (carried !== null && not.isFirst) return ` (carried by ${carried})`;
  return ` (not confirmed on this machine: ${not.isFirst ? "compare it with a teammate's, then: envseal pin confirm" : "see the note"})`;
}

function print(
  project: Project,
  you: { name: string; role: string },
  pin: string,
  environments: ReturnType<typeof environmentStatus>[],
  vaults: VaultStatus[],
  notes: string[],
): void {
  line(`project ${project.manifest.project} at ${project.root}`);
  line(`you: ${typeable(plain(you.name))}${you.role === "member" ? "" : `, ${you.role}`}`);
  sentence(`pin: ${pinText(project.manifest)}${pin}`, 2);
  line();
  if (environments.length > 0) {
    const rows = environments.map(({ name, version, keyId, ageDays, recipients, waiting }) => [
      name,
      `v${version}`,
      keyId,
      count(ageDays, "day"),
      recipients.map((who) => (waiting.includes(who) ? `${who} (waiting)` : who)).join(", "),
    ]);
    line(fitting([["ENVIRONMENT", "KEY", "ID", "AGE", "ACCESS"], ...rows]));
    line();
  }
  if (vaults.length > 0)
    line(
      fitting([
        ["VAULT", "VALUES", "STATE"],
        ...vaults.map(({ path, values, state, problem }) => [
          plain(path),
          values === null ? "-" : String(values),
          typeable(problem ?? state),
        ]),
      ]),
    );
  for (const note of notes) sentence(`\nnote: ${note}`, 2);
}
