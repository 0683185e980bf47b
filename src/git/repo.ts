import type { SimpleGit } from "simple-git";
import { EnvsealError } from "../errors.ts";
import { SAFE } from "./process.ts";

/**
 * The one place that makes a simple-git. It is loaded lazily (40 ms) and told which of git's own variables to keep: in a
 * hook, `git commit -a` names another index, and without it a check would see nothing staged.
 */
const KEPT = [
  "GIT_INDEX_FILE",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_PREFIX",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
];

export async function openRepo(folder: string): Promise<SimpleGit> {
  const { simpleGit } = await import("simple-git");
  // What it calls unsafe is what we switch off.
  const unsafe = { allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true };
  return simpleGit({ baseDir: folder, allowEnvironment: KEPT, config: [...SAFE], unsafe });
}

/** @throws GIT with git's own first line, which names paths and options, never contents */
async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    return await (await openRepo(folder)).raw(args);
  } catch (error) {
    const [first = ""] = String((error as Error).message).split("\n");
    throw new EnvsealError("GIT", `git ${args[0]} failed: ${first}`, {
      hint: "run the same git command by hand to see more",
      cause: error,
    });
  }
}

/** The work tree's top folder, or null outside git (or without a git program). */
export async function topFolder(folder: string): Promise<string | null> {
  try {
    return (await (await openRepo(folder)).raw(["rev-parse", "--show-toplevel"])).replace(/\n$/, "") || null;
  } catch {
    return null;
  }
}

/** Which of the paths git tracks, relative to `folder`. */
export async function trackedFiles(folder: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const listed = await git(folder, "ls-files", "-z", "--", ...paths.map((path) => `:(literal)${path}`));
  return listed.split("\0").filter((path) => path !== "");
}

export async function configValue(folder: string, key: string): Promise<string | null> {
  try {
    return (await (await openRepo(folder)).raw(["config", "--get", key])).trim() || null;
  } catch {
    return null;
  }
}

export async function version(folder: string): Promise<string> {
  return (await git(folder, "version")).trim();
}
