import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Larger ones git gives in parts. Bytes, compressed and not. */
const SMALL = 2 << 20;
const WHOLE = 8 << 20;
/** After so many that lie elsewhere, the others are not looked for. */
const MISSES = 20;
const NOT_USUAL = ["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/**
 * Reads blobs that lie in files of their own, as `git add` has just written them: without a process and its pipe, in a third
 * of the time. Whatever is not as it is usually is left to git: packs, alternates, linked worktrees, large and damaged objects.
 */
export class LooseBlobs {
  private readonly folder: string | null;
  private misses = 0;

  constructor(top: string, env: NodeJS.ProcessEnv) {
    const folder = join(top, ".git", "objects");
    this.folder = NOT_USUAL.some((name) => env[name]) || !existsSync(folder) ? null : folder;
  }

  /** @returns null for what git has to be asked for */
  read(oid: string): Buffer | null {
    if (this.folder === null || this.misses > MISSES) return null;
    const path = join(this.folder, oid.slice(0, 2), oid.slice(2));
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) this.misses++;
    return size === undefined || size > SMALL ? null : inflated(path, size);
  }
}

/** An object is `<type> <size>`, a zero byte and the content, compressed by zlib. */
function inflated(path: string, size: number): Buffer | null {
  try {
    const { inflateSync } = process.getBuiltinModule("node:zlib");
    const object = inflateSync(readFileSync(path), { chunkSize: Math.min(WHOLE, 1024 + 4 * size), maxOutputLength: WHOLE });
    const end = object.indexOf(0);
    const content = object.subarray(end + 1);
    return object.toString("latin1", 0, end) === `blob ${content.length}` ? content : null;
  } catch {
    return null;
  }
}
