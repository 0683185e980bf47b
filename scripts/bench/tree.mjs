// Whole process trees (git, its hooks, node): CPU and wall time of commands that are run in turn.
import { spawnSync } from "node:child_process";

/** Wall and CPU of a command and all it starts, in ms: bash counts what it waited for. */
function timed(folder, env, command) {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >/dev/null 2>&3';
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const { status, stderr, output } = spawnSync("bash", ["-c", script, "bash", ...command], { cwd: folder, env, stdio, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${output[3]}`);
  const [wall, user, system] = stderr.trim().split(" ").map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000 };
}

/** @returns name → { wall, cpu, each { median, low } } of cases that are run in turn; `before` prepares a run */
export function inTurn(rounds, cases) {
  const taken = new Map(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, folder, env, command, before } of cases) {
      before?.();
      taken.get(name).push(timed(folder, env, command));
    }
  }
  const summary = (numbers) => ({ median: numbers.sort((a, b) => a - b)[numbers.length >> 1], low: numbers[0] });
  return new Map(
    [...taken].map(([name, runs]) => [name, { wall: summary(runs.map((run) => run.wall)), cpu: summary(runs.map((run) => run.cpu)) }]),
  );
}
