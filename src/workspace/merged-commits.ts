import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { MANIFEST_FILES } from "../git/objects.ts";
import { missingInIndex } from "../git/trees.ts";
import { workTreeAndGitFolder } from "../git/work-tree.ts";

/** What a merge that is about to be recorded brings together with HEAD. */
export interface Merged {
  commits: string[];
  /** Manifests that these have, and the index has not. */
  gone: string[];
}

/** Before a merge commit, git names the others by GITHEAD_<id>, and after a conflict in MERGE_HEAD. */
export function mergedWith({ top, context }: { top: string; context: Context }): Merged {
  const file = join(workTreeAndGitFolder(top, context.env).gitFolder, "MERGE_HEAD");
  const told = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const commits = [...new Set([...namedByGit(context.env), ...told])].filter((name) => /^[0-9a-f]{40,64}$/.test(name));
  const gone = commits.flatMap((commit) => missingInIndex(top, commit, MANIFEST_FILES));
  return { commits, gone: [...new Set(gone)] };
}

/** The commits that git tells a hook or a driver of a merge about. */
export function namedByGit(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).flatMap((name) => (/^GITHEAD_[0-9a-f]{40,64}$/.test(name) ? [name.slice("GITHEAD_".length)] : []));
}
