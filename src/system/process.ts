import { readFileSync } from "node:fs";

/** One that ended and was not waited for: the first process of many containers waits for nobody. */
const ENDED: ReadonlySet<string | undefined> = new Set(["Z", "X"]);

/** False only where the system says that no such process runs; one of another user counts as alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !ENDED.has(statOf(pid)[0]);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When the process started, in clock ticks since boot, so that a reused pid is told apart; empty where unknown (not Linux). */
export function startTime(pid: number): string {
  return statOf(pid)[19] ?? "";
}

/** The fields of Linux's /proc/PID/stat from the third on: state, parent, group, session, terminal, foreground group …; none elsewhere. */
export function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
