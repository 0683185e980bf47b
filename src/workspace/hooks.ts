import { randomBytes } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { EnvsealError } from "../errors.ts";
import { gitLines, gitOutput } from "../git/objects.ts";
import { runGit } from "../git/process.ts";
import { STOPPING, TELLING } from "./hook-events.ts";
import { isArmed, type Manager, managerOf } from "./hook-managers.ts";

/** How the hooks of this clone reach envseal. */
export type Route = "config" | "husky" | Manager | "file";

export const EVENTS = [...STOPPING, ...TELLING.filter((event) => event !== "post-rewrite")];

/** The line that marks what is ours, and the suffix of what was there before. */
const MARK = "# envseal hook (envseal hooks uninstall removes it)";
const BEFORE = ".before-envseal";

export interface HookPlace {
  top: string;
  route: Route;
  /** Where git looks for hook files. */
  folder: string;
  /** The copy of hooks/run in the git folder, which needs no package to be found. */
  runner: string;
}

/** @throws GIT where the hook folder is shared by other repositories */
export function hookPlace(top: string): HookPlace {
  const [hooks = "", common = ""] = gitLines(top, ["rev-parse", "--git-path", "hooks", "--git-common-dir"]);
  const folder = resolve(top, hooks);
  const own = [top, resolve(top, common)];
  const runner = join(resolve(top, common), "envseal", "run");
  if (hasConfigHooks(top)) return { top, route: "config", folder, runner };
  if (existsSync(join(top, ".husky")) || basename(dirname(folder)) === ".husky") return { top, route: "husky", folder, runner };
  const manager = managerOf(top);
  if (manager !== null) return { top, route: manager.manager, folder, runner };
  if (!own.some((home) => !relative(home, folder).startsWith(".."))) {
    throw new EnvsealError("GIT", `git's hook folder (core.hooksPath) is ${folder}, which other repositories use too`, {
      hint: `call envseal from there: envseal hook pre-commit "$@"; or unset core.hooksPath for this repository`,
    });
  }
  return { top, route: "file", folder, runner };
}

/** git 2.54 and newer take hooks from the configuration, beside whatever hook files there are. */
function hasConfigHooks(top: string): boolean {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(gitOutput(top, ["version"]).toString()) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 54);
}

/** Arms every event. Running it again changes nothing. @param stub the package's hooks/run @param cli the program that hooks call */
export async function armHooks(place: HookPlace, stub: string, cli: string): Promise<void> {
  mkdirSync(dirname(place.runner), { recursive: true, mode: 0o700 });
  copyFileSync(stub, place.runner);
  chmodSync(place.runner, 0o755);
  config(place.top, "envseal.node", process.execPath);
  config(place.top, "envseal.cli", cli);
  if (place.route === "config") return armConfig(place);
  const manager = managerOf(place.top);
  if (manager !== null && place.route === manager.manager) {
    const { armManager } = await import("./manager-files.ts");
    return armManager(manager, keptFile(place), callOf(place.top));
  }
  for (const event of EVENTS) place.route === "husky" ? armHusky(place, event) : armFile(place, event);
}

const GATE = "envseal-guard";
const GATED = [".env", ".env.*", "*.env", ".envrc", ".dev.vars", ".flaskenv"];
const NOT_GATED = [".env.vault", ".env.*.vault", ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];

/**
 * Stricter than hooks can be: no plaintext blob is even written (a clean filter that refuses), and no ref moves to what a
 * guard would find (reference-transaction). `git status` on a touched file and `git stash` pay for it.
 */
export function armStrict(place: HookPlace): void {
  const { top, runner } = place;
  config(top, `filter.${GATE}.clean`, 'echo "envseal: %f is plaintext; seal it (envseal encrypt), and do not add it" >&2; exit 1; cat');
  config(top, `filter.${GATE}.smudge`, "cat");
  config(top, `filter.${GATE}.required`, "true");
  const path = attributesFile(place);
  mkdirSync(dirname(path), { recursive: true });
  const rows = [...GATED.map((name) => `${name} filter=${GATE}`), ...NOT_GATED.map((name) => `${name} -filter`)];
  if (!readIf(path).includes(MARK)) writeFileSync(path, `${readIf(path)}${MARK}\n${rows.join("\n")}\n`);
  if (place.route === "config") {
    config(top, "hook.envseal-reference-transaction.command", `${callOfRunner(runner)} reference-transaction`);
    config(top, "hook.envseal-reference-transaction.event", "reference-transaction");
  } else armFile(place, "reference-transaction");
}

function attributesFile({ runner }: HookPlace): string {
  return join(dirname(runner), "..", "info", "attributes");
}

function disarmStrict(place: HookPlace): void {
  git(place.top, ["config", "--local", "--remove-section", `filter.${GATE}`]);
  git(place.top, ["config", "--local", "--remove-section", "hook.envseal-reference-transaction"]);
  for (const folder of hookFolders(place)) disarmFile(join(folder, "reference-transaction"));
  const path = attributesFile(place);
  const text = readIf(path);
  const at = text.indexOf(MARK);
  if (at === -1) return;
  if (at === 0) rmSync(path);
  else writeFileSync(path, text.slice(0, at));
}

/** Takes away what armHooks put there; what was there before is as it was, byte for byte. */
export async function disarmHooks(place: HookPlace): Promise<void> {
  disarmStrict(place);
  const manager = managerOf(place.top);
  if (manager !== null) (await import("./manager-files.ts")).disarmManager(manager, keptFile(place));
  for (const event of EVENTS) {
    git(place.top, ["config", "--local", "--remove-section", `hook.envseal-${event}`]);
    for (const folder of hookFolders(place)) disarmFile(join(folder, event));
    disarmHusky(join(place.top, ".husky", event));
  }
  for (const name of ["envseal.node", "envseal.cli"]) git(place.top, ["config", "--local", "--unset", name]);
  for (const path of [place.runner, join(dirname(place.runner), "compiled")]) rmSync(path, { force: true });
}

/** Where git looks, and where it looked before someone set core.hooksPath. */
function hookFolders({ folder, runner }: HookPlace): string[] {
  return [...new Set([folder, join(dirname(runner), "..", "hooks")])];
}

/** Events whose hook names envseal. */
export function armedEvents(place: HookPlace): string[] {
  const manager = managerOf(place.top);
  if (manager !== null && place.route === manager.manager) return isArmed(manager) ? [...STOPPING] : [];
  return EVENTS.filter(
    (event) =>
      git(place.top, ["config", "--local", "--get", `hook.envseal-${event}.event`]) === event ||
      hookFolders(place).some((folder) => readIf(join(folder, event)).includes(MARK)) ||
      readIf(join(place.top, ".husky", event)).includes(MARK),
  );
}

/** True if git itself, asked to run the hook, reaches our runner: the only proof that nobody stands in between. */
export function probe({ top, runner, route }: HookPlace): boolean {
  // lefthook runs no job of pre-commit where nothing is staged.
  const event = route === "lefthook" ? "prepare-commit-msg" : "pre-commit";
  const nonce = randomBytes(8).toString("hex");
  runGit(top, ["hook", "run", "--ignore-missing", event], { env: { ENVSEAL_PROBE: nonce }, timeout: 60_000 });
  const answers = [join(dirname(runner), `probe-${nonce}`), resolve(top, git(top, ["rev-parse", "--git-path", `envseal/probe-${nonce}`]))];
  const answered = answers.some(existsSync);
  for (const answer of answers) rmSync(answer, { force: true });
  return answered;
}

/** A name of its own for each event: the command is not told which one it runs for. */
function armConfig({ top, runner }: HookPlace): void {
  for (const event of EVENTS) {
    config(top, `hook.envseal-${event}.command`, `${callOfRunner(runner)} ${event}`);
    config(top, `hook.envseal-${event}.event`, event);
  }
}

/** A file of our own; one that was there is kept beside it, and runs after ours. Standard input is for both. */
function armFile({ folder, runner }: HookPlace, event: string): void {
  const path = join(folder, event);
  const kept = path + BEFORE;
  if (existsSync(path) && !readIf(path).includes(MARK)) renameSync(path, kept);
  mkdirSync(folder, { recursive: true });
  const run = `${callOfRunner(runner)} ${event}`;
  const takesInput = event === "pre-push" || event === "reference-transaction";
  const both = takesInput
    ? `input=$(cat; printf x)
feed() { printf %s "\${input%x}"; }
feed | ${run} "$@" || exit $?
[ -z "$ENVSEAL_PROBE" ] || exit 0
feed | "$before" "$@"`
    : `${run} "$@" || exit $?
[ -z "$ENVSEAL_PROBE" ] || exit 0
exec "$before" "$@"`;
  const script = `#!/bin/sh
${MARK}
before="\${0%/*}/${event}${BEFORE}"
[ -x "$before" ] || exec ${run} "$@"
${both}
`;
  if (readIf(path) !== script) writeFileSync(path, script, { mode: 0o755 });
  chmodSync(path, 0o755);
}

function disarmFile(path: string): void {
  if (!readIf(path).includes(MARK)) return;
  rmSync(path);
  if (existsSync(path + BEFORE)) renameSync(path + BEFORE, path);
}

/** One guarded line in the committed file, above what is there: a line below an `exec` or `exit` would never run. */
function armHusky({ top }: HookPlace, event: string): void {
  const path = join(top, ".husky", event);
  const before = readIf(path);
  if (before.includes(MARK)) return;
  const line = `${callOf(top)} ${event} "$@" || exit $?; [ -z "$ENVSEAL_PROBE" ] || exit 0 ${MARK}\n`;
  const [shebang = ""] = /^#!.*\n/.exec(before) ?? [];
  writeFileSync(path, `${shebang}${line}${before.slice(shebang.length)}`, { mode: 0o755 });
}

/** How this clone's own configuration and hook files call the runner. */
function callOfRunner(runner: string): string {
  return `sh '${runner.replaceAll("'", "'\\''")}'`;
}

/** How a committed file calls the runner: by the package, which every clone installs; else by the copy in the git folder. */
function callOf(top: string): string {
  const stub = "node_modules/envseal/hooks/run";
  return existsSync(join(top, stub)) ? `sh ${stub}` : 'sh "$(git rev-parse --git-common-dir)/envseal/run"';
}

function keptFile({ runner }: HookPlace): string {
  return join(dirname(runner), "manager-file");
}

function disarmHusky(path: string): void {
  const text = readIf(path);
  if (!text.includes(MARK)) return;
  const rest = text
    .split("\n")
    .filter((row) => !row.includes(MARK))
    .join("\n");
  if (rest === "") rmSync(path);
  else writeFileSync(path, rest);
}

function readIf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** What git prints, or nothing where it has nothing to say. */
function git(top: string, args: readonly string[]): string {
  return runGit(top, args).stdout.toString().trimEnd();
}

function config(top: string, name: string, value: string): void {
  gitOutput(top, ["config", "--local", name, value]);
}
