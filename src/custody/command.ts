import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { EnvsealError } from "../errors.ts";
import { parseIdentityText } from "./identity-file.ts";

/** Custody `command`: the identity is what a program of the user's prints, such as a password manager. */

const MAX_OUTPUT = 4096;
const TIMEOUT_MS = 120_000;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/**
 * Runs the program without a shell, at the root folder and without key variables; it may ask on the terminal.
 * @throws CUSTODY where it fails, is too slow or prints too much; MALFORMED_KEY where it prints no identity
 */
export function runCommand([program, ...args]: Command, env: NodeJS.ProcessEnv, timeout = TIMEOUT_MS): Uint8Array {
  const bare = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("ENVSEAL_")));
  const { status, stdout, error } = spawnSync(program, args, {
    cwd: sep,
    env: bare,
    stdio: ["inherit", "pipe", "inherit"],
    timeout,
    maxBuffer: MAX_OUTPUT,
    windowsHide: true,
  });
  const fail = (what: string) =>
    new EnvsealError("CUSTODY", `the command that holds your identity (${program}) ${what}`, {
      hint: "run it by hand (envseal custody show names it); meanwhile the recovery words open everything: envseal unlock --recovery",
    });
  if (error !== undefined) {
    const { code } = error as NodeJS.ErrnoException;
    throw fail(
      code === "ENOENT"
        ? "is not there"
        : code === "ETIMEDOUT"
          ? `took over ${timeout / 1000} seconds`
          : code === "ENOBUFS"
            ? "printed over 4 KiB"
            : `cannot be run (${code})`,
    );
  }
  if (status !== 0) throw fail(`ended with ${status ?? "a signal"}`);
  return parseIdentityText(stdout.toString("utf8"), "what the command printed");
}

/**
 * The absolute path of a program on PATH, so that what is trusted today is what runs tomorrow.
 * @param outside a folder (the project's) from which nothing is taken: a pull request could put a program there
 * @throws CUSTODY
 */
export function resolveProgram(program: string, env: NodeJS.ProcessEnv, outside: string): string {
  const folders = isAbsolute(program) ? [""] : (env.PATH ?? "").split(delimiter).filter(isAbsolute);
  // A .cmd or .bat runs in a shell alone, and none is used.
  const endings = process.platform === "win32" ? [".exe", ""] : [""];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = join(folder, program + ending);
      if (!isProgram(path)) continue;
      const real = realpathSync(path);
      const places = [outside, realpathSync(outside)];
      if (!places.some((place) => isInside(path, place) || isInside(real, place))) return path;
    }
  }
  throw new EnvsealError("CUSTODY", `there is no program ${program} outside this project`, {
    hint: "name one that is installed on this machine; what a repository brings along is never run",
  });
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  return statSync(path).isFile();
}
