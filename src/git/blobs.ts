import { append } from "../core/append.ts";
import type { Visit } from "./batch-reader.ts";
import { LooseBlobs } from "./loose-objects.ts";
import { gitLines, gitOutput } from "./output.ts";
import { runGit } from "./process.ts";
import { readObjects } from "./read-objects.ts";

/** The mode of a submodule: a commit of another repository, and no content in this one. */
export const SUBMODULE = "160000";

/** One file as git is about to record it or has it. `oid` names its content. */
export interface BlobEntry {
  path: string;
  /** Missing for what was not found by its place in a tree or index. */
  mode?: string;
  oid: string;
}

export interface Staged {
  entries: BlobEntry[];
  /** Paths that the commit would no longer have. */
  deleted: string[];
  /** What was recorded before, at the paths that it changes or takes out. */
  replaced: BlobEntry[];
}

/** What the index would add to a commit or change in it, and what it would take out. */
export function stagedBlobs(folder: string, base = "HEAD"): Staged {
  const args = ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--abbrev=64", "--end-of-options", base, "--"];
  const { status, stdout: raw } = runGit(folder, args);
  if (status !== 0) {
    // The first commit has nothing to be compared with; anything else that fails says so here.
    if (runGit(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${base}^{commit}`]).status === 0) gitOutput(folder, args);
    return { entries: indexBlobs(folder), deleted: [], replaced: [] };
  }
  const fields = raw.toString("utf8").split("\0");
  const staged: Staged = { entries: [], deleted: [], replaced: [] };
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [before = "", mode = "", was = "", oid = "", change = ""] = (fields[index] as string).slice(1).split(" ");
    const path = fields[index + 1] as string;
    if (change !== "A" && change !== "U") staged.replaced.push({ path, mode: before, oid: was });
    if (change === "D") staged.deleted.push(path);
    // What a merge left to people is in no commit yet.
    else if (change !== "U") staged.entries.push({ path, mode, oid });
  }
  return staged;
}

/** Every file of the index. @param once true for our side alone of what a merge left to people, and not each of its versions */
export function indexBlobs(folder: string, once = false): BlobEntry[] {
  return gitLines(folder, ["ls-files", "--stage", "-z"], { nul: true }).flatMap((row) => {
    const tab = row.indexOf("\t");
    const [mode = "", oid = "", stage = ""] = row.slice(0, tab).split(" ");
    return once && (stage === "1" || stage === "3") ? [] : [{ path: row.slice(tab + 1), mode, oid }];
  });
}

/** Every file of a commit. */
export function blobsAtTree(folder: string, commit: string): BlobEntry[] {
  return gitLines(folder, ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit], { nul: true }).map((row) => {
    const tab = row.indexOf("\t");
    const [mode = "", , oid = ""] = row.slice(0, tab).split(" ");
    return { path: row.slice(tab + 1), mode, oid };
  });
}

/**
 * Reads what the entries hold, each object once; submodules have none and are left out. An object over 16 MiB
 * comes in parts.
 * @param lacking as for readObjects
 */
export async function readBlobs(
  folder: string,
  entries: readonly BlobEntry[],
  visit: (entry: BlobEntry, content: Buffer, part: { from: number; last: boolean }) => void,
  lacking?: BlobEntry[],
): Promise<void> {
  const byOid = new Map<string, BlobEntry[]>();
  for (const entry of entries) {
    if (entry.mode === SUBMODULE) continue;
    const same = byOid.get(entry.oid);
    if (same === undefined) byOid.set(entry.oid, [entry]);
    else same.push(entry);
  }
  const loose = new LooseBlobs(folder, process.env);
  const missing: string[] | undefined = lacking === undefined ? undefined : [];
  const visitEach: Visit = ({ oid }, content, part) => {
    for (const entry of byOid.get(oid) ?? []) visit(entry, content, part);
  };
  const others: string[] = [];
  const each = byOid.entries();
  for await (const content of loose.read([...byOid.keys()])) {
    const [oid, same] = each.next().value as [string, BlobEntry[]];
    if (content === null) others.push(oid);
    else for (const entry of same) visit(entry, content, { from: 0, last: true });
  }
  await readObjects(folder, others, visitEach, missing);
  for (const oid of missing ?? []) append(lacking ?? [], byOid.get(oid) ?? []);
}
