import { dirname } from "node:path";
import { isBelow } from "./below.ts";
import { projectTop } from "./gitdir.ts";
import { plaintextBehind } from "./plaintext.ts";

/**
 * The plaintext file of the project at hand that sets a variable to this value, or is too large to tell; from where the program runs up
 * to the top of the project, and what this node was told to read there. Whoever commits such a file could say with it whom this machine
 * trusts.
 * @param more folders that count too: where a vault is
 */
export function projectFileBehind(name: string, value: string, more: readonly string[] = []): string | undefined {
  const top = projectTop();
  const folders = new Set([...foldersUpTo(top), ...more]);
  return plaintextBehind(name, value, folders, (path) => folders.has(dirname(path)) || (top !== null && isBelow(top, path)));
}

function foldersUpTo(top: string | null): string[] {
  if (top === null) return [];
  const folders: string[] = [];
  for (let folder = process.cwd(); isBelow(top, folder); folder = dirname(folder)) folders.push(folder);
  return folders;
}
