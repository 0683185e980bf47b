import { type ChildProcessWithoutNullStreams, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { EnvsealError } from "../errors.ts";

/**
 * A folder of the repository may look like a bare repository, with a configuration that runs programs: git takes only one
 * that was named. Objects that a partial clone lacks are not fetched behind anybody's back. What a push sends is read, not
 * what `refs/replace` would show instead.
 */
const SAFE = ["-c", "safe.bareRepository=explicit"];
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: "1", GIT_NO_REPLACE_OBJECTS: "1" };

export interface GitOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  timeout?: number;
}

const limit = { at: Number.POSITIVE_INFINITY };

/** From now on, git has this long: whoever waits for a hook must not wait for ever. */
export function limitGit(milliseconds: number): void {
  limit.at = Date.now() + milliseconds;
}

export function outOfTime(): EnvsealError {
  return new EnvsealError("TIMEOUT", "the hook took longer than it may, and was not finished", {
    hint: "run it by hand (envseal check --staged); ENVSEAL_HOOK_TIMEOUT=SECONDS gives it longer",
  });
}

/** Runs git in a folder, with this process's own variables: inside a hook they name the index that is being committed. */
export function runGit(
  folder: string,
  args: readonly string[],
  { input = "", env = {}, timeout }: GitOptions = {},
): SpawnSyncReturns<Buffer> {
  const left = limit.at === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.round(limit.at - Date.now()));
  const result = spawnSync("git", [...SAFE, ...args], {
    cwd: folder,
    input,
    env: { ...process.env, ...ENVIRONMENT, ...env },
    maxBuffer: 1 << 30,
    timeout: timeout ?? left,
    killSignal: "SIGKILL",
  });
  if (left !== undefined && (result.error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT") throw outOfTime();
  return result;
}

export function startGit(folder: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn("git", [...SAFE, ...args], { cwd: folder, env: { ...process.env, ...ENVIRONMENT } });
}
