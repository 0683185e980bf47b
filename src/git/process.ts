import type { ChildProcessWithoutNullStreams, SpawnSyncReturns } from "node:child_process";
import { EnvsealError } from "../errors.ts";

/**
 * A repository may come with a `.git` of a stranger's, whose configuration names programs for git to start. What our calls
 * could set off is switched off here (filters are too, by never asking git for the content of a file in the work tree), and
 * so is what would hide commits from us. A folder that looks like a bare repository is taken only where it was named.
 */
export const SAFE = [
  "safe.bareRepository=explicit",
  "core.fsmonitor=",
  "core.hooksPath=/dev/null",
  "log.showSignature=false",
  "log.showRoot=true",
  "log.follow=false",
  "log.diffMerges=separate",
  "diff.relative=false",
  "i18n.logOutputEncoding=UTF-8",
];
/** Where git's hooks are the question. */
const HOOKS = ["safe.bareRepository=explicit", "core.fsmonitor="];

/**
 * Objects that a partial clone lacks are not fetched behind anybody's back: a git that is too old to be told so may use no
 * protocol. What a push sends is read, not what `refs/replace` or a graft would show instead. No index is refreshed in passing. A
 * client may start git, and so its hooks, with literal pathspecs (Magit does): ours would then match nothing, in silence.
 */
const ENVIRONMENT = {
  GIT_NO_LAZY_FETCH: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_LITERAL_PATHSPECS: "0",
};
const NO_NETWORK = { GIT_ALLOW_PROTOCOL: "" };

/** Loaded where git is really run: with its streams it costs a hook that needs no git a tenth of its time. */
const processes = () => process.getBuiltinModule("node:child_process");

export interface GitOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  timeout?: number;
  /** Of bytes that it may print. */
  maxBuffer?: number;
  /** Lets git find and start the repository's hooks. */
  hooks?: boolean;
}

/** Milliseconds that only grow. Not `performance`, whose module a hook would load for this alone. */
const clock = () => process.uptime() * 1000;
const limit = { at: Number.POSITIVE_INFINITY, milliseconds: 0 };

/** From now on, git has this long: whoever waits for a hook must not wait for ever. */
export function limitGit(milliseconds: number): void {
  limit.at = clock() + milliseconds;
  limit.milliseconds = milliseconds;
}

/** Milliseconds of that limit, for all else that a hook does. */
export function timeLeft(): number {
  return limit.at - clock();
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
  { input = "", env = {}, timeout, maxBuffer = 1 << 30, hooks = false }: GitOptions = {},
): SpawnSyncReturns<Buffer> {
  const left = limit.at === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.round(timeLeft()));
  const result = processes().spawnSync("git", [...settings(hooks ? HOOKS : SAFE), ...args], {
    cwd: folder,
    input,
    env: { ...process.env, ...ENVIRONMENT, ...(hooks ? {} : NO_NETWORK), ...env },
    maxBuffer,
    timeout: timeout ?? left,
    killSignal: "SIGKILL",
  });
  // A program that could not be started printed nothing, and node says null.
  result.stdout ??= Buffer.alloc(0);
  result.stderr ??= Buffer.alloc(0);
  if (left !== undefined && (result.error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT") throw outOfTime();
  return result;
}

export function startGit(folder: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return processes().spawn("git", [...settings(SAFE), ...args], { cwd: folder, env: { ...process.env, ...ENVIRONMENT, ...NO_NETWORK } });
}

function settings(rows: readonly string[]): string[] {
  return rows.flatMap((row) => ["-c", row]);
}
