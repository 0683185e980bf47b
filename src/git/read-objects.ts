import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { EnvsealError } from "../errors.ts";
import { runGit, startGit } from "./process.ts";

export interface GitObject {
  oid: string;
  type: "blob" | "commit" | "tag" | "tree";
  size: number;
}

/** Larger objects come in parts, so that a file of any size takes bounded memory. */
const WHOLE = 8 << 20;

/**
 * What is done with each object, in order. An object of over 8 MiB comes in parts of its bytes, the last one marked.
 * What a visitor is given is valid until it returns.
 */
export type Visit = (object: GitObject, content: Buffer, part: { from: number; last: boolean }) => void;

/**
 * Reads objects with one `cat-file --batch`, as they are and not as `refs/replace` would have them.
 * @param oids null for every object of the repository, each once
 * @param lacking takes what a partial clone has not fetched (its remote has that already); without it, that is an error too
 * @throws GIT where one cannot be read
 */
export async function readObjects(folder: string, oids: Iterable<string> | null, visit: Visit, lacking?: string[]): Promise<void> {
  const wanted = oids === null ? null : [...oids];
  if (wanted?.length === 0) return;
  const reader = new BatchReader(visit);
  const which = wanted === null ? ["--batch-all-objects", "--unordered", "--buffer"] : [];
  const child = startGit(folder, ["cat-file", "--batch", ...which]);
  const failed = new Promise<never>((_done, fail) => child.on("error", (error) => fail(cannotRun(error))));
  child.stdin.on("error", () => {});
  child.stdin.end(wanted === null ? "" : wanted.map((oid) => `${oid}\n`).join(""));
  try {
    await Promise.race([consume(child, reader, wanted), failed]);
  } catch (error) {
    const rest = wanted?.slice(reader.count) ?? [];
    const present = lacking === undefined || !isPartial(folder) ? null : presentOf(folder, rest);
    if (present === null || rest[0] === undefined || present.has(rest[0])) throw error;
    lacking?.push(...rest.filter((oid) => !present.has(oid)));
    const left = rest.filter((oid) => present.has(oid));
    await readObjects(folder, left, visit, lacking);
  }
}

/** Which of some blobs are here: `cat-file` ends at the first that a partial clone lacks. */
function presentOf(folder: string, oids: readonly string[]): Set<string> {
  const args = ["rev-list", "--missing=allow-any", "--ignore-missing", "--no-walk", "--objects", "--stdin"];
  const { status, stdout } = runGit(folder, args, { input: oids.map((oid) => `${oid}\n`).join("") });
  return new Set(status === 0 ? stdout.toString("latin1").split(/ ?\n| .*\n/) : oids);
}

/** True where git may lack objects that the remote promised to give when they are asked for. */
export function isPartial(folder: string): boolean {
  return runGit(folder, ["config", "--type=bool", "--get-regexp", "^remote\\..*\\.promisor$"]).stdout.includes(" true\n");
}

async function consume(child: ChildProcessWithoutNullStreams, reader: BatchReader, wanted: readonly string[] | null): Promise<void> {
  const ended = new Promise<number | null>((done) => child.on("close", done));
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += String(chunk).slice(0, 1000);
  });
  for await (const chunk of child.stdout) reader.push(chunk as Buffer);
  const code = await ended;
  if (code === 0 && reader.idle && (wanted === null || reader.count === wanted.length)) return;
  throw unreadable(wanted?.[reader.count] ?? "an object", complaint);
}

/** The stream of `cat-file --batch`: a line with id, type and size, then the bytes and a line end. */
class BatchReader {
  count = 0;
  private readonly visit: Visit;
  private pending: Buffer[] = [];
  private length = 0;
  private current: { object: GitObject; from: number } | null = null;

  constructor(visit: Visit) {
    this.visit = visit;
  }

  get idle(): boolean {
    return this.current === null && this.length === 0;
  }

  push(chunk: Buffer): void {
    this.pending.push(chunk);
    this.length += chunk.length;
    while (this.current === null ? this.header() : this.body());
  }

  private header(): boolean {
    const end = this.joined().indexOf(0x0a);
    if (end === -1) return false;
    const [oid = "", type = "", size = ""] = this.take(end).toString("latin1").split(" ");
    this.take(1);
    if (size === "") throw unreadable(oid, type);
    this.current = { object: { oid, type: type as GitObject["type"], size: Number(size) }, from: 0 };
    return true;
  }

  private body(): boolean {
    const { object, from } = this.current as { object: GitObject; from: number };
    const left = object.size - from;
    const wanted = Math.min(left, WHOLE);
    const last = left <= WHOLE;
    if (this.length < wanted + (last ? 1 : 0)) return false;
    this.visit(object, this.take(wanted), { from, last });
    if (last) {
      this.take(1);
      this.count++;
      this.current = null;
    } else {
      (this.current as { from: number }).from += wanted;
    }
    return true;
  }

  private joined(): Buffer {
    if (this.pending.length !== 1) this.pending = [Buffer.concat(this.pending)];
    return this.pending[0] as Buffer;
  }

  private take(bytes: number): Buffer {
    const all = this.joined();
    this.pending = [all.subarray(bytes)];
    this.length -= bytes;
    return all.subarray(0, bytes);
  }
}

function unreadable(oid: string, complaint: string): EnvsealError {
  const [first = ""] = complaint.split("\n");
  return new EnvsealError("GIT", `git cannot read ${oid}${first === "" ? "" : ` (${first})`}`, {
    hint: `git fsck shows what is damaged; a partial clone fetches it by: git cat-file -e ${oid}`,
  });
}

function cannotRun(cause: Error): EnvsealError {
  return new EnvsealError("GIT", "git cannot be run", { hint: "is git installed and on PATH?", cause });
}
