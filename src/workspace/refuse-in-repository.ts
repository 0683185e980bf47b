import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from "node:path";
import { EnvsealError } from "../errors.ts";
import { isIgnoredBy } from "../git/ignore.ts";
import { runGit } from "../git/process.ts";
import { workTreeTop } from "../project/gitdir.ts";

/** Words that open everything are not put where the next `git add` takes them along: no guard knows words for a key. @throws USAGE, IO */
export function refuseInRepository(path: string, cwd: string): void {
  refuseTrackedWayOut(path);
  const top = workTreeTop(dirname(path));
  if (top === null || top !== workTreeTop(cwd) || isIgnoredBy(top, path)) return;
  throw new EnvsealError("USAGE", `${path} would lie in this repository, where the next git add takes it along`, {
    hint: "name a file outside of it, such as ~/words.txt, or one that git ignores",
  });
}

/**
 * Git brings links as it brings files: one that it tracks is anybody's who commits, and what a person wants in the project would
 * lie where that says. A link of the person's own may lead anywhere.
 * @param path absolute
 * @throws IO where a tracked link on the way leads out of its work tree
 */
export function refuseTrackedWayOut(path: string): void {
  let at = parse(path).root;
  for (const part of relative(at, path).split(sep)) {
    const next = join(at, part);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const target = stats.isSymbolicLink() ? targetOf(next) : next;
    if (target !== next) refuseWayOut(at, part, target, path);
    at = target;
  }
}

/** Of a link that leads nowhere yet, what it says: opening a file makes it there. */
function targetOf(link: string): string {
  try {
    return realpathSync(link);
  } catch {
    return resolve(dirname(link), readlinkSync(link));
  }
}

function refuseWayOut(folder: string, name: string, target: string, path: string): void {
  const top = workTreeTop(folder);
  if (top === null) return;
  const way = relative(top, target);
  if (!isAbsolute(way) && way.split(sep)[0] !== ".." && way.split(sep)[0] !== ".git") return;
  const { stdout } = runGit(folder, ["ls-files", "--stage", "--", `:(literal)${name}`]);
  if (!stdout.toString("latin1").startsWith("120000 ")) return;
  throw new EnvsealError("IO", `${join(folder, name)} is a symbolic link that git tracks, and leads out of the repository to ${target}`, {
    hint: `nothing was written to ${path}; name the place itself, or remove the link`,
  });
}
