import { gitLines } from "./output.ts";

/** A file that a merge left to people: the blobs of its three versions, null where a side lacks the file. */
export interface UnmergedFile {
  path: string;
  base: string | null;
  ours: string | null;
  theirs: string | null;
}

const SIDES = [null, "base", "ours", "theirs"] as const;

/** What stands unmerged in the index, by path. */
export function unmergedFiles(folder: string): UnmergedFile[] {
  const found = new Map<string, UnmergedFile>();
  for (const row of gitLines(folder, ["ls-files", "--unmerged", "-z", "--full-name", ":/"], { nul: true })) {
    const tab = row.indexOf("\t");
    const [, oid = "", stage = "0"] = row.slice(0, tab).split(" ");
    const path = row.slice(tab + 1);
    const file = found.get(path) ?? { path, base: null, ours: null, theirs: null };
    const side = SIDES[Number(stage)];
    if (side != null) file[side] = oid;
    found.set(path, file);
  }
  return [...found.values()];
}
