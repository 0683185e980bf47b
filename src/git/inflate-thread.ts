import type { Worker } from "node:worker_threads";

/** In bytes: larger files are not read, and larger objects not inflated. */
export interface Limits {
  small: number;
  whole: number;
}

/** What the thread is told. Sizes in bytes. */
interface Task extends Limits {
  paths: readonly string[];
  /** So much may wait to be looked at, so that memory stays bounded. */
  ahead: number;
  /** How much waits. */
  unread: Int32Array;
}

const AHEAD = 16 << 20;

/** A thread that inflates files beside this one: node's own asynchronous inflating costs the calling thread most of what it spares it. */
export class InflateThread {
  private readonly worker: Worker;
  private readonly unread = new Int32Array(new SharedArrayBuffer(4));
  private readonly arrived: (Uint8Array<ArrayBuffer> | null)[] = [];
  private left: number;
  private ended = false;
  private wake = () => {};

  /** Starts at once, and goes on until all is read or it is stopped. @param paths files that hold zlib streams */
  constructor(paths: readonly string[], { small, whole }: Limits) {
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const workerData: Task = { paths, small, whole, ahead: AHEAD, unread: this.unread };
    // Neither what this process was started with nor NODE_OPTIONS is for the thread: both can name modules to load first.
    this.worker = new Worker(`(${inflateAll.toString()})(${inflateFile.toString()})`, { eval: true, workerData, execArgv: [], env: {} });
    this.left = paths.length;
    this.worker.on("message", (message) => {
      this.arrived.push(message);
      this.wake();
    });
    const end = () => {
      this.ended = true;
      this.wake();
    };
    this.worker.on("error", end);
    this.worker.on("exit", end);
  }

  /** What each file holds, in order; null for one that is not there, is too large or is no zlib stream. */
  async *objects(): AsyncGenerator<Buffer | null> {
    for (; this.left > 0; this.left--) {
      while (this.arrived.length === 0 && !this.ended) await new Promise<void>((done) => (this.wake = done));
      // Where the thread could not go on, whoever asks has another way.
      const object = this.arrived.shift() ?? null;
      yield object === null ? null : Buffer.from(object.buffer, object.byteOffset, object.byteLength);
      Atomics.sub(this.unread, 0, object?.byteLength ?? 0);
      Atomics.notify(this.unread, 0);
    }
  }

  stop(): void {
    void this.worker.terminate();
  }
}

/**
 * What a file that is a zlib stream holds; undefined where it is not there, null where it is too large or no such stream.
 * Sent to the thread as text too: it may use nothing of this file.
 */
export function inflateFile(path: string, { small, whole }: Limits): Buffer | null | undefined {
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined || size > small) return size === undefined ? undefined : null;
    const options = { chunkSize: Math.min(whole, 1024 + 4 * size), maxOutputLength: whole };
    return process.getBuiltinModule("node:zlib").inflateSync(readFileSync(path), options);
  } catch {
    return null;
  }
}

/** The thread's program, sent there as text: it may use nothing of this file but what it is given. */
function inflateAll(inflate: typeof inflateFile): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { paths, ahead, unread, ...limits } = workerData as Task;
  for (const path of paths) {
    const found = inflate(path, limits);
    // A copy: what lies in Buffer's pool, whose size differs between nodes, cannot be handed over.
    const object = found ? new Uint8Array(found) : null;
    for (let waiting = Atomics.load(unread, 0); waiting > ahead; waiting = Atomics.load(unread, 0)) Atomics.wait(unread, 0, waiting);
    Atomics.add(unread, 0, object?.byteLength ?? 0);
    parentPort?.postMessage(object, object === null ? [] : [object.buffer]);
  }
}
