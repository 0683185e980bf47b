import { existsSync, lstatSync, type Stats } from "node:fs";
import { tmpdir, uptime, userInfo } from "node:os";
import { join } from "node:path";
import { EnvsealError } from "../errors.ts";
import { shellWord } from "../printable.ts";
import { isOwnPlace } from "../project/own-folders.ts";
import { readText } from "../system/read.ts";
import { parseIdentityText } from "./identity-file.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Session {
  identity: Uint8Array;
  /** Milliseconds since 1970. */
  expires: number;
}

/** Where `unlock` keeps identities: `$XDG_RUNTIME_DIR/envseal` (in memory, gone at logout), else a folder of one's own in the temporary one. */
export function sessionFolder(env: Env): string {
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime !== undefined && isOwnPlace(runtime)) return join(runtime, "envseal");
  // Windows knows no other temporary folder than that of its variables.
  const temporary = process.platform === "win32" || isOwnPlace(tmpdir()) ? tmpdir() : "/tmp";
  return join(temporary, `envseal-${process.getuid?.() ?? userInfo().username}`);
}

/** This person's environment here, and as another login of theirs has it, whose sessions are elsewhere: over ssh, under sudo, from cron. */
export function everyLogin(env: Env): Env[] {
  const { XDG_RUNTIME_DIR: _here, ...bare } = env;
  const other = sessionFolder(env) !== sessionFolder(bare) ? bare : { ...env, XDG_RUNTIME_DIR: `/run/user/${process.getuid?.()}` };
  return process.getuid === undefined ? [env] : [env, other];
}

export function sessionPath(env: Env, project: string): string {
  return join(sessionFolder(env), project);
}

/**
 * The identity that `unlock` left for this project, or null where there is none, its time is over, or the folder is not
 * this person's own (another user of the machine may have made it: nothing in it counts then).
 * @throws KEY_FILE_MODE where a file in one's own folder was opened to others, MALFORMED_KEY
 */
export function readSession(env: Env, project: string, now = Date.now(), awake = uptime()): Session | null {
  const path = sessionPath(env, project);
  if (!isOwn(sessionFolder(env), "folder")) return null;
  if (!existsSync(path)) return null;
  if (!isOwn(path, "file")) {
    throw new EnvsealError("KEY_FILE_MODE", `${path} is not yours alone, and should hold an unlocked identity`, {
      hint: `remove it and unlock again: rm ${shellWord(path)}`,
    });
  }
  const text = readText(path, 4096, "MALFORMED_KEY") ?? "";
  const told = /^# created: (\d{13})\n# expires: (\d{13})\n# uptime: (\d+)\n/.exec(text);
  if (told === null) return null;
  const [from, to, up] = told.slice(1).map(Number) as [number, number, number];
  // Neither a clock that was set back nor a sleep of the machine lengthens a session.
  const ran = awake - up;
  const over = now >= to || now < from || ran < 0 || ran * 1000 >= to - from;
  return over ? null : { identity: parseIdentityText(text, path), expires: to };
}

/** True for a folder or file of this person's that nobody else can read, write or have put a link in place of. */
export function isOwn(path: string, kind: "folder" | "file"): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !(kind === "folder" ? stats.isDirectory() : stats.isFile())) return false;
  return process.platform === "win32" || (isMine(stats) && (stats.mode & 0o077) === 0 && (kind === "folder" || stats.nlink === 1));
}

/** Windows has no numbers of users; what is in a person's own profile is theirs. */
export function isMine({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
