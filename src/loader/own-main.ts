import type { PlatformPath } from "node:path";

/** A property of `process`: the preload that ran in it, if one did. */
export const PRELOADED = Symbol.for("envseal/config");

/**
 * True where the script that a process was started with is a program of this very envseal: a preload (`NODE_OPTIONS="-r
 * envseal/config"`) reaches it as well, and would take the key before the program looks for one. Its name says nothing, since an
 * app may have a cli.js: it is compared with the package's own folder.
 * @param main where that script is, links resolved; null where there is none
 * @param bin the package's own dist/bin, links resolved
 */
export function isOwnMain(
  main: string | null,
  bin: string | null,
  { dirname, relative }: Pick<PlatformPath, "dirname" | "relative">,
): boolean {
  return main !== null && bin !== null && relative(bin, dirname(main)) === "";
}
