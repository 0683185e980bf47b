import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { EnvsealError } from "../errors.ts";

/** Signals that people and supervisors send; a terminal sends them to the child itself, which decides. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/**
 * Runs a program in our place: its stdio is ours, signals go to it, and its end is ours.
 * @returns its exit code; where a signal ended it, this process ends by the same signal
 * @throws SPAWN where it cannot be started
 */
export async function runChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  if (command === "") throw new EnvsealError("SPAWN", "the command to run is empty", { hint: "envseal run -- COMMAND [ARGUMENT…]" });
  const start = await spawner();
  return new Promise((resolve, reject) => {
    const child = startOrRefuse(start, command, args, { stdio: "inherit", env, cwd });
    const forward = (signal: NodeJS.Signals) => {
      // A terminal's Ctrl-C reaches the whole foreground group: sending it on would deliver it twice.
      if (!(process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT" || signal === "SIGWINCH"))) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const stop = () => {
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      stop();
      const missing = error.code === "ENOENT";
      reject(
        new EnvsealError("SPAWN", missing ? `there is no command ${command}` : `cannot run ${command} (${error.code})`, {
          hint: missing ? "check the name and PATH" : "check its permissions",
          cause: error,
        }),
      );
    });
    child.on("close", (code, signal) => {
      stop();
      if (signal === null) return resolve(code ?? 0);
      const number = constants.signals[signal];
      process.kill(process.pid, signal);
      // Where this process outlives the signal, a shell's way of saying the same.
      setTimeout(() => resolve(128 + number), 500);
    });
  });
}

/** Some failures are thrown at once, such as an environment that is larger than the system takes. */
function startOrRefuse(
  start: Awaited<ReturnType<typeof spawner>>,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  try {
    return start(command, [...args], options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new EnvsealError("SPAWN", `cannot run ${command} (${code})`, {
      hint:
        code === "E2BIG"
          ? "the values are larger than the system's limit for a program's environment: read them with get or the loader"
          : "check its permissions",
      cause: error,
    });
  }
}

/** Windows needs cross-spawn to find scripts and to quote; elsewhere it would only cost its loading. */
async function spawner(): Promise<(command: string, args: string[], options: SpawnOptions) => ChildProcess> {
  return process.platform === "win32" ? (await import("cross-spawn")).default : spawn;
}
