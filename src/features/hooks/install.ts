import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { EnvsealError, isEnvsealError } from "../../errors.ts";
import { rememberHookFiles } from "../../project/hook-files.ts";
import { realProgram } from "../../project/own-program.ts";
import { isOwnClone, rememberClone } from "../../project/trusted-clones.ts";
import { armedEvents, armHooks, installedFiles, probe } from "./arm.ts";
import { EVENTS, STOPPING } from "./event-names.ts";
import { CALL } from "./files.ts";
import { BEFORE } from "./hook-text.ts";
import { huskyCommand, MANAGER_COMMANDS, type Manager, managersOf, unreadManagers } from "./managers.ts";
import { type HookPlace, hookPlace, isHuskys } from "./place.ts";
import { isProgramCurrent } from "./program.ts";

const ROUTE_WORDS = {
  config: "git's configuration of this clone",
  husky: "one line in each file of .husky: commit them",
  lefthook: "a job of each event in lefthook's file: commit it",
  "pre-commit": "local hooks in .pre-commit-config.yaml: commit it",
  "simple-git-hooks": "a command of each event for simple-git-hooks: commit it",
  file: "files in git's hook folder",
} as const;

/** Where the hooks stand, for people. */
export function routeWords({ route, folder }: HookPlace): string {
  const chained = route === "file" && EVENTS.some((event) => existsSync(join(folder, event + BEFORE)));
  return ROUTE_WORDS[route] + (chained ? "; what was there runs after ours" : "");
}

/** What of the hooks is in files that git has: they are committed, so that every clone has them. */
export function hookFilesToCommit({ top, route }: HookPlace): string[] {
  if (route === "husky") return [join(top, ".husky")];
  return managersOf(top).flatMap(({ manager, path }) => (manager === route ? [path] : []));
}

/** What the person runs so that the hook manager leads git to its files; undefined where none has to. */
function commandLeft({ top, route, folder }: HookPlace): string | undefined {
  if (route === "husky") return isHuskys(folder) && existsSync(join(folder, "pre-commit")) ? undefined : huskyCommand(top);
  return route in MANAGER_COMMANDS ? MANAGER_COMMANDS[route as Manager] : undefined;
}

/** Hooks of the configuration are nobody's files. */
function unread({ top, route }: HookPlace): string {
  const files = route === "config" ? [] : unreadManagers(top);
  if (files.length === 0) return "";
  return `\n${files.join(", ")}: in this form it is not edited here, and its manager takes hook files away when it installs; call envseal from it too, for each of ${STOPPING.join(", ")}: ${CALL} EVENT "$@"`;
}

/** True where events that our hooks are for pass them by, or this person never armed them: in a new clone, or where arming was cut short. */
export function lacksHooks(top: string, env: NodeJS.ProcessEnv): boolean {
  try {
    const place = hookPlace(top);
    const armed = armedEvents(place);
    // A manager's file has those alone that stop something.
    const wanted = place.route in MANAGER_COMMANDS ? STOPPING : EVENTS;
    return !isCurrent(place) || !isOwnClone(env, place.gitFolder) || !wanted.every((event) => armed.includes(event));
  } catch (error) {
    // Where they cannot be armed, nothing is left to do.
    if (isEnvsealError(error)) return false;
    throw error;
  }
}

/** True where what git starts is a copy of this very program. */
export function isCurrent({ runner }: HookPlace): boolean {
  return isProgramCurrent(runner, dirname(realProgram()));
}

/** Notes what is in the git folder of ours, for whoever asks later whether it still is. */
export function recordHooks(place: HookPlace): void {
  rememberHookFiles(process.env, place.gitFolder, installedFiles(place));
}

/** Arms the hooks of the clone at `top` and proves that git reaches them. @throws GIT where it does not */
export async function armThisClone(top: string): Promise<{ place: HookPlace; text: string }> {
  const place = hookPlace(top);
  rememberClone(process.env, place.gitFolder);
  await armHooks(place, dirname(realProgram()));
  recordHooks(place);
  const text = `the hooks of this clone are armed, and fire: ${routeWords(place)}${unread(place)}`;
  const armed = armedEvents(place);
  if (probe(place) && STOPPING.every((event) => armed.includes(event))) return { place, text };
  const next = commandLeft(place);
  if (next !== undefined)
    return {
      place,
      text: `added to what ${place.route} runs (${routeWords(place)}), and git does not run it yet; now run: ${next}, then: envseal hooks status`,
    };
  throw new EnvsealError("GIT", `the hooks were installed (${routeWords(place)}), but git does not reach them`, {
    hint: "another hook manager stands in between (git config core.hooksPath): run its own install, then envseal hooks install again",
  });
}
