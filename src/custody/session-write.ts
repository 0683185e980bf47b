import { spawn } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { uptime } from "node:os";
import { join, sep } from "node:path";
import { formatIdentity } from "../age/keys.ts";
import { EnvsealError } from "../errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { replaceFile } from "../system/private-file.ts";
import { ioError } from "../system/read.ts";
import { wipeFile } from "./identity-write.ts";
import { isMine, isOwn, readSession, sessionFolder, sessionPath } from "./session.ts";

type Env = NodeJS.ProcessEnv;

/** Keeps the identity for `ttl` milliseconds: 0600 in 0700. A process that sleeps until then wipes it. @throws IO, KEY_FILE_MODE */
export function writeSession(env: Env, project: string, identity: Uint8Array, ttl: number): Date {
  const created = Date.now();
  const folder = sessionFolder(env);
  const path = sessionPath(env, project);
  try {
    makeFolder(folder, 0o700);
    if (!isOwn(folder, "folder")) throw notOwn(folder);
    replaceFile(
      path,
      `# created: ${created}\n# expires: ${created + ttl}\n# uptime: ${Math.floor(uptime())}\n${formatIdentity(identity)}\n`,
      0o600,
    );
  } catch (error) {
    throw ioError(error, `cannot keep the session at ${path}`);
  }
  wipeLater(env, ttl);
  return new Date(created + ttl);
}

function notOwn(folder: string): EnvsealError {
  return new EnvsealError("KEY_FILE_MODE", `${folder} is not yours alone: another user of this machine may have made it`, {
    hint: "set XDG_RUNTIME_DIR to a folder of your own (0700), then unlock again",
  });
}

/** True if there was one. Only a plain file of one's own is ever overwritten: a link may lead anywhere. */
export function endSession(env: Env, project: string): boolean {
  const path = sessionPath(env, project);
  if (!isOwn(sessionFolder(env), "folder")) return false;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.nlink === 1 && isMine(stats) && wipeFile(path);
}

/** Wipes every session (of this person), or those alone whose time is over. */
export function endSessions(env: Env, onlyExpired: boolean): number {
  const folder = sessionFolder(env);
  if (!isOwn(folder, "folder")) return 0;
  return readdirSync(folder).filter((project) => (!onlyExpired || isOver(env, project)) && endSession(env, project)).length;
}

/** This person's own files where sessions are kept, in whatever state they and the folder are. */
export function sessionsLeft(env: Env): string[] {
  const folder = sessionFolder(env);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const isLeft = (path: string) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true && isMine(stats);
  };
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter(isLeft);
}

/** One that cannot be read is of no use to anybody. */
function isOver(env: Env, project: string): boolean {
  try {
    return readSession(env, project) === null;
  } catch {
    return true;
  }
}

/**
 * As text, since hours pass until it runs: by then a branch may be checked out that tracks the files of this program. What it is
 * given is the folder. It ends as `envseal lock --expired` does, with files of one name alone.
 */
const WIPE = `const fs = require("fs"), [folder] = process.argv.slice(1);
for (const name of fs.readdirSync(folder)) try {
  const path = folder + "/" + name, fd = fs.openSync(path, fs.constants.O_RDWR | (fs.constants.O_NOFOLLOW ?? 0)), { size, nlink } = fs.fstatSync(fd);
  const told = /^# created: (\\d{13})\\n# expires: (\\d{13})\\n/.exec(fs.readFileSync(fd, "utf8"));
  if (!told || nlink !== 1 || (told[1] <= Date.now() && Date.now() < told[2])) continue;
  fs.unlinkSync(path);
  fs.writeSync(fd, Buffer.alloc(size), 0, size, 0);
  fs.fsyncSync(fd);
} catch {}`;

/** No secret goes with it. Readers check the time themselves. */
function wipeLater(env: Env, ttl: number): void {
  const seconds = String(Math.ceil(ttl / 1000) + 1);
  const folder = sessionFolder(env);
  // The system's own sleep: npx puts a folder of the work tree first.
  const bare = { PATH: `/usr/bin:/bin:${env.PATH ?? ""}`, SystemRoot: env.SystemRoot };
  const options = { detached: true, stdio: "ignore", env: bare, cwd: sep, windowsHide: true } as const;
  const child =
    process.platform === "win32"
      ? spawn(process.execPath, ["-e", `setTimeout(() => {${WIPE}}, ${seconds}000)`, folder], options)
      : spawn("/bin/sh", ["-c", 'sleep "$1"; exec "$2" -e "$3" "$4"', "sh", seconds, process.execPath, WIPE, folder], options);
  child.on("error", () => {});
  child.unref();
}
