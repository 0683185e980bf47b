import type { ChildProcessWithoutNullStreams, SpawnSyncReturns } from "node:child_process";

/**
 * A folder of the repository may look like a bare repository, with a configuration that runs programs: git takes only one
 * that was named. Objects that a partial clone lacks are not fetched behind anybody's back.
 */
const SAFE = ["-c", "safe.bareRepository=explicit"];
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: "1" };

/** Loaded where git is really run: with its streams it costs a hook that needs no git a tenth of its time. */
const processes = () => process.getBuiltinModule("node:child_process");

export interface GitOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  timeout?: number;
  /** Of bytes that it may print. */
  maxBuffer?: number;
}

/** Runs git in a folder, with this process's own variables: inside a hook they name the index that is being committed. */
export function runGit(
  folder: string,
  args: readonly string[],
  { input = "", env = {}, timeout, maxBuffer = 1 << 30 }: GitOptions = {},
): SpawnSyncReturns<Buffer> {
  return processes().spawnSync("git", [...SAFE, ...args], {
    cwd: folder,
    input,
    env: { ...process.env, ...ENVIRONMENT, ...env },
    maxBuffer,
    ...(timeout !== undefined && { timeout }),
  });
}

export function startGit(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return processes().spawn("git", [...SAFE, ...args], { cwd: folder, env: { ...process.env, ...ENVIRONMENT, ...env } });
}
