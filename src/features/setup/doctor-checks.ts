import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { ownMember } from "../../core/authority/authority.ts";
import { environmentEntries, environmentNames } from "../../core/authority/authority-of.ts";
import { waitingFor } from "../../core/keys/entry-state.ts";
import type { Keyring } from "../../core/keys/keyring.ts";
import { MANIFEST_NAME } from "../../core/names.ts";
import { readIdentityFile } from "../../custody/identity-file.ts";
import { injectedKey } from "../../custody/key.ts";
import { readCustodyRecord } from "../../custody/record.ts";
import { type EnvsealError, isEnvsealError } from "../../errors.ts";
import { MANY_PAST } from "../../git/manifests.ts";
import { pinsPath, readSeen } from "../../project/pins.ts";
import { count } from "../../ui/output.ts";
import { orAsk, rotatorRuns } from "../../workspace/advice.ts";
import { authenticateManifest } from "../../workspace/authenticate-manifest.ts";
import { type EnvFiles, scanEnvFiles } from "../../workspace/env-files.ts";
import { pinText } from "../../workspace/pin-text.ts";
import { inGit, type Project, targetAt } from "../../workspace/project.ts";
import { recoveryPaths } from "../../workspace/recovery-paths.ts";
import { roleHere } from "../../workspace/role-here.ts";
import { type LookBack, takenBack } from "../../workspace/taken-back.ts";
import { openUnshown } from "../../workspace/vaults.ts";
import { carriedPin } from "../access/carried-pin.ts";
import { unconfirmed } from "../access/pin.ts";
import { ageInDays, backupIsDue } from "../rotation/inventory.ts";
import { type Check, failed, passed } from "./diagnosis.ts";
import { checkDeployFiles, checkGit } from "./doctor-git.ts";

/** Everything that can be wrong with this clone, each with its cause and the command that mends it. */
export async function examine(project: Project, context: Context): Promise<Check[]> {
  const files = ownFiles(project.root);
  const past = inGit(project) ? takenBack(project, project.manifest, "HEAD", context, MANY_PAST) : null;
  const vaults = Object.keys(project.manifest.vaults).map((path) => lookAtVault(project, path, context));
  const { findings, unseen, keyrings } = authenticateManifest(MANIFEST_NAME, null, project.manifest, context);
  const shut = othersOnly(project, vaults, unseen);
  const ended = endedAccess(project, unseen, context);
  return [
    checkIdentity(project, context),
    ...vaults.map((vault) => checkVault(project, vault, { shut, ended }, context)),
    ...checkFiles(project, files),
    ...checkVariables(context),
    ...(inGit(project)
      ? await checkGit(project, files, context)
      : [passed("git", "this project is not in git; guards and ignore files do not apply")]),
    ...checkDeployFiles(project),
    checkRecovery(project, shut),
    ...checkAges(project, shut, context),
    ...checkWaiting(project, keyrings),
    checkBackup(project),
    ...checkPast(past),
    ...findings
      .filter(({ message }) => !vaults.some((vault) => saysSame(vault, message)))
      .map(({ message, fix }) => failed(MANIFEST_NAME, message, fix)),
    checkPins(project, context),
  ];
}

function checkPast(past: LookBack | null): Check[] {
  if (past === null) return [];
  const { lost, leftOut } = past;
  return [
    ...lost.map(({ message, fix }) => failed(MANIFEST_NAME, message, fix)),
    ...(leftOut === null ? [] : [passed(MANIFEST_NAME, leftOut)]),
  ];
}

/** What lies below another manifest is of another project, or of a bundle. */
function ownFiles(root: string): EnvFiles {
  const isOwn = (path: string): boolean => {
    const folder = dirname(path);
    return folder === "." || (!existsSync(join(root, folder, MANIFEST_NAME)) && isOwn(folder));
  };
  const files = scanEnvFiles(root);
  return {
    ...files,
    vaults: files.vaults.filter(isOwn),
    plaintext: files.plaintext.filter(({ path }) => isOwn(path)),
    misspelt: files.misspelt.filter(({ path }) => isOwn(path)),
  };
}

/** A vault, and how many values it has or why it did not open. */
interface Looked {
  path: string;
  environment: string;
  values: number;
  error: EnvsealError | null;
}

/** The environments that are other people's: someone who opens all that is theirs has nothing to mend. None where nothing opens. */
function othersOnly({ manifest }: Project, vaults: readonly Looked[], unseen: readonly string[]): ReadonlySet<string> {
  const opened = new Set(vaults.filter(({ error }) => error === null).map(({ environment }) => environment));
  if (opened.size === 0 && unseen.length === environmentNames(manifest).length) return new Set();
  return new Set(unseen.filter((environment) => !opened.has(environment)));
}

/** What this person opened here before, where nothing says that somebody without a right took that away: it ended. */
function endedAccess({ manifest }: Project, unseen: readonly string[], { env }: Context): ReadonlySet<string> {
  try {
    const seen = readSeen(env, manifest.project)?.environments ?? {};
    return new Set(unseen.filter((environment) => ownMember(seen, environment)?.opened !== undefined));
  } catch (error) {
    if (isEnvsealError(error)) return new Set();
    throw error;
  }
}

/** Environments whose vaults nobody expects to open here. */
interface Unopened {
  shut: ReadonlySet<string>;
  ended: ReadonlySet<string>;
}

function checkIdentity(project: Project, context: Context): Check {
  try {
    const identity = readIdentityFile(context.env, project.manifest.project);
    const record = identity === null ? readCustodyRecord(context.env, project.manifest.project) : null;
    if (record !== null) return passed("identity", `of ${record.name}, held by ${record.kind}`);
    return identity === null
      ? passed("identity", "none on this machine (an injected key can stand in)")
      : passed("identity", "is there, and private to you");
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return failed("identity", error.message, error.hint ?? "");
  }
}

/** Of a pin that disagrees the vault has told, with more exact advice. */
function saysSame({ error }: Looked, message: string): boolean {
  return error?.code === "PIN_MISMATCH" && message.endsWith(error.message);
}

function lookAtVault(project: Project, path: string, context: Context): Looked {
  const environment = project.manifest.vaults[path]?.environment ?? "";
  try {
    const { opened } = openUnshown(project, targetAt(project, join(project.root, path)), context);
    return { path, environment, values: opened.assignments.size, error: null };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { path, environment, values: 0, error };
  }
}

function checkVault(project: Project, { path, environment, values, error }: Looked, { shut, ended }: Unopened, context: Context): Check {
  const name = `vault ${path}`;
  if (error === null) return passed(name, `opens, ${count(values, "value")}`);
  if (shut.has(environment) && (error.code === "NO_ACCESS" || error.code === "NO_KEY"))
    return passed(name, `was not opened: you have no access to ${environment}`);
  if (ended.has(environment) && error.code === "NO_ACCESS")
    return passed(name, `was not opened: your access to ${environment} ended; ${error.hint ?? "ask for it again: envseal join"}`);
  const fix = error.code === "PIN_MISMATCH" ? pinAdvice(project, environment, context) : undefined;
  return failed(name, `${error.code}: ${error.message}`, fix ?? error.hint ?? "");
}

/** Which pin to compare with what, and what to delete where they agree; undefined where the machine's record is not what disagrees. */
function pinAdvice({ manifest }: Project, environment: string, { env }: Context): string | undefined {
  // A pin that the operator set is compared beside the record.
  if (env.ENVSEAL_PIN !== undefined || injectedKey(env, environment) !== null) return undefined;
  if (pinsPath(env, manifest.project) === null || !isRecordSound(manifest.project, env)) return undefined;
  return `ask a teammate for their pin (envseal status), by another way than git: if it is ${pinText(manifest)}, run envseal pin confirm; else take envseal.json from git again`;
}

function isRecordSound(project: string, env: NodeJS.ProcessEnv): boolean {
  try {
    readSeen(env, project);
    return true;
  } catch (error) {
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

function checkFiles(project: Project, files: EnvFiles): Check[] {
  const listed = project.manifest.vaults;
  return [
    ...files.vaults
      .filter((path) => !Object.hasOwn(listed, path))
      .map((path) => failed(`vault ${path}`, "is not listed in the manifest", "move it back to where it was sealed, or remove it")),
    ...files.plaintext
      .filter(({ path }) => !Object.hasOwn(listed, `${path}.vault`))
      .map(({ path }) => failed(path, "has no vault", "envseal init")),
    ...files.misspelt.map(({ path, suggestion }) => failed(path, "is not spelt as an environment", `rename it to ${suggestion}`)),
  ];
}

function checkVariables({ env }: Context): Check[] {
  if (env.DOTENV_KEY === undefined) return [];
  return [failed("DOTENV_KEY", "is set: dotenv 16 and 17 would try to read .env.vault as their own", "unset DOTENV_KEY")];
}

function checkRecovery({ manifest }: Project, others: ReadonlySet<string>): Check {
  const [path] = recoveryPaths(manifest);
  if (path === undefined) return failed("recovery", "there are no recovery words", "envseal recovery create");
  const { name, opens } = path;
  const shut = environmentNames(manifest).filter((environment) => !opens.includes(environment));
  if (shut.length === 0) return passed("recovery", "there are recovery words, for every environment");
  if (shut.every((environment) => others.has(environment)))
    return passed("recovery", `there are recovery words; they do not open ${shut.join(", ")}, which whoever has access can mend`);
  return failed(
    "recovery",
    `the words do not open ${shut.join(", ")}`,
    shut
      .filter((environment) => !others.has(environment))
      .map((environment) => `envseal grant ${name} -e ${environment}`)
      .join("; "),
  );
}

/** The cryptoperiod of each active key (NIST SP 800-57 part 1, section 5.3). */
function checkAges(project: Project, others: ReadonlySet<string>, context: Context): Check[] {
  const { manifest } = project;
  const role = roleHere(project, context);
  return environmentEntries(manifest).map(([environment, { statement, settings }]) => {
    const { active, keys } = statement;
    const { cryptoperiodDays } = settings;
    const days = ageInDays(keys[active]?.created ?? "");
    const detail = `v${keys[active]?.version} is ${count(days, "day")} old, of ${cryptoperiodDays}`;
    if (days >= cryptoperiodDays && others.has(environment))
      return passed(`key of ${environment}`, `${detail}: whoever has access to it rotates it`);
    return days < cryptoperiodDays
      ? passed(`key of ${environment}`, detail)
      : failed(`key of ${environment}`, detail, rotatorRuns(manifest, { role }, `envseal rotate -e ${environment}`));
  });
}

/** Access that an admin gave without the key: it is for those who have it to mend. */
function checkWaiting({ manifest }: Project, keyrings: readonly Keyring[]): Check[] {
  return environmentEntries(manifest).flatMap(([environment]) => {
    const { names, holders } = waitingFor(manifest, environment);
    if (names.length === 0) return [];
    const [name, detail] = [`access to ${environment}`, `${names.join(", ")} ${names.length === 1 ? "waits" : "wait"} for its key`];
    return keyrings.some((keyring) => keyring.environment === environment)
      ? [failed(name, detail, "envseal sync, then commit envseal.json")]
      : [passed(name, `${detail}: ${orAsk(false, holders, "envseal sync")}`)];
  });
}

function checkBackup({ manifest }: Project): Check {
  const verified = manifest.backup?.verified;
  const detail = verified === undefined ? "none was verified yet" : `last verified ${count(ageInDays(verified), "day")} ago`;
  return backupIsDue(manifest)
    ? failed("backup", detail, "envseal backup create FILE, then envseal backup verify FILE")
    : passed("backup", detail);
}

function checkPins({ manifest }: Project, context: Context): Check {
  const not = unconfirmed(manifest, context);
  if (not === null)
    return passed("pin", `${pinText(manifest)} leads back to what was confirmed here, in ${pinsPath(context.env, manifest.project)}`);
  const carried = not.isFirst ? carriedPin(manifest, context.env) : null;
  if (carried !== null) return passed("pin", `${pinText(manifest)} is carried by ${carried}`);
  return failed("pin", not.isFirst ? `${pinText(manifest)} is not confirmed on this machine` : not.why, not.fix);
}
