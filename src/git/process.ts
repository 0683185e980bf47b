import type { ChildProcessWithoutNullStreams, SpawnSyncReturns } from "node:child_process";
import { EnvsealError } from "../errors.ts";

/**
 * A folder of the repository may look like a bare repository, with a configuration that runs programs: git takes only one
 * that was named. Objects that a partial clone lacks are not fetched behind anybody's back. What a push sends is read, not
 * what `refs/replace` would show instead.
 */
const SAFE = ["-c", "safe.bareRepository=explicit"];
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: "1", GIT_NO_REPLACE_OBJECTS: "1" };

/** Loaded where git is really run: with its streams it costs a hook that needs no git a tenth of its time. */
const processes = () => process.getBuiltinModule("node:child_process");

export interface GitOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  timeout?: number;
  /** Of bytes that it may print. */
  maxBuffer?: number;
}

const limit = { at: Number.POSITIVE_INFINITY, milliseconds: 0 };

/** From now on, git has this long: whoever waits for a hook must not wait for ever. */
export function limitGit(milliseconds: number): void {
  limit.at = performance.now() + milliseconds;
  limit.milliseconds = milliseconds;
}

/** Milliseconds of that limit, for all else that a hook does. */
export function timeLeft(): number {
  return limit.at - performance.now();
}

export function outOfTime(): EnvsealError {
  return new EnvsealError("TIMEOUT", `the hook took over ${limit.milliseconds / 1000} seconds, and was not finished`, {
    hint: "run it by hand (envseal check --staged); ENVSEAL_HOOK_TIMEOUT=SECONDS gives it longer",
  });
}

/** Runs git in a folder, with this process's own variables: inside a hook they name the index that is being committed. */
export function runGit(
  folder: string,
  args: readonly string[],
  { input = "", env = {}, timeout, maxBuffer = 1 << 30 }: GitOptions = {},
): SpawnSyncReturns<Buffer> {
  const left = limit.at === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.round(timeLeft()));
  const result = processes().spawnSync("git", [...SAFE, ...args], {
    cwd: folder,
    input,
    env: { ...process.env, ...ENVIRONMENT, ...env },
    maxBuffer,
    timeout: timeout ?? left,
    killSignal: "SIGKILL",
  });
  if (left !== undefined && (result.error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT") throw outOfTime();
  return result;
}

export function startGit(folder: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return processes().spawn("git", [...SAFE, ...args], { cwd: folder, env: { ...process.env, ...ENVIRONMENT } });
}
