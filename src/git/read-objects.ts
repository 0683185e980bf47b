import { cannotRun, complete, startBatch } from "./batch-process.ts";
import { BatchReader, type Visit } from "./batch-reader.ts";
import { isPartial } from "./clone.ts";
import { runGit } from "./process.ts";

/** Objects, and bytes of them all, that are read at once. */
const FEW = 100;
const LITTLE = 4 << 20;

/**
 * Reads objects with `cat-file --batch`, in order, as they are and not as `refs/replace` would have them.
 * @param lacking takes what a partial clone has not fetched (its remote has that already); without it, that is an error too
 * @throws GIT where one cannot be read
 */
export async function readObjects(folder: string, oids: Iterable<string>, visit: Visit, lacking?: string[]): Promise<void> {
  const wanted = [...oids];
  if (wanted.length === 0) return;
  const reader = new BatchReader(visit);
  try {
    const few = wanted.length <= FEW && readFew(folder, wanted, reader);
    if (!few) await readMany(folder, wanted, reader);
  } catch (error) {
    const rest = wanted.slice(reader.count);
    const present = lacking === undefined || !isPartial(folder) ? null : presentOf(folder, rest);
    if (present === null || rest[0] === undefined || present.has(rest[0])) throw error;
    for (const oid of rest) if (!present.has(oid)) lacking?.push(oid);
    const left = rest.filter((oid) => present.has(oid));
    await readObjects(folder, left, visit, lacking);
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
  complete(reader, { code: status, complaint: String(stderr) }, wanted);
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

async function readMany(folder: string, wanted: readonly string[], reader: BatchReader): Promise<void> {
  const { stdin, ended } = startBatch(folder, reader);
  stdin.end(linesOf(wanted));
  complete(reader, await ended, wanted);
}
