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
  const real = realpathSync(folder);
  if (isBelow(realpathSync(top), real)) return;
  throw new EnvsealError("IO", `${folder} leads to ${real}, out of the project, and nothing is written there`, {
    hint: "git log tells who made the link; put a folder in its place",
  });
}
