import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { EnvsealError } from "../errors.ts";
import { statOf } from "./process.ts";

/** Signals that people and supervisors send; a terminal sends them to the child itself, which decides. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/** What a stream of the child goes through. */
export interface Filter {
  push(chunk: Uint8Array): Uint8Array;
  /** Nothing came for a moment. */
  rest(): Uint8Array;
  end(): Uint8Array;
}

/** How long a prompt may look unfinished. */
const REST_AFTER = 50;

/**
 * Runs a program in our place: its stdio is ours, signals go to it, and its end is ours.
 * @param filter makes what its stdout and its stderr go through; without one, they are ours
 * @returns its exit code; where a signal ended it, this process ends by the same signal
 * @throws SPAWN where it cannot be started
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { env, cwd, filter }: { env: NodeJS.ProcessEnv; cwd: string; filter?: (() => Filter) | undefined },
): Promise<number> {
  if (command === "") throw new EnvsealError("SPAWN", "the command to run is empty", { hint: "envseal run -- COMMAND [ARGUMENT…]" });
  const start = await spawner();
  return new Promise((resolve, reject) => {
    const stdio = filter === undefined ? "inherit" : (["inherit", "pipe", "pipe"] as const);
    const forward = (signal: NodeJS.Signals) => {
      // A terminal's Ctrl-C reaches the whole foreground group: sending it on would deliver it twice.
      if (!(KEYS.has(signal) && ownsTerminal())) child.kill(signal);
    };
    const stop = () => {
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    // Before the start: a signal that came between the two would end us and leave the child, or never reach it.
    for (const signal of FORWARDED) process.on(signal, forward);
    const child = startOrRefuse(start, command, args, { stdio: stdio as StdioOptions, env, cwd }, stop);
    if (filter !== undefined && child.stdout !== null) pass(child.stdout, process.stdout, filter());
    if (filter !== undefined && child.stderr !== null) pass(child.stderr, process.stderr, filter());
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
    // What the child left behind may hold its streams open; whoever waits for that can interrupt it.
    child.on("exit", stop);
    child.on("close", (code, signal) => {
      if (signal === null) return resolve(code ?? 0);
      const number = constants.signals[signal];
      process.kill(process.pid, signal);
      // Where this process outlives the signal, a shell's way of saying the same.
      setTimeout(() => resolve(128 + number), 500);
    });
  });
}

const KEYS: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT", "SIGWINCH"]);

/** True where the terminal's keys go to our process group, whatever stdin is: Linux says so, elsewhere a terminal stream tells. */
function ownsTerminal(): boolean {
  const [, , group, , , foreground] = statOf(process.pid);
  return group === undefined ? [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY) : group === foreground;
}

function pass(from: Readable, to: NodeJS.WriteStream, filter: Filter): void {
  let timer: NodeJS.Timeout | undefined;
  const write = (bytes: Uint8Array) => bytes.length === 0 || from.destroyed || to.write(bytes);
  from.on("data", (chunk: Buffer) => {
    clearTimeout(timer);
    if (!write(filter.push(chunk))) {
      from.pause();
      to.once("drain", () => from.resume());
    }
    timer = setTimeout(() => write(filter.rest()), REST_AFTER);
  });
  from.on("end", () => {
    clearTimeout(timer);
    write(filter.end());
  });
  // Where nobody reads any more, the child is told as it would be without us: its next write fails, and it decides.
  to.removeAllListeners("error");
  to.on("error", () => {
    clearTimeout(timer);
    from.destroy();
  });
}

/** Some failures are thrown at once, such as an environment that is larger than the system takes. */
function startOrRefuse(
  start: Awaited<ReturnType<typeof spawner>>,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  stop: () => void,
): ChildProcess {
  try {
    return start(command, [...args], options);
  } catch (error) {
    stop();
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
