import { readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { classifyFile } from "../../core/names.ts";
import { envFilesIn, isComposeFile } from "../../guard/compose.ts";
import type { Finding } from "../../guard/finding.ts";
import { shellWord } from "../../printable.ts";
import { readBounded } from "../../system/read.ts";
import type { Scope } from "./scope.ts";

const MAX_BYTES = 1 << 20;

/** By folder, relative to the top: the files that its compose files name. A look at one repository begins anew. */
const named = new WeakMap<Scope, Map<string, Map<string, string>>>();

/** A file that a compose file of the work tree, in its folder or one above, hands to a container as its environment. */
export function composeFindings(scope: Scope, path: string): Finding[] {
  const folders = named.get(scope) ?? new Map<string, Map<string, string>>();
  named.set(scope, folders);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = folders.get(folder) ?? envFilesOf(scope.top, folder);
    folders.set(folder, found);
    const by = found.get(path);
    if (by !== undefined) return isToldByName(scope, path) ? [] : [handedOver(path, by)];
    if (folder === ".") return [];
  }
}

/** A template is meant to be there, and what its own name gives away is reported for that. */
function isToldByName({ guard }: Scope, path: string): boolean {
  return classifyFile(posix.basename(path))?.kind === "template" || guard.name(path).length > 0;
}

function handedOver(path: string, by: string): Finding {
  return {
    rule: "plaintext-file",
    path,
    message: `${path} holds environment variables in clear: ${by} names it as env_file`,
    fix: `git rm --cached ${shellWord(path)}, ignore it, and start with: envseal run -- docker compose up`,
  };
}

/** Path of each file → the compose file that names it. */
function envFilesOf(top: string, folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of namesIn(join(top, folder)).filter(isComposeFile)) {
    const path = posix.join(folder, name);
    const text = readBounded(join(top, path), MAX_BYTES)?.toString("utf8") ?? "";
    for (const file of envFilesIn(text)) found.set(posix.join(folder, file), path);
  }
  return found;
}

/** Nothing where the commit has a folder that the work tree has not. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.isFIFO())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
