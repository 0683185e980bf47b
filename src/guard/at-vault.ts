import { posix } from "node:path";
import { shellWord } from "../printable.ts";

/** What a command line in a fix lacks to be about a vault's environment, wherever its project lies. @param path from the top */
export function atVault(path: string, environment: string): string {
  const folder = posix.dirname(path);
  return ` -e ${environment}${folder === "." ? "" : ` --cwd ${shellWord(folder)}`}`;
}
