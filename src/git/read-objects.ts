import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { EnvsealError } from "../errors.ts";
import { BatchReader, type Skip, unreadable, type Visit } from "./batch-reader.ts";
import { runGit, startGit } from "./process.ts";

/** Objects, and bytes of them all, that are read at once. */
const FEW = 100;
const LITTLE = 4 << 20;
const SOON = 5000;
const NO_REPLACEMENTS = { GIT_NO_REPLACE_OBJECTS: "1" };

/**
 * Reads objects with one `cat-file --batch`, as they are and not as `refs/replace` would have them.
 * @param oids null for every object of the repository, each once
 * @returns how many there were
 * @throws GIT where one cannot be read
 */
export async function readObjects(folder: string, oids: Iterable<string> | null, visit: Visit, skip?: Skip): Promise<number> {
  const wanted = oids === null ? null : [...oids];
  if (wanted?.length === 0) return 0;
  const which = wanted === null ? ["--batch-all-objects", "--unordered", "--buffer"] : [];
  const few = wanted !== null && wanted.length <= FEW ? readFew(folder, wanted, visit) : null;
  if (few !== null) return few;
  const child = startGit(folder, ["cat-file", "--batch", ...which], NO_REPLACEMENTS);
  child.stdin.on("error", () => {});
  child.stdin.end(wanted === null ? "" : linesOf(wanted));
  return consume(child, new BatchReader(visit, skip), wanted);
}

/**
 * At once and without streams, which take longer to start than git does. Null where that is more than a little, or takes
 * longer than it ever should: while it is waited for, nobody's time limit counts.
 */
function readFew(folder: string, wanted: readonly string[], visit: Visit): number | null {
  const options = { input: linesOf(wanted), env: NO_REPLACEMENTS, maxBuffer: LITTLE, timeout: SOON };
  const { status, stdout, stderr, error } = runGit(folder, ["cat-file", "--batch"], options);
  if (["ENOBUFS", "ETIMEDOUT"].includes((error as NodeJS.ErrnoException | undefined)?.code ?? "")) return null;
  if (error !== undefined) throw cannotRun(error);
  const reader = new BatchReader(visit);
  reader.push(stdout);
  reader.look();
  return complete(reader, status, wanted, String(stderr));
}

function linesOf(oids: readonly string[]): string {
  return oids.map((oid) => `${oid}\n`).join("");
}

async function consume(child: ChildProcessWithoutNullStreams, reader: BatchReader, wanted: readonly string[] | null): Promise<number> {
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk).slice(0, 1000);
  });
  const code = await new Promise<number | null>((done, fail) => {
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
  reader.look();
  return complete(reader, code, wanted, complaint);
}

function complete(reader: BatchReader, code: number | null, wanted: readonly string[] | null, complaint: string): number {
  if (code === 0 && reader.idle && (wanted === null || reader.count === wanted.length)) return reader.count;
  throw unreadable(wanted?.[reader.count] ?? "an object", complaint);
}

function cannotRun(cause: Error): EnvsealError {
  return new EnvsealError("GIT", "git cannot be run", { hint: "is git installed and on PATH?", cause });
}
