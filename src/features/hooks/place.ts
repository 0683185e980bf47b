import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EnvsealError } from "../../errors.ts";
import { gitOutput } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";
import { isBelow } from "../../project/below.ts";
import { STOPPING } from "./event-names.ts";
import { BEFORE, MARK, readIf } from "./hook-text.ts";
import { type Manager, managersOf, writerOf } from "./managers.ts";

/** How the hooks of this clone reach envseal. */
export type Route = "config" | "husky" | Manager | "file";

export interface HookPlace {
  top: string;
  route: Route;
  /** Where git looks for hook files. */
  folder: string;
  /** The copy of hooks/run in the git folder, which needs no package to be found. */
  runner: string;
  /** The common one of linked worktrees. */
  gitFolder: string;
}

/** @throws GIT where the hook folder is shared by other repositories */
export function hookPlace(top: string): HookPlace {
  const paths = gitOutput(top, ["rev-parse", "--git-path", "hooks", "--git-common-dir"], "", true);
  const [hooks = "", common = ""] = paths.toString().split("\n");
  const folder = resolve(top, hooks);
  const runner = join(resolve(top, common), "envseal", "run");
  const route = hasConfigHooks(top) ? "config" : routeBeside(top, folder);
  // A link may lead there, too.
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  const own = [top, resolve(top, common)].map((home) => realpathSync(home));
  if (route === "file" && !own.some((home) => isBelow(home, real))) {
    throw new EnvsealError("GIT", `git's hook folder (core.hooksPath) is ${real}, which other repositories use too`, {
      hint: `call envseal from there: envseal hook pre-commit "$@"; or unset core.hooksPath for this repository`,
    });
  }
  return { top, route, folder, runner, gitFolder: resolve(top, common) };
}

/**
 * Beside whoever fires now. A manager that is only set up would silence, once it is installed, the hooks that fire today; so
 * would lefthook and simple-git-hooks, given one more event, with a hook file that is not theirs. pre-commit runs what it finds.
 */
function routeBeside(top: string, folder: string): Route {
  const managers = managersOf(top).map(({ manager }) => manager);
  const files = STOPPING.map((event) => join(folder, event)).filter(existsSync);
  const writers = files.map((path) => writerOf(readIf(path)));
  const firing = managers.filter((manager) => writers.includes(manager));
  if (firing.includes("pre-commit")) return "pre-commit";
  const [manager] = firing;
  const foreign = files.some((path, index) => writers[index] !== manager && (!readIf(path).includes(MARK) || existsSync(path + BEFORE)));
  if (manager !== undefined && !foreign) return manager;
  if (isHuskys(folder)) return "husky";
  if (files.length > 0) return "file";
  return existsSync(join(top, ".husky")) ? "husky" : (managers[0] ?? "file");
}

/** `.husky/_`, or `.husky` itself before version 9. */
export function isHuskys(folder: string): boolean {
  return basename(folder) === ".husky" || basename(dirname(folder)) === ".husky";
}

/** git 2.54 and newer take hooks from the configuration, beside whatever hook files there are. */
export function hasConfigHooks(top: string): boolean {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(gitOutput(top, ["version"]).toString()) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 54);
}

/** Where git looks, and where it looked before someone set core.hooksPath. */
export function hookFolders({ folder, runner }: HookPlace): string[] {
  return [...new Set([folder, join(dirname(runner), "..", "hooks")])];
}

/** What git prints, or nothing where it has nothing to say. */
export function git(top: string, args: readonly string[]): string {
  return runGit(top, args).stdout.toString().trimEnd();
}

export function config(top: string, name: string, value: string): void {
  gitOutput(top, ["config", "--local", name, value]);
}
