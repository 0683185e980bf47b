import { spawn, spawnSync } from "node:child_process";
import { EnvsealError } from "../errors.ts";
import { gitOutput } from "./objects.ts";

/** One file as git is about to record it or has it. `oid` names its content. */
export interface BlobEntry {
  path: string;
  mode: string;
  oid: string;
}

/** Every file that the index would add or change in the next commit (deletions hold nothing). */
export function stagedBlobs(folder: string): BlobEntry[] {
  const hasHead = spawnSync("git", ["rev-parse", "--verify", "--quiet", "HEAD"], { cwd: folder }).status === 0;
  if (!hasHead) return indexBlobs(folder);
  const raw = gitOutput(folder, ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--abbrev=64", "--diff-filter=d", "HEAD"]);
  const fields = raw.toString("utf8").split("\0");
  const entries: BlobEntry[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode = "", , oid = ""] = (fields[index] as string).slice(1).split(" ");
    entries.push({ path: fields[index + 1] as string, mode, oid });
  }
  return entries;
}

/** Every file of the index. */
export function indexBlobs(folder: string): BlobEntry[] {
  return gitOutput(folder, ["ls-files", "--stage", "-z"])
    .toString("utf8")
    .split("\0")
    .filter((row) => row !== "")
    .map((row) => {
      const tab = row.indexOf("\t");
      const [mode = "", oid = ""] = row.slice(0, tab).split(" ");
      return { path: row.slice(tab + 1), mode, oid };
    });
}

/** Reads objects with one `cat-file --batch`, in order; submodules (mode 160000) have none and are left out. */
export async function readBlobs(
  folder: string,
  entries: readonly BlobEntry[],
  visit: (entry: BlobEntry, content: Buffer) => void,
): Promise<void> {
  const wanted = entries.filter(({ mode }) => mode !== "160000");
  if (wanted.length === 0) return;
  const child = spawn("git", ["cat-file", "--batch"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(wanted.map(({ oid }) => `${oid}\n`).join(""));
  let pending = Buffer.alloc(0);
  let next = 0;
  for await (const chunk of child.stdout) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    for (;;) {
      const entry = wanted[next];
      const end = pending.indexOf(0x0a);
      if (entry === undefined || end === -1) break;
      const [, type, size] = pending.subarray(0, end).toString().split(" ");
      if (type !== "blob") throw unreadable(entry);
      const length = Number(size);
      if (pending.length < end + 1 + length + 1) break;
      visit(entry, pending.subarray(end + 1, end + 1 + length));
      pending = pending.subarray(end + 1 + length + 1);
      next++;
    }
  }
  if (next < wanted.length) throw unreadable(wanted[next] as BlobEntry);
}

function unreadable({ path }: BlobEntry): EnvsealError {
  return new EnvsealError("GIT", `git cannot read what is recorded of ${path}`, { hint: "git fsck shows what is damaged" });
}
