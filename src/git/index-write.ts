import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gitOutput } from "./output.ts";

/**
 * What goes into the index, goes as it is: `git add` and `git rm` would start the filters that a repository's attributes
 * name, and a vault has none.
 */

/** Marks files of the work tree as settled; one that is gone is taken out of the index. */
export function settle(top: string, paths: readonly string[]): void {
  for (const path of paths) {
    const file = join(top, path);
    if (!existsSync(file)) untrack(top, [path]);
    else {
      const oid = gitOutput(top, ["hash-object", "-w", "--no-filters", "--stdin"], readFileSync(file)).toString().trim();
      gitOutput(top, ["update-index", "-z", "--index-info"], `100644 ${oid}\t${path}\0`);
    }
  }
}

/** Takes files out of the index; the work tree keeps them. @param paths relative to `folder` */
export function untrack(folder: string, paths: readonly string[]): void {
  if (paths.length > 0) gitOutput(folder, ["update-index", "--force-remove", "-z", "--stdin"], `${paths.join("\0")}\0`);
}
