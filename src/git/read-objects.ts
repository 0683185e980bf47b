import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { EnvsealError } from "../errors.ts";
import { BatchReader, type Skip, unreadable, type Visit } from "./batch-reader.ts";
import { runGit, startGit } from "./process.ts";

/** Objects, and bytes of them all, that are read at once. */
const FEW = 100;
const LITTLE = 4 << 20;

export interface ReadOptions {
  skip?: Skip | undefined;
  /** Takes what a partial clone has not fetched (its remote has that already); without it, that is an error too. */
  lacking?: string[] | undefined;
}

/**
 * Reads objects with one `cat-file --batch`, as they are and not as `refs/replace` would have them.
 * @param oids null for every object of the repository, each once
 * @returns how many there were
 * @throws GIT where one cannot be read
 */
export async function readObjects(
  folder: string,
  oids: Iterable<string> | null,
  visit: Visit,
  { skip, lacking }: ReadOptions = {},
): Promise<number> {
  const wanted = oids === null ? null : [...oids];
  if (wanted?.length === 0) return 0;
  const reader = new BatchReader(visit, skip);
  try {
    const few = wanted !== null && wanted.length <= FEW && readFew(folder, wanted, reader);
    if (!few) await readMany(folder, wanted, reader);
    return reader.count;
  } catch (error) {
    const rest = wanted?.slice(reader.count) ?? [];
    const present = lacking === undefined || !isPartial(folder) ? null : presentOf(folder, rest);
    if (present === null || rest[0] === undefined || present.has(rest[0])) throw error;
    lacking?.push(...rest.filter((oid) => !present.has(oid)));
    const left = rest.filter((oid) => present.has(oid));
    return reader.count + (await readObjects(folder, left, visit, { skip, lacking }));
  }
}

/** At once and without streams, which take longer to start than git does. False where that is more than a little. */
function readFew(folder: string, wanted: readonly string[], reader: BatchReader): boolean {
  const { status, stdout, stderr, error } = runGit(folder, ["cat-file", "--batch"], { input: linesOf(wanted), maxBuffer: LITTLE });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOBUFS") return false;
  // A git that ended early says why.
  if (error !== undefined && code !== "EPIPE") throw cannotRun(error);
  reader.push(stdout);
  complete(reader, status, wanted, String(stderr));
  return true;
}

function linesOf(oids: readonly string[]): string {
  return oids.map((oid) => `${oid}\n`).join("");
}

/** Which of some blobs are here: `cat-file` ends at the first that a partial clone lacks. */
function presentOf(folder: string, oids: readonly string[]): Set<string> {
  const args = ["rev-list", "--missing=allow-any", "--ignore-missing", "--no-walk", "--objects", "--stdin"];
  const { status, stdout } = runGit(folder, args, { input: linesOf(oids) });
  return new Set(status === 0 ? stdout.toString("latin1").split(/ ?\n| .*\n/) : oids);
}

/** True where git may lack objects that the remote promised to give when they are asked for. */
export function isPartial(folder: string): boolean {
  return runGit(folder, ["config", "--type=bool", "--get-regexp", "^remote\\..*\\.promisor$"]).stdout.includes(" true\n");
}

async function readMany(folder: string, wanted: readonly string[] | null, reader: BatchReader): Promise<void> {
  const which = wanted === null ? ["--batch-all-objects", "--unordered", "--buffer"] : [];
  const child = startGit(folder, ["cat-file", "--batch", ...which]);
  child.stdin.on("error", () => {});
  child.stdin.end(wanted === null ? "" : linesOf(wanted));
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk).slice(0, 1000);
  });
  const code = await ended(child, reader);
  complete(reader, code, wanted, complaint);
}

function ended(child: ChildProcessWithoutNullStreams, reader: BatchReader): Promise<number | null> {
  return new Promise((done, fail) => {
    child.on("error", (error) => fail(cannotRun(error)));
    child.on("close", done);
    child.stdout.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        fail(error);
        child.stdout.destroy();
        child.kill();
      }
    });
  });
}

function complete(reader: BatchReader, code: number | null, wanted: readonly string[] | null, complaint: string): void {
  reader.look();
  if (code === 0 && reader.idle && (wanted === null || reader.count === wanted.length)) return;
  throw unreadable(wanted?.[reader.count] ?? "an object", complaint);
}

function cannotRun(cause: Error): EnvsealError {
  return new EnvsealError("GIT", "git cannot be run", { hint: "is git installed and on PATH?", cause });
}
