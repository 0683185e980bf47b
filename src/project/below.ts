import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, sep } from "node:path";
import { EnvsealError } from "../errors.ts";
import { workTreeTop } from "./gitdir.ts";

/** True for the folder itself too. Both as they are: links are not looked at. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * git writes the links that a branch tracks, folders among them: what is to be written into a work tree does not leave it through one.
 * @throws IO
 */
export function refuseWayOut(root: string, path: string): void {
  const top = workTreeTop(root);
  if (top === null || !isBelow(top, path)) return;
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  realBelow(top, folder);
}

/** Where a path of the work tree leads. @throws IO where that is outside */
export function realBelow(top: string, path: string): string {
  const real = realpathSync(path);
  if (isBelow(realpathSync(top), real)) return real;
  throw new EnvsealError("IO", `${path} leads to ${real}, out of the project, and nothing is written there`, {
    hint: "git log tells who made the link: remove it",
  });
}
