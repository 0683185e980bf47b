import { chmodSync, cpSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** A copy of a folder and all in it, modes too: Node's own gives folders their usual one since version 22. */
export function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(join(to, relative(from, path)), statSync(path).mode & 0o777);
  }
}
