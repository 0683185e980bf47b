import { dirname } from "node:path";
import { EnvsealError } from "../errors.ts";
import { isIgnoredBy } from "../git/ignore.ts";
import { workTreeTop } from "../project/gitdir.ts";

/** Words that open everything are not put where the next `git add` takes them along: no guard knows words for a key. @throws USAGE */
export function refuseInRepository(path: string, cwd: string): void {
  const top = workTreeTop(dirname(path));
  if (top === null || top !== workTreeTop(cwd) || isIgnoredBy(top, path)) return;
  throw new EnvsealError("USAGE", `${path} would lie in this repository, where the next git add takes it along`, {
    hint: "name a file outside of it, such as ~/words.txt, or one that git ignores",
  });
}
