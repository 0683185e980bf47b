import type { Cell } from "./world.ts";

/** How what was done on a branch comes to main (or, by a revert, leaves it). */
export const WAYS = {
  merge: (cell) => cell.git("merge", "-q", "-m", "merged", "side"),
  // A web site has neither drivers nor hooks.
  "web merge": (cell) => {
    const web = cell.web();
    const { code, stdout, stderr } = web.execute(["git", "merge", "-q", "-m", "merged", "origin/side"]);
    if (code === 0) cell.project.git("pull", "-q", "--ff-only", web.folder, "main");
    return { code, output: stdout + stderr };
  },
  squash: (cell) => {
    const merged = cell.git("merge", "-q", "--squash", "side");
    return merged.code === 0 ? cell.git("commit", "-qm", "squashed") : merged;
  },
  rebase: (cell) => {
    cell.git("checkout", "-q", "-B", "rebased", "side");
    return cell.git("rebase", "-q", "main");
  },
  "cherry-pick": (cell) => cell.git("cherry-pick", "side"),
  revert: (cell) => cell.git("revert", "--no-edit", "side"),
} satisfies Record<string, (cell: Cell) => { code: number; output: string }>;

export type Way = keyof typeof WAYS;

type InClone = Exclude<Way, "web merge">;

/** What ends an operation that a conflict stopped. */
export const GOING_ON: Record<InClone, string[]> = {
  merge: ["commit", "-qm", "merged"],
  squash: ["commit", "-qm", "squashed"],
  rebase: ["rebase", "--continue"],
  "cherry-pick": ["cherry-pick", "--continue"],
  revert: ["revert", "--continue"],
};

export const ABORT: Record<InClone, string[]> = {
  merge: ["merge", "--abort"],
  squash: ["reset", "-q", "--hard"],
  rebase: ["rebase", "--abort"],
  "cherry-pick": ["cherry-pick", "--abort"],
  revert: ["revert", "--abort"],
};
