import type { Writable } from "node:stream";
import { EnvsealError } from "../errors.ts";
import { type BatchReader, unreadable } from "./batch-reader.ts";
import { startGit } from "./process.ts";

/** A `cat-file --batch` that is asked by lines on its stdin, and whose answers a reader takes. */
export interface Batch {
  stdin: Writable;
  /** When it has answered all: its exit code and what it said on stderr. Rejects with what the reader throws, and ends it. */
  ended: Promise<{ code: number | null; complaint: string }>;
  kill(): void;
}

export function startBatch(folder: string, reader: BatchReader): Batch {
  const child = startGit(folder, ["cat-file", "--batch", "--buffer"]);
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk).slice(0, 1000);
  });
  child.stdin.on("error", () => {});
  const kill = () => {
    child.stdout.destroy();
    child.kill();
  };
  const ended = new Promise<{ code: number | null; complaint: string }>((done, fail) => {
    child.on("error", (error) => fail(cannotRun(error)));
    child.on("close", (code) => done({ code, complaint }));
    child.stdout.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        fail(error);
        kill();
      }
    });
  });
  // Whoever waits hears of it; until somebody does, it is no crash.
  ended.catch(() => {});
  return { stdin: child.stdin, ended, kill };
}

/**
 * Looks at what is left when git has ended.
 * @param wanted what was asked for, in order, where that is known
 * @throws GIT where not all was given
 */
export function complete(
  reader: BatchReader,
  { code, complaint }: { code: number | null; complaint: string },
  wanted?: readonly string[],
): void {
  reader.look();
  if (code === 0 && reader.idle && (wanted === undefined || reader.count === wanted.length)) return;
  throw unreadable(wanted?.[reader.count] ?? "an object", complaint);
}

export function cannotRun(cause: Error): EnvsealError {
  return new EnvsealError("GIT", "git cannot be run", { hint: "is git installed and on PATH?", cause });
}
