import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { recipientOf } from "../age/keys.ts";
import { emptyManifest, withRecipient } from "../core/changes.ts";
import type { Keyring } from "../core/keyring.ts";
import { MANIFEST_NAME, type Manifest } from "../core/manifest.ts";
import { isRecipientName } from "../core/names.ts";
import { writeIdentityFile } from "../custody/identity-write.ts";
import { EnvsealError, isEnvsealError } from "../errors.ts";
import { untrack } from "../git/index-write.ts";
import { workTree } from "../git/objects.ts";
import { topFolder } from "../git/repo.ts";
import { findManifestPath, namedManifest, readManifest } from "../project/find.ts";
import { workTreeTop } from "../project/gitdir.ts";
import { withLock } from "../project/lock.ts";
import { movePin } from "../project/pin-write.ts";
import { writeAtomic } from "../project/write.ts";
import { type Context, textFlag } from "../ui/context.ts";
import { out, plain, say, warn } from "../ui/output.ts";
import { confirm } from "../ui/prompt.ts";
import { recordAgreement } from "../workspace/agreement.ts";
import { type CiPlan, planCi } from "../workspace/ci-files.ts";
import { createEnvironment, createVault } from "../workspace/create.ts";
import { manifestText, now } from "../workspace/environments.ts";
import { armThisClone, hookFilesToCommit, lacksHooks } from "../workspace/hooks-install.ts";
import { applyChanges, ignoredOtherwise } from "../workspace/ignore-files.ts";
import { type InitPlan, planInit, proposeRecipientName } from "../workspace/init-plan.ts";
import { describePlan, describeResult, isEmptyPlan, skippedLines } from "../workspace/init-text.ts";
import { openKeyring } from "../workspace/keyring.ts";
import { knownRecipients, refuseVanished } from "../workspace/new-environment.ts";
import { makeRecoveryIdentity, type RecoveryIdentity, recoveryPaths } from "../workspace/recovery.ts";

const RECOVERY = "recovery";

/** Shows its plan, asks once, and does what is not done yet. */
export async function run(context: Context): Promise<void> {
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
  refuseToReplace(plan, context);
  const isEmpty = isEmptyPlan(plan);
  if (isEmpty && !(plan.arms && lacksHooks(workTree(root), context.env))) {
    tellOfIgnored(plan);
    say(context, [`nothing to do: ${join(root, MANIFEST_NAME)} lists every env file here`, ...skippedLines(plan)].join("\n"));
    return printSnippet(ci, context);
  }
  say(context, describePlan(plan, name, makesRecovery(context)));
  await confirm(context, "go ahead?");
  const recovery = existing === null ? await makeRecovery(context) : null;
  await withLock(root, context, () => apply(plan, name, recovery, context));
  const hooks = plan.arms ? await armHere(root) : null;
  if (hooks !== null) say(context, hooks.text);
  tellOfIgnored(plan);
  if (!isEmpty) say(context, describeResult(plan, recovery !== null, hooks?.files ?? [], context.cwd));
  printSnippet(ci, context);
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
  const names = [...Object.keys(existing?.manifest.environments ?? {}), ...environments.map(({ environment }) => environment)];
  return planCi(workTreeTop(root) ?? root, root, system, names.sort());
}

/** A CI file of one's own is not changed: what it lacks is data, and goes to stdout. */
function printSnippet({ snippet }: CiPlan, context: Context): void {
  if (snippet === null) return;
  say(context, `\n${snippet.path} is there already and stays as it is; add this to it:\n`);
  out(snippet.text);
}

/** A vault that is there and not listed is somebody's; an environment this machine has a pin of is not new. */
function refuseToReplace(plan: InitPlan, context: Context): void {
  const unlisted = plan.vaults.find(({ path }) => plan.files.vaults.includes(path));
  if (unlisted !== undefined) {
    const gone = plan.existing === null ? "there is no envseal.json that lists it" : "the manifest does not list it";
    throw new EnvsealError("UNLISTED_VAULT", `${unlisted.path} is there already, and ${gone}`, {
      hint: "take envseal.json from git again (git log -- envseal.json); a vault of dotenv-vault goes elsewhere first, and in again with envseal import dotenv-vault FILE",
    });
  }
  refuseVanished(
    plan.existing,
    plan.environments.map(({ environment }) => environment),
    context,
  );
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
  const start =
    plan.existing === null
      ? newProject(name, recovery, created, context)
      : { manifest: plan.existing.manifest, recipients: knownRecipients(plan.existing, context) };
  let { manifest } = start;
  const keyrings = new Map<string, Keyring>();
  for (const { environment, publicPatterns } of plan.environments) {
    const made = await createEnvironment(manifest, { environment, publicPatterns, recipients: start.recipients, created });
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
  for (const keyring of keyrings.values()) movePin(context.env, manifest.project, keyring);
  applyChanges(plan.root, plan.changes);
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

function newProject(
  name: string,
  recovery: RecoveryIdentity | null,
  created: string,
  context: Context,
): { manifest: Manifest; recipients: string[] } {
  const empty = emptyManifest(randomBytes(12));
  const identity = randomBytes(32);
  writeIdentityFile(context.env, empty.project, identity, created);
  const today = created.slice(0, 10);
  let manifest = withRecipient(empty, name, recipientOf(identity), today, { kind: "file" });
  if (recovery === null) return { manifest, recipients: [name] };
  const custody = { kind: "recovery", ...(recovery.confirmed && { confirmed: today }) } as const;
  manifest = withRecipient(manifest, RECOVERY, recipientOf(recovery.secret), today, custody);
  return { manifest, recipients: [name, RECOVERY] };
}
