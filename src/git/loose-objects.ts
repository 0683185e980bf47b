import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Larger ones git gives in parts. Bytes, compressed and not. */
const SMALL = 2 << 20;
const WHOLE = 8 << 20;
/** After so many that lie elsewhere, the others are not looked for. */
const MISSES = 20;
/** So many are inflated one by one: threads take longer to start. Of more, so many are under way at once. */
const FEW = 20;
const AHEAD = 8;
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

  /** What each id names, in order; null for what git has to be asked for. Many are inflated while the caller looks at one. */
  async *read(oids: readonly string[]): AsyncGenerator<Buffer | null> {
    if (oids.length <= FEW) {
      for (const oid of oids) yield this.open(oid, inflateNow);
      return;
    }
    const ahead: (Promise<Buffer | null> | null)[] = [];
    for (let index = 0; index < oids.length; index++) {
      while (ahead.length < AHEAD && index + ahead.length < oids.length)
        ahead.push(this.open(oids[index + ahead.length] as string, inflateAside));
      yield await (ahead.shift() as Promise<Buffer | null>);
    }
  }

  private open<T>(oid: string, inflate: (path: string, size: number) => T): T | null {
    if (this.folder === null || this.misses > MISSES) return null;
    const path = join(this.folder, oid.slice(0, 2), oid.slice(2));
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) this.misses++;
    return size === undefined || size > SMALL ? null : inflate(path, size);
  }
}

function inflateNow(path: string, size: number): Buffer | null {
  try {
    return blobIn(zlib().inflateSync(readFileSync(path), boundsOf(size)));
  } catch {
    return null;
  }
}

/** In the threads that node keeps for such work. */
function inflateAside(path: string, size: number): Promise<Buffer | null> {
  return new Promise((done) => {
    try {
      zlib().inflate(readFileSync(path), boundsOf(size), (error, object) => done(error === null ? blobIn(object) : null));
    } catch {
      done(null);
    }
  });
}

/** Loaded where it is needed. */
const zlib = () => process.getBuiltinModule("node:zlib");
const boundsOf = (size: number) => ({ chunkSize: Math.min(WHOLE, 1024 + 4 * size), maxOutputLength: WHOLE });

/** An object is `<type> <size>`, a zero byte and the content. */
function blobIn(object: Buffer): Buffer | null {
  const end = object.indexOf(0);
  const content = object.subarray(end + 1);
  return object.toString("latin1", 0, end) === `blob ${content.length}` ? content : null;
}
