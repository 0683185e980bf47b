import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Context, textFlag } from "../../../context.ts";
import { newProject } from "../../../core/authority/authority-changes.ts";
import { environmentNames } from "../../../core/authority/authority-of.ts";
import type { Manifest } from "../../../core/authority/manifest.ts";
import type { StatementSigner } from "../../../core/authority/statement.ts";
import { b64u } from "../../../core/bytes.ts";
import type { Keyring } from "../../../core/keys/keyring.ts";
import { withRecipient } from "../../../core/keys/manifest-edits.ts";
import { isRecipientName, MANIFEST_NAME } from "../../../core/names.ts";
import { writeIdentityFile } from "../../../custody/identity-write.ts";
import { EnvsealError, isEnvsealError } from "../../../errors.ts";
import { untrack } from "../../../git/index-write.ts";
import { topFolder } from "../../../git/repo.ts";
import { workTree } from "../../../git/work-tree.ts";
import { findManifestPath, namedManifest, readManifest } from "../../../project/find.ts";
import { workTreeTop } from "../../../project/gitdir.ts";
import { withLock } from "../../../project/lock.ts";
import { writeAtomic } from "../../../project/write.ts";
import { now } from "../../../system/clock.ts";
import { out, plain, say, warn } from "../../../ui/output.ts";
import { confirm } from "../../../ui/prompt.ts";
import { recordAgreement } from "../../../workspace/agreement.ts";
import { createEnvironment, createVault, type Holder } from "../../../workspace/create-vault.ts";
import { applyChanges, ignoredOtherwise } from "../../../workspace/ignore-files.ts";
import { openKeyring, rememberOwn } from "../../../workspace/keyring.ts";
import { manifestText } from "../../../workspace/manifest.ts";
import { firstHolders } from "../../../workspace/new-environment.ts";
import { pinText } from "../../../workspace/pin-text.ts";
import { recoveryPaths } from "../../../workspace/recovery-paths.ts";
import { adminHand } from "../../../workspace/signing.ts";
import { personOf, requestOf } from "../../access/person.ts";
import { proposeRecipientName } from "../../access/recipient-name.ts";
import { makeRecoveryIdentity, type RecoveryIdentity } from "../../access/recovery-words.ts";
import { isRemoved } from "../../environments/remains.ts";
import { armThisClone, hookFilesToCommit, lacksHooks } from "../../hooks/install.ts";
import { type CiPlan, planCi } from "../ci-files.ts";
import { type InitPlan, planInit } from "../init-plan.ts";
import { describePlan, describeResult, isEmptyPlan, skippedLines } from "../init-text.ts";
import { makeNewRoot } from "../new-root.ts";

const RECOVERY = "recovery";

/** Shows its plan, asks once, and does what is not done yet. */
export async function run(context: Context): Promise<void> {
  if (context.flags["new-root"] === true) return makeNewRoot(context);
  const manifest = namedManifest(context.env) ?? findManifestPath(context.cwd);
  const existing = manifest === null ? null : readManifest(manifest);
  const root = existing?.root ?? (await topFolder(context.cwd)) ?? context.cwd;
  const found = await planInit(root, existing, context.flags["no-hooks"] !== true);
  const ci = planCiFile(found, context);
  const plan = { ...found, changes: [...found.changes, ...ci.changes] };
  const name = textFlag(context, "name") ?? (await proposeRecipientName(root));
  if (!isRecipientName(name) || name === RECOVERY) {
    throw new EnvsealError("BAD_NAME", "this is no name for a recipient", { hint: "--name takes lower-case letters, digits, . _ and -" });
  }
  refuseRecovery(existing?.manifest ?? null, context);
  refuseToReplace(plan);
  const isEmpty = isEmptyPlan(plan);
  if (isEmpty && !(plan.arms && lacksHooks(workTree(root), context.env))) {
    tellOfIgnored(plan);
    say(context, [`nothing to do: ${join(root, MANIFEST_NAME)} lists every env file here`, ...skippedLines(plan)].join("\n"));
    return printSnippet(ci, readManifest(existing?.path ?? join(root, MANIFEST_NAME)).manifest, context);
  }
  say(context, describePlan(plan, name, makesRecovery(context)));
  await confirm(context, "go ahead?");
  const recovery = existing === null ? await makeRecovery(context) : null;
  await withLock(root, context, () => apply(plan, name, recovery, context));
  const hooks = plan.arms ? await armHere(root) : null;
  if (hooks !== null) say(context, hooks.text);
  tellOfIgnored(plan);
  if (!isEmpty) say(context, describeResult(plan, recovery !== null, hooks?.files ?? [], context.cwd));
  const made = readManifest(existing?.path ?? join(root, MANIFEST_NAME)).manifest;
  recovery?.keepPin(pinText(made));
  printSnippet(ci, made, context);
}

function tellOfIgnored({ git, root, files, vaults, existing }: InitPlan): void {
  if (!git) return;
  const listed = [...Object.keys(existing?.manifest.vaults ?? {}), ...vaults.map(({ path }) => path)];
  for (const text of ignoredOtherwise(
    root,
    files.plaintext.map(({ path }) => path),
    listed,
  ))
    warn(plain(text));
}

function planCiFile({ root, existing, environments }: InitPlan, context: Context): CiPlan {
  const system = textFlag(context, "ci");
  if (system === undefined) return { changes: [], snippet: null };
  const names = [...(existing === null ? [] : environmentNames(existing.manifest)), ...environments.map(({ environment }) => environment)];
  return planCi(workTreeTop(root) ?? root, root, system, names.sort());
}

/** A CI file of one's own is not changed: what it lacks is data, and goes to stdout. */
function printSnippet({ snippet }: CiPlan, manifest: Manifest, context: Context): void {
  if (snippet === null) return;
  say(context, `\n${snippet.path} is there already and stays as it is; add this to it:\n`);
  out(withPin(snippet.text, manifest));
}

/** CI checks that the authority leads back to the pin of the day on which its file was written. */
function withPin(text: string, manifest: Manifest): string {
  return text.replaceAll("PROJECT_PIN", pinText(manifest));
}

/** A vault that is there and not listed is somebody's. */
function refuseToReplace(plan: InitPlan): void {
  const unlisted = plan.vaults.find(({ path }) => plan.files.vaults.includes(path));
  if (unlisted === undefined) return;
  const { environment, path } = unlisted;
  if (plan.existing !== null && isRemoved(plan.existing.manifest, environment))
    throw new EnvsealError("UNLISTED_VAULT", `${path} is left from before ${environment} was removed`, {
      hint: `delete it first: envseal env remove ${environment}`,
    });
  const gone = plan.existing === null ? "there is no envseal.json that lists it" : "the manifest does not list it";
  throw new EnvsealError("UNLISTED_VAULT", `${unlisted.path} is there already, and ${gone}`, {
    hint: "take envseal.json from git again (git log -- envseal.json); a vault of dotenv-vault goes elsewhere first, and in again with envseal import dotenv-vault FILE",
  });
}

/** Null where it was declined, or --yes leaves no way to keep the words. */
async function makeRecovery(context: Context): Promise<RecoveryIdentity | null> {
  return makesRecovery(context) ? makeRecoveryIdentity(context) : null;
}

function makesRecovery(context: Context): boolean {
  return context.flags["no-recovery"] !== true && (!context.yes || textFlag(context, "recovery-file") !== undefined);
}

/** Words that were asked for and would not be made. @throws USAGE */
function refuseRecovery(existing: Manifest | null, context: Context): void {
  if (textFlag(context, "recovery-file") === undefined) return;
  if (context.flags["no-recovery"] === true)
    throw new EnvsealError("USAGE", "--recovery-file asks for recovery words, and --no-recovery for none", { hint: "give one of the two" });
  if (existing === null || recoveryPaths(existing).some(({ opens }) => opens.length > 0)) return;
  throw new EnvsealError("USAGE", "this project is there already, and init makes recovery words for a new one only", {
    hint: "envseal recovery create --recovery-file PATH",
  });
}

/** Somebody may have written the manifest while the plan was looked at and the words went on paper. @throws DIVERGED */
function refuseChanged({ existing, root }: InitPlan): void {
  const path = existing?.path ?? join(root, MANIFEST_NAME);
  const now = existsSync(path) ? manifestText(readManifest(path).manifest) : null;
  if (now === (existing === null ? null : manifestText(existing.manifest))) return;
  throw new EnvsealError("DIVERGED", `${MANIFEST_NAME} was changed meanwhile; nothing was written`, {
    hint: "run it again; recovery words that were made for it just now open nothing: throw them away",
  });
}

async function apply(plan: InitPlan, name: string, recovery: RecoveryIdentity | null, context: Context): Promise<void> {
  refuseChanged(plan);
  const created = now();
  const start = plan.existing === null ? firstProject(plan, name, recovery, created, context) : await grownProject(plan, context);
  let { manifest } = start;
  const keyrings = new Map<string, Keyring>();
  for (const { environment, publicPatterns } of plan.environments) {
    const made = await createEnvironment(
      manifest,
      { environment, publicPatterns, holders: start.holders, created },
      start.signer as StatementSigner,
    );
    manifest = made.manifest;
    keyrings.set(environment, made.keyring);
  }
  const texts = plan.vaults.map(({ path, environment, document }) => {
    const keyring = keyrings.get(environment) ?? openKeyring({ path: "", root: plan.root, manifest }, environment, context);
    const listed = manifest.vaults[path];
    if (listed !== undefined) keyring.checkVault(path, listed);
    const vault = createVault(manifest, keyring, path, document);
    manifest = vault.manifest;
    return { path, text: vault.text, id: vault.id, keyring };
  });
  // The manifest first: a listed vault that is missing is made again by the next run.
  const manifestPath = plan.existing?.path ?? join(plan.root, MANIFEST_NAME);
  if (texts.length > 0) writeAtomic(plan.root, manifestPath, manifestText(manifest));
  for (const { path, text, id, keyring } of texts) {
    writeAtomic(plan.root, join(plan.root, path), text);
    recordAgreement({ path: manifestPath, root: plan.root, manifest }, id, text, keyring);
  }
  if (keyrings.size > 0) rememberOwn(manifest, context);
  applyChanges(
    plan.root,
    plan.changes.map((change) => ({ ...change, text: withPin(change.text, manifest) })),
  );
  untrack(plan.root, plan.tracked);
}

/** Guards are worth having at once; where they cannot be armed, the vaults are sealed all the same. */
async function armHere(root: string): Promise<{ text: string; files: string[] }> {
  try {
    const { place, text } = await armThisClone(workTree(root));
    return { text, files: hookFilesToCommit(place) };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { text: `the git hooks are not armed: ${error.message}${error.hint === undefined ? "" : `\n  hint: ${error.hint}`}`, files: [] };
  }
}

interface Start {
  manifest: Manifest;
  /** Who opens a new environment from the start. */
  holders: Holder[];
  /** Null where none is added. */
  signer: StatementSigner | null;
}

/** An existing project: whoever adds an environment has to be an admin; listing a vault takes its key alone. */
async function grownProject({ existing, environments }: InitPlan, context: Context): Promise<Start> {
  const project = existing as NonNullable<typeof existing>;
  if (environments.length === 0) return { manifest: project.manifest, holders: [], signer: null };
  const names = environments.map(({ environment }) => environment).join(", ");
  const signer = await adminHand(project, { what: `to add ${names}`, line: "envseal init, with that plaintext at hand" }, context);
  return { manifest: project.manifest, holders: firstHolders(project.manifest, signer), signer };
}

/** A new project: its person and the recovery words are admins. */
function firstProject(
  { environments }: InitPlan,
  name: string,
  recovery: RecoveryIdentity | null,
  created: string,
  context: Context,
): Start {
  const projectId = randomBytes(12);
  const project = b64u(projectId);
  const identity = randomBytes(32);
  writeIdentityFile(context.env, project, identity, created);
  const today = created.slice(0, 10);
  const person = personOf(identity, project, name);
  const words = recovery === null ? null : personOf(recovery.secret, project, RECOVERY);
  const everybody = [person, ...(words === null ? [] : [words])];
  const admins = Object.fromEntries(everybody.map((one) => [one.name, { recipient: one.recipient, signer: one.signer }]));
  const listed = Object.fromEntries(environments.map(({ environment }) => [environment, { lowest: 1 }]));
  let manifest = newProject(projectId, { admins, rotators: {}, environments: listed }, person);
  manifest = withRecipient(manifest, name, requestOf(manifest, name, identity, { kind: "file" }));
  if (recovery !== null)
    manifest = withRecipient(
      manifest,
      RECOVERY,
      requestOf(manifest, RECOVERY, recovery.secret, { kind: "recovery", ...(recovery.confirmed && { confirmed: today }) }),
    );
  const holders = everybody.map(
    (one): Holder => ({ name: one.name, recipient: one.recipient, kind: one === words ? "recovery" : "person" }),
  );
  return { manifest, holders, signer: person };
}
