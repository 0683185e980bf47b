import { existsSync, lstatSync } from "node:fs";
import { tmpdir, uptime, userInfo } from "node:os";
import { join } from "node:path";
import { EnvsealError } from "../errors.ts";
import { readText } from "../project/read.ts";
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
  if (runtime !== undefined && runtime !== "") return join(runtime, "envseal");
  return join(tmpdir(), `envseal-${process.platform === "win32" ? userInfo().username : process.getuid?.()}`);
}

export function sessionPath(env: Env, project: string): string {
  return join(sessionFolder(env), project);
}

/**
 * The identity that `unlock` left for this project, or null where there is none, its time is over, or the folder is not
 * this person's own (another user of the machine may have made it: nothing in it counts then).
 * @throws KEY_FILE_MODE where a file in one's own folder was opened to others, MALFORMED_KEY
 */
export function readSession(env: Env, project: string, now = Date.now()): Session | null {
  const path = sessionPath(env, project);
  if (!isOwn(sessionFolder(env), "folder")) return null;
  if (!existsSync(path)) return null;
  if (!isOwn(path, "file")) {
    throw new EnvsealError("KEY_FILE_MODE", `${path} is not yours alone, and should hold an unlocked identity`, {
      hint: `remove it and unlock again: rm ${path}`,
    });
  }
  const text = readText(path, 4096, "MALFORMED_KEY");
  const [, from = "", to = "", up = ""] = /^# created: (\d{13})\n# expires: (\d{13})\n# uptime: (\d+)\n/.exec(text ?? "") ?? [];
  // Neither a clock that was set back nor a sleep of the machine lengthens a session.
  const ran = uptime() - Number(up);
  const over = now >= Number(to) || now < Number(from) || ran < 0 || ran * 1000 >= Number(to) - Number(from);
  if (text === null || from === "" || over) return null;
  return { identity: parseIdentityText(text, path), expires: Number(to) };
}

/** True for a folder or file of this person's that nobody else can read, write or have put a link in place of. */
export function isOwn(path: string, kind: "folder" | "file"): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !(kind === "folder" ? stats.isDirectory() : stats.isFile())) return false;
  if (process.platform === "win32") return true;
  return stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0 && (kind === "folder" || stats.nlink === 1);
}
