import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { runGit } from "../../git/process.ts";
import { isBelow } from "../../project/below.ts";
import { armDrivers, disarmDrivers } from "./drivers.ts";
import { EVENTS } from "./event-names.ts";
import { armFile, armHusky, CALL, disarmFile, disarmHusky, hookText } from "./files.ts";
import { MARK, readIf, withoutComments } from "./hook-text.ts";
import { isArmed, type ManagerFile, managersOf, writerOf } from "./managers.ts";
import { config, git, type HookPlace, hasConfigHooks, hookFolders } from "./place.ts";
import { installProgram, programPaths, removePrograms } from "./program.ts";
import { disarmStrict } from "./strict.ts";

/** What pre-commit leaves for the hooks after it (index-mark.ts). */
const MARKS = ["checked", "words"];

/** Arms every event. Running it again changes nothing. @param bin the folder of the program, of which hooks get a copy */
export async function armHooks(place: HookPlace, bin: string): Promise<void> {
  const { top, route } = place;
  installProgram(place.runner, bin);
  // A clone may have come with marks that nobody here made.
  for (const name of MARKS) rmSync(join(dirname(place.runner), name), { force: true });
  config(top, "envseal.node", process.execPath);
  armDrivers(top, CALL);
  if (route === "config") return armConfig(place);
  const file = managersOf(top).find(({ manager }) => manager === route);
  if (file !== undefined) {
    const { armManager } = await import("./manager-files.ts");
    return armManager(place, file, keptFile(place, file));
  }
  for (const event of EVENTS) route === "husky" ? armHusky(place, event) : armFile(place, event);
}

/** Takes away what armHooks put there; what was there before is as it was, byte for byte. */
export async function disarmHooks(place: HookPlace): Promise<void> {
  disarmStrict(place);
  disarmDrivers(place.top);
  for (const file of managersOf(place.top)) (await import("./manager-files.ts")).disarmManager(place, file, keptFile(place, file));
  for (const event of EVENTS) {
    git(place.top, ["config", "--local", "--remove-section", `hook.envseal-${event}`]);
    for (const folder of hookFolders(place)) disarmFile(folder, event);
    disarmHusky(place, event);
  }
  git(place.top, ["config", "--local", "--unset", "envseal.node"]);
  for (const name of ["compiled", ...MARKS]) rmSync(join(dirname(place.runner), name), { force: true });
  removePrograms(dirname(place.runner));
  rmSync(place.runner, { force: true });
}

/** The runner, what it starts, and the hook files of ours in the git folder: none of them is anybody else's to write. */
export function installedFiles(place: HookPlace): string[] {
  const { runner, gitFolder } = place;
  const hooks = hookFolders(place)
    .filter((folder) => isBelow(gitFolder, folder))
    .flatMap((folder) => [...EVENTS, "reference-transaction"].map((event) => join(folder, event)));
  return [runner, ...programPaths(dirname(runner)), ...hooks.filter((path) => readIf(path).split("\n").includes(MARK))];
}

/** Events whose hook calls envseal, by what git will read: its configuration, and the file in its hook folder. */
export function armedEvents({ top, folder }: HookPlace): string[] {
  const settings = hasConfigHooks(top) ? git(top, ["config", "--get-regexp", "^hook\\..*\\.(event|enabled)$"]).split("\n") : [];
  const isOn = (name: string) => settings.findLast((row) => row.startsWith(`hook.${name}.enabled `))?.endsWith(" false") !== true;
  const managers = managersOf(top);
  return EVENTS.filter((event) => {
    const inConfig = settings.includes(`hook.envseal-${event}.event ${event}`) && isOn(`envseal-${event}`) && isOn(event);
    return inConfig || reachesUs(join(folder, event), managers);
  });
}

/** True if the hook file leads to us: by itself, by what its manager is set up to do, or by the older hook that it runs. */
function reachesUs(path: string, managers: readonly ManagerFile[]): boolean {
  const text = hookText(path);
  const said = withoutComments(text);
  if (said.includes(MARK) || /envseal\/(hooks\/)?run\b|\benvseal hook\b/.test(said)) return true;
  // husky's stubs run the file of the same name in the folder above theirs.
  if (/\/h"/.test(said)) return withoutComments(readIf(join(dirname(path), "..", basename(path)))).includes(MARK);
  const writer = writerOf(text);
  if (managers.some((file) => file.manager === writer && isArmed(file, basename(path)))) return true;
  return writer === "pre-commit" && hookText(`${path}.legacy`).includes(MARK);
}

/**
 * True if git itself, asked to run the hook, reaches our runner: the only proof that nobody stands in between. It starts what
 * the repository has for hooks: only where this person armed them.
 */
export function probe({ top, runner, route }: HookPlace): boolean {
  const nonce = randomBytes(8).toString("hex");
  // Hooks of the configuration are independent of hook files, which need not run then.
  const apart = route === "config" ? ["-c", "core.hooksPath=/dev/null"] : [];
  const answer = join(dirname(runner), `probe-${nonce}`);
  // lefthook runs no job of pre-commit where nothing is staged.
  return ["pre-commit", "prepare-commit-msg"].some((event) => {
    runGit(top, [...apart, "hook", "run", "--ignore-missing", event], { env: { ENVSEAL_PROBE: nonce }, timeout: 60_000, hooks: true });
    const answered = existsSync(answer);
    rmSync(answer, { force: true });
    return answered;
  });
}

/** A name of its own for each event: the command is not told which one it runs for. */
function armConfig({ top }: HookPlace): void {
  for (const event of EVENTS) {
    config(top, `hook.envseal-${event}.command`, `${CALL} ${event}`);
    config(top, `hook.envseal-${event}.event`, event);
  }
}

/** What a manager's file was before. */
function keptFile({ runner }: HookPlace, { manager }: ManagerFile): string {
  return join(dirname(runner), `before-${manager}`);
}
