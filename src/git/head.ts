import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runGit } from "./process.ts";

const OID = /^[0-9a-f]{40,64}$/;

/**
 * The commit that HEAD names; null where there is none yet. Files say it mostly: a git process costs a command that opens one value a
 * third of its time.
 * @param gitFolder that of the work tree
 */
export function headCommit(root: string, gitFolder: string): string | null {
  const head = textOf(join(gitFolder, "HEAD"));
  if (head !== null && OID.test(head)) return head;
  const [, name] = /^ref: (refs\/heads\/.+)$/.exec(head ?? "") ?? [];
  const loose = name === undefined ? null : textOf(join(commonFolder(gitFolder), name));
  if (loose !== null && OID.test(loose)) return loose;
  const { status, stdout } = runGit(root, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  return status === 0 ? stdout.toString().trim() : null;
}

/** Linked worktrees share their branches. */
function commonFolder(gitFolder: string): string {
  const common = textOf(join(gitFolder, "commondir"));
  return common === null ? gitFolder : resolve(gitFolder, common);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
