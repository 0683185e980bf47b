import { EnvsealError } from "../errors.ts";
import { runGit } from "./process.ts";

/**
 * `git check-ignore` says yes with 0 and no with 1, which simple-git takes for a failure. Tracked files are not ignored,
 * unless `patternsOnly` asks what the patterns alone say.
 */
export function isIgnoredBy(folder: string, path: string, patternsOnly = false): boolean {
  const options = ["--quiet", ...(patternsOnly ? ["--no-index"] : [])];
  const { status, error } = runGit(folder, ["check-ignore", ...options, "--", path]);
  if (status === 0 || status === 1) return status === 0;
  throw new EnvsealError("GIT", "git check-ignore failed", { hint: "is git installed and the folder a work tree?", cause: error });
}

/** `rev-parse --verify --quiet` says no with 1 and no word, which simple-git takes for a yes. */
export function refExists(folder: string, ref: string): boolean {
  return runGit(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", ref]).status === 0;
}
