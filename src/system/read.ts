import { readFileSync, statSync } from "node:fs";
import { fromUtf8 } from "../core/bytes.ts";
import { EnvsealError, type ErrorCode } from "../errors.ts";

/**
 * The bytes of a regular file of at most `limit` bytes, or null where there is none.
 * @throws IO for anything else that stops it, naming the file
 */
export function readBounded(path: string, limit: number): Buffer | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    if (!stats.isFile()) throw new EnvsealError("IO", `${path} is no regular file`, { hint: "put a file there" });
    if (stats.size > limit) throw new EnvsealError("IO", `${path} is larger than ${limit} bytes`, { hint: "is this the right file?" });
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw ioError(error, `cannot read ${path}`);
  }
}

/** Of what a repository may hold under a name of settings: a tree or an archive can have a pipe or gigabytes there. */
const MAX_SETTINGS = 16 << 20;

/** The text of a settings file, empty where there is none. @throws IO */
export function settingsText(path: string): string {
  return readBounded(path, MAX_SETTINGS)?.toString("utf8") ?? "";
}

/** As readBounded, as strict UTF-8. `malformed` is the code for invalid bytes. */
export function readText(path: string, limit: number, malformed: ErrorCode): string | null {
  const bytes = readBounded(path, limit);
  if (bytes === null) return null;
  const text = fromUtf8(bytes);
  if (text === null) throw new EnvsealError(malformed, `${path} is not valid UTF-8`, { hint: "take the file from git again" });
  return text;
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** The system's error code says what happened; its text may hold paths only. */
export function ioError(error: unknown, what: string): EnvsealError {
  if (error instanceof EnvsealError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  return new EnvsealError("IO", `${what} (${code})`, { hint: hintFor(code), cause: error });
}

/** What a person does about an errno. */
export function hintFor(code: string): string {
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "check the permissions of the file and its folder";
  if (code === "ENOSPC" || code === "EDQUOT") return "free some disk space, then run it again";
  if (code === "EMFILE" || code === "ENFILE")
    return "too many files are open: close some programs, or raise the limit (ulimit -n), then run it again";
  if (code === "EIO") return "the disk or its file system fails: look into the system's log, then run it again";
  if (code === "EFBIG") return "a limit on the size of files is in force (ulimit -f): raise it, then run it again";
  return "check the path";
}
