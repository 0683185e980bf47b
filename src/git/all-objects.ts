import { availableParallelism } from "node:os";
import type { Writable } from "node:stream";
import { complete, startBatch } from "./batch-process.ts";
import { BatchReader, type Skip, unreadable, type Visit } from "./batch-reader.ts";
import { startGit } from "./process.ts";

/** Git may take longer to inflate objects than we take to look at them: two of it keep us busy, where there is a core for each. */
const GITS = availableParallelism() > 2 ? 2 : 1;
/** Bytes of names that are asked for at once: neighbours in a pack are made from one another. */
const SHARE = 8 << 10;

/**
 * Reads every object of the repository, each once, in no order, as it is and not as `refs/replace` would have it. The parts of
 * a large object come in their order, but other objects may come between.
 * @returns how many there were
 * @throws GIT where one cannot be read
 */
export async function readAllObjects(folder: string, visit: Visit, skip: Skip): Promise<number> {
  const lister = startGit(folder, ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"]);
  lister.stdin.end();
  const readers = Array.from({ length: GITS }, () => new BatchReader(visit, skip));
  const batches = readers.map((reader) => ({ reader, ...startBatch(folder, reader) }));
  try {
    const names = { count: 0 };
    const shares = sharesOf(lister.stdout, names);
    const listed = new Promise<number | null>((done) => lister.on("close", done).on("error", () => done(null)));
    await Promise.all(
      batches.map(async ({ reader, stdin, ended }) => {
        for await (const share of shares) if (!stdin.write(share)) await Promise.race([drained(stdin), ended]);
        stdin.end();
        complete(reader, await ended);
      }),
    );
    const count = readers.reduce((sum, reader) => sum + reader.count, 0);
    if ((await listed) !== 0 || count !== names.count) throw unreadable("every object", "");
    return count;
  } finally {
    lister.kill();
    for (const { kill } of batches) kill();
  }
}

/** The lines of a stream, some at a time; counts them. */
async function* sharesOf(stream: AsyncIterable<Buffer>, names: { count: number }): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = 0; rest.length > SHARE; rest = rest.subarray(end)) {
      end = rest.lastIndexOf(0x0a, SHARE) + 1;
      names.count += end / (rest.indexOf(0x0a) + 1);
      yield rest.subarray(0, end);
    }
  }
  if (rest.length > 0) {
    names.count += rest.length / (rest.indexOf(0x0a) + 1);
    yield rest;
  }
}

const drained = (stdin: Writable) => new Promise<void>((done) => stdin.once("drain", done));
