import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { sep } from "node:path";
import { formatIdentity } from "../age/keys.ts";
import { ioError, isMissing } from "../project/read.ts";
import { wipeFile, writeSecret } from "./identity-write.ts";
import { readSession, sessionFolder, sessionPath } from "./session.ts";

type Env = NodeJS.ProcessEnv;

/** Keeps the identity for `ttl` milliseconds: 0600 in 0700. A process that sleeps until then wipes it. */
export function writeSession(env: Env, project: string, identity: Uint8Array, ttl: number): Date {
  const created = Date.now();
  const expires = created + ttl;
  const path = sessionPath(env, project);
  try {
    mkdirSync(sessionFolder(env), { recursive: true, mode: 0o700 });
    readSession(env, project);
    wipeFile(path);
    writeSecret(path, `# created: ${created}\n# expires: ${expires}\n${formatIdentity(identity)}\n`);
  } catch (error) {
    throw ioError(error, `cannot keep the session at ${path}`);
  }
  wipeLater(env, ttl);
  return new Date(expires);
}

/** True if there was one. */
export function endSession(env: Env, project: string): boolean {
  return wipeFile(sessionPath(env, project));
}

/** Wipes every session (of this person), or those alone whose time is over. */
export function endSessions(env: Env, onlyExpired: boolean): number {
  let names: string[];
  try {
    names = readdirSync(sessionFolder(env));
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  const over = names.filter((project) => !onlyExpired || readSession(env, project) === null);
  return over.filter((project) => wipeFile(sessionPath(env, project))).length;
}

/** No secret goes with it: it calls `envseal lock --expired` when the time is over. Readers check the time themselves. */
function wipeLater(env: Env, ttl: number): void {
  const [, cli = ""] = process.argv;
  const seconds = String(Math.ceil(ttl / 1000) + 1);
  const bare = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("ENVSEAL_")));
  const options = { detached: true, stdio: "ignore", env: bare, cwd: sep, windowsHide: true } as const;
  const script =
    'const [cli, s] = process.argv.slice(1), { spawnSync } = require("node:child_process"); setTimeout(() => spawnSync(process.execPath, [cli, "lock", "--expired", "-q"]), s * 1000)';
  const child =
    process.platform === "win32"
      ? spawn(process.execPath, ["-e", script, cli, seconds], options)
      : spawn("/bin/sh", ["-c", 'sleep "$1"; exec "$2" "$3" lock --expired -q', "sh", seconds, process.execPath, cli], options);
  child.on("error", () => {});
  child.unref();
}
