import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensurePrivateFolder } from "../../project/gitdir.ts";

/** What hooks/run compares: the checksum that git ends an index with (20 or 32 bytes of SHA), and what stands before it. */
const END = 32;

/**
 * The end of the index that is being committed: it names all of its content. To be read before the index is looked at, so that
 * what changes it meanwhile makes the mark worthless.
 * @returns null where git writes no checksum (index.skipHash)
 */
export function endOfIndex(top: string, gitFolder: string, env: NodeJS.ProcessEnv): Buffer | null {
  const file = openIndex(env.GIT_INDEX_FILE ? resolve(top, env.GIT_INDEX_FILE) : join(gitFolder, "index"));
  if (file === null) return null;
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(END);
    const whole = size > END && readSync(file, end, 0, END, size - END) === END;
    return whole && end.subarray(-20).some((byte) => byte !== 0) ? end : null;
  } finally {
    closeSync(file);
  }
}

/** None there is in the first commit of nothing. */
function openIndex(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}

/**
 * Marks the index as looked at, so that prepare-commit-msg need not start node again for it. Where that cannot be, it looks again.
 * A mark has no MAC: the shell compares it, and whoever can write it can write hooks/run beside it.
 * @param plainWords true where commit-msg need not either, for a message of plain words
 */
export function markChecked(gitFolder: string, end: Buffer, plainWords: boolean): void {
  try {
    const folder = ensurePrivateFolder(join(gitFolder, "envseal"));
    replace(join(folder, "words"), plainWords ? "plain\n" : "");
    replace(join(folder, "checked"), end);
  } catch {
    // Nothing relies on it.
  }
}

/** Never what a link leads to, or a file that has another name too. */
function replace(path: string, content: string | Buffer): void {
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode: 0o600, flag: "wx" });
}
