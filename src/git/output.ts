import { existsSync } from "node:fs";
import { EnvsealError } from "../errors.ts";
import { runGit } from "./process.ts";

/** What git prints. @throws GIT with git's own first line, which names paths and options */
export function gitOutput(folder: string, args: readonly string[], input: string | Buffer = "", hooks = false): Buffer {
  const { status, stdout, stderr, error } = runGit(folder, args, { input, hooks });
  if (status === 0) return stdout;
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT" && existsSync(folder)) throw noGit(error);
  const [first = ""] = stderr.toString().split("\n");
  throw new EnvsealError("GIT", `git ${args[0]} failed: ${first}`, { hint: "run the same git command by hand to see more", cause: error });
}

function noGit(cause: Error | undefined): EnvsealError {
  return new EnvsealError("GIT", "git is not installed, or not in PATH", {
    hint: "install it (in an image: apt-get install git, apk add git); envseal get, run and the loader need none",
    cause,
  });
}

/** What git prints, by line; or by NUL, where names of files stand in it. @throws GIT */
export function gitLines(
  folder: string,
  args: readonly string[],
  { nul = false, input = "" }: { nul?: boolean; input?: string } = {},
): string[] {
  return gitOutput(folder, args, input)
    .toString("utf8")
    .split(nul ? "\0" : "\n")
    .filter(Boolean);
}
