import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { EnvsealError } from "../errors.ts";
import { BatchReader, type Skip, unreadable, type Visit } from "./batch-reader.ts";
import { startGit } from "./process.ts";

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
  const child = startGit(folder, ["cat-file", "--batch", ...which], NO_REPLACEMENTS);
  child.stdin.on("error", () => {});
  child.stdin.end(wanted === null ? "" : wanted.map((oid) => `${oid}\n`).join(""));
  return consume(child, new BatchReader(visit, skip), wanted);
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
  if (code === 0 && reader.idle && (wanted === null || reader.count === wanted.length)) return reader.count;
  throw unreadable(wanted?.[reader.count] ?? "an object", complaint);
}

function cannotRun(cause: Error): EnvsealError {
  return new EnvsealError("GIT", "git cannot be run", { hint: "is git installed and on PATH?", cause });
}
