import { existsSync } from "node:fs";
import { join } from "node:path";
import { WHOLE } from "./batch-reader.ts";
import { InflateThread, inflateFile } from "./inflate-thread.ts";

/** Larger ones git gives in parts. Bytes, compressed and not. */
const LIMITS = { small: 2 << 20, whole: WHOLE };
/** After so many that lie elsewhere, the others are not looked for. */
const MISSES = 20;
/** Of more, the rest is inflated beside this thread, which takes longer to start than these take. */
const FEW = 60;
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
    const rest = oids.slice(FEW);
    const thread = this.startThread(rest);
    try {
      for (const oid of oids.slice(0, FEW)) yield this.open(oid);
      if (thread === null) for (const oid of rest) yield this.open(oid);
      else for await (const object of thread.objects()) yield object === null ? null : blobIn(object);
    } finally {
      thread?.stop();
    }
  }

  /** Null where there is nothing to do, or all may lie in packs. */
  private startThread(oids: readonly string[]): InflateThread | null {
    const paths = this.folder === null ? [] : oids.map((oid) => this.pathOf(oid));
    return paths[0] !== undefined && existsSync(paths[0]) ? new InflateThread(paths, LIMITS) : null;
  }

  private open(oid: string): Buffer | null {
    if (this.folder === null || this.misses > MISSES) return null;
    const object = inflateFile(this.pathOf(oid), LIMITS);
    if (object === undefined) this.misses++;
    return object ? blobIn(object) : null;
  }

  private pathOf(oid: string): string {
    return join(this.folder ?? "", oid.slice(0, 2), oid.slice(2));
  }
}

/** An object is `<type> <size>`, a zero byte and the content. */
function blobIn(object: Buffer): Buffer | null {
  const end = object.indexOf(0);
  const content = object.subarray(end + 1);
  return object.toString("latin1", 0, end) === `blob ${content.length}` ? content : null;
}
