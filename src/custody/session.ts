import { lstatSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { EnvsealError } from "../errors.ts";
import { isMissing, readText } from "../project/read.ts";
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
 * The identity that `unlock` left for this project, or null where there is none or its time is over.
 * @throws KEY_FILE_MODE where others could have put it there or read it, MALFORMED_KEY
 */
export function readSession(env: Env, project: string, now = Date.now()): Session | null {
  const path = sessionPath(env, project);
  if (!isOurs(sessionFolder(env), "700") || !isOurs(path, "600")) return null;
  const text = readText(path, 4096, "MALFORMED_KEY");
  if (text === null) return null;
  const [, from = "", to = ""] = /^# created: (\d{13})\n# expires: (\d{13})\n/.exec(text) ?? [];
  // A clock set back must not lengthen a session.
  if (from === "" || now >= Number(to) || now < Number(from)) return null;
  return { identity: parseIdentityText(text, path), expires: Number(to) };
}

/** False where the path is not there. A link, another's or an open file is an attack or a mistake. */
function isOurs(path: string, wanted: "600" | "700"): boolean {
  try {
    const { mode, uid } = lstatSync(path);
    if (process.platform === "win32") return true;
    const linked = (mode & 0o170000) === 0o120000;
    if (!linked && uid === process.getuid?.() && (mode & 0o077) === 0) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new EnvsealError("KEY_FILE_MODE", `${path} is not yours alone, and holds unlocked identities`, {
    hint: `remove it and unlock again: rm -r ${path}; its mode should be ${wanted}`,
  });
}
