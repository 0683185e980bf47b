import { existsSync } from "node:fs";
import { join } from "node:path";
import { MANIFEST_NAME } from "../core/manifest.ts";
import { readIdentityFile } from "../custody/identity-file.ts";
import { readCustodyRecord } from "../custody/record.ts";
import { isEnvsealError } from "../errors.ts";
import { isIgnoredBy, refExists } from "../git/ignore.ts";
import { workTree } from "../git/objects.ts";
import { configValue, version as gitVersion, trackedFiles } from "../git/repo.ts";
import { isOwnClone } from "../project/own-clone.ts";
import { pinsPath, readPins } from "../project/pins.ts";
import type { Context } from "../ui/context.ts";
import { count } from "../ui/output.ts";
import { authenticateManifest } from "./authenticate.ts";
import { STOPPING } from "./hook-events.ts";
import { hookPlace } from "./hook-place.ts";
import { armedEvents, probe } from "./hooks.ts";
import { hidesVaults, planAttributes, planDeployIgnores } from "./ignore-files.ts";
import { ageInDays, backupIsDue } from "./inventory.ts";
import { inGit, type Project, targetAt } from "./project.ts";
import { recoveryPaths } from "./recovery.ts";
import { scanEnvFiles } from "./scan.ts";
import { openTarget } from "./vaults.ts";

/** One thing that `doctor` looked at. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

const passed = (name: string, detail: string): Check => ({ name, ok: true, detail });
const failed = (name: string, detail: string, fix: string): Check => ({ name, ok: false, detail, fix });

/** Everything that can be wrong with this clone, each with its cause and the command that mends it. */
export async function examine(project: Project, context: Context): Promise<Check[]> {
  const git = inGit(project);
  return [
    checkIdentity(project, context),
    ...Object.keys(project.manifest.vaults).map((path) => checkVault(project, path, context)),
    ...checkFiles(project),
    ...checkVariables(context),
    ...(git ? await checkGit(project, context) : [passed("git", "this project is not in git; guards and ignore files do not apply")]),
    ...checkDeployFiles(project),
    checkRecovery(project),
    ...checkAges(project),
    checkBackup(project),
    ...checkManifest(project, context),
    checkPins(project, context),
  ];
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

function checkVault(project: Project, path: string, context: Context): Check {
  const name = `vault ${path}`;
  try {
    const { opened } = openTarget(project, targetAt(project, join(project.root, path)), context);
    return passed(name, `opens, ${count(opened.assignments.size, "value")}`);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return failed(name, `${error.code}: ${error.message}`, error.hint ?? "");
  }
}

function checkFiles(project: Project): Check[] {
  const files = scanEnvFiles(project.root);
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

async function checkGit(project: Project, { env }: Context): Promise<Check[]> {
  const { root } = project;
  const { plaintext } = scanEnvFiles(root);
  const paths = plaintext.map(({ path }) => path);
  const tracked = await trackedFiles(root, paths);
  const open = paths.filter((path) => !tracked.includes(path) && !isIgnoredBy(root, path));
  const hidden = Object.keys(project.manifest.vaults).filter((path) => existsSync(join(root, path)) && isIgnoredBy(root, path));
  const cached = (await configValue(root, "diff.envseal.cachetextconv")) === "true" || refExists(root, "refs/notes/textconv/envseal");
  return [
    passed("git", await gitVersion(root)),
    ...tracked.map((path) =>
      failed(path, "is plaintext and git tracks it", `git rm --cached ${path}, and change its secrets at their providers`),
    ),
    ...open.map((path) => failed(path, "is plaintext and git does not ignore it", "envseal init adds it to .gitignore")),
    ...hidden.map((path) => failed(path, "is a vault and git ignores it", "envseal init un-ignores it")),
    checkHooks(root, env),
    ...((await configValue(root, "merge.envseal.driver")) === null
      ? [failed("merge driver", "is not set in this clone: vaults are merged as text", "envseal hooks install")]
      : []),
    ...planAttributes(root).map(() => failed(".gitattributes", "lacks the lines that make vaults diff and merge by name", "envseal init")),
    ...(cached
      ? [
          failed(
            "textconv cache",
            "git stores decrypted text under refs/notes/textconv/envseal",
            "git config --unset diff.envseal.cachetextconv; git update-ref -d refs/notes/textconv/envseal; git gc --prune=now",
          ),
        ]
      : []),
  ];
}

function checkDeployFiles({ root }: Project): Check[] {
  const planned = new Set(planDeployIgnores(root).map(({ path }) => path));
  return [".dockerignore", ".vercelignore", ".gcloudignore"]
    .filter((name) => hidesVaults(root, name))
    .map((name) =>
      failed(
        name,
        "hides the vaults from deployments",
        planned.has(join(root, name)) ? "envseal init adds the line that un-hides them" : "remove the last pattern that matches .env.vault",
      ),
    );
}

function checkRecovery({ manifest }: Project): Check {
  const [path] = recoveryPaths(manifest);
  if (path === undefined) return failed("recovery", "there are no recovery words", "envseal recovery create");
  const { name, opens } = path;
  if (opens.length === 0)
    return failed(
      "recovery",
      `there are none that open anything: ${name} is a request, which anyone can write`,
      `envseal revoke ${name} --request, then envseal recovery create`,
    );
  const shut = Object.keys(manifest.environments).filter((environment) => !opens.includes(environment));
  if (shut.length === 0) return passed("recovery", "there are recovery words, for every environment");
  return failed(
    "recovery",
    `the words do not open ${shut.join(", ")}`,
    `envseal grant ${name} ${shut.length === 1 ? `-e ${shut[0]}` : "--all"}`,
  );
}

/** The cryptoperiod of each active key (NIST SP 800-57 part 1, section 5.3). */
function checkAges({ manifest }: Project): Check[] {
  return Object.entries(manifest.environments).map(([environment, { active, keys, cryptoperiodDays }]) => {
    const days = ageInDays(keys[active]?.created ?? "");
    const detail = `v${keys[active]?.version} is ${count(days, "day")} old, of ${cryptoperiodDays}`;
    return days < cryptoperiodDays
      ? passed(`key of ${environment}`, detail)
      : failed(`key of ${environment}`, detail, `envseal rotate -e ${environment}`);
  });
}

function checkBackup({ manifest }: Project): Check {
  const verified = manifest.backup?.verified;
  const detail = verified === undefined ? "none was verified yet" : `last verified ${count(ageInDays(verified), "day")} ago`;
  return backupIsDue(manifest)
    ? failed("backup", detail, "envseal backup create FILE, then envseal backup verify FILE")
    : passed("backup", detail);
}

function checkManifest(project: Project, context: Context): Check[] {
  const { findings } = authenticateManifest(MANIFEST_NAME, null, project.manifest, context);
  return findings.map(({ message, fix }) => failed(MANIFEST_NAME, message, fix));
}

function checkPins({ manifest }: Project, { env }: Context): Check {
  const path = pinsPath(env, manifest.project);
  try {
    const pinned = Object.keys(readPins(env, manifest.project));
    return passed("pins", pinned.length === 0 ? "none yet on this machine" : `${pinned.join(", ")}, in ${path}`);
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return failed("pins", error.message, error.hint ?? "");
  }
}

function checkHooks(root: string, env: NodeJS.ProcessEnv): Check {
  try {
    const place = hookPlace(workTree(root));
    const armed = armedEvents(place);
    if (armed.length === 0 && !existsSync(place.runner)) return failed("hooks", "are not armed in this clone", "envseal hooks install");
    if (!isOwnClone(env, place.gitFolder))
      return failed("hooks", "were installed by somebody else, and so are not tried out", "envseal hooks install");
    return probe(place) && STOPPING.every((event) => armed.includes(event))
      ? passed("hooks", "are armed, and git reaches them")
      : failed("hooks", "are installed, but git does not reach all of them", "envseal hooks install");
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return failed("hooks", error.message, error.hint ?? "");
  }
}
