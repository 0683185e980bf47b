import type { Project } from "../../../support/sandbox.ts";
import type { ActName } from "./acts.ts";
import { act, bring, type Outcome } from "./play.ts";
import type { Way } from "./ways.ts";
import type { Base, Role } from "./world.ts";

export interface Row {
  cli: string;
  commit: string;
  ways: Partial<Record<Way, Outcome & { output: string }>>;
}

/** An honest change on main; of another file, where a forged manifest is on main already and nobody seals under it. */
function meanwhile(project: Project): void {
  const { code } = project.envseal(["set", "OTHER", "-e", "default", "-q", "--allow-older"], { input: "another-other-value-77" });
  if (code !== 0) project.write("NOTES.md", "notes\n");
}

/** One act of somebody with a role, on a branch, and what comes of it by each of these ways. Main has gone on meanwhile. */
export async function rowOf(base: Base, role: Role, name: ActName, ways: readonly Way[]): Promise<Row> {
  const cell = base.cell();
  const { project } = cell;
  try {
    project.git("checkout", "-q", "-b", "side");
    const acted = await act(cell, role, name);
    const row: Row = { ...acted, ways: {} };
    cell.keep("acted");
    for (const [from, some] of [
      ["base", ways.filter((way) => way !== "revert")],
      ["side", ways.filter((way) => way === "revert")],
    ] as const) {
      if (some.length === 0) continue;
      cell.recall("acted");
      project.git("checkout", "-q", "-f", "-B", "main", from);
      if (role === "removed admin") project.ok(["revoke", "eve", "--yes", "-q", "--allow-older"]);
      else meanwhile(project);
      cell.commitUnseen("meanwhile");
      cell.keep(from);
      for (const way of some) {
        cell.restart(from);
        row.ways[way] = bring(cell, way, name);
      }
    }
    return row;
  } finally {
    cell.box.remove();
  }
}
