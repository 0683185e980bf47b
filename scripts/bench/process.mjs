// CPU time and memory of one node process, as it counts them itself at its end.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./place.mjs";

/** @returns { cpu, rss } ms and MB of the node process that a command is, or ends as */
function ofProcess([program, ...args], { cwd, env, input = "" }) {
  const out = join(env.HOME, "measured");
  const measured = { ...env, NODE_OPTIONS: `--require=${join(root, "scripts/bench/measure.cjs")}`, ENVSEAL_BENCH_OUT: out };
  const result = spawnSync(program, args, { cwd, env: measured, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${result.stderr}`);
  return JSON.parse(readFileSync(out, "utf8"));
}

/** The largest memory of a node process, in MB; in a run of its own. */
export const memoryOf = (folder, env, command) => ofProcess(command, { cwd: folder, env }).rss;

/** Runs every case (name, arguments, () → options) in turn, `rounds` times. @returns name → { cpu (median), low, rss (largest) } */
export function ofProcesses(rounds, cases) {
  const taken = new Map(cases.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, args, options] of cases) taken.get(name).push(ofProcess([process.execPath, ...args], options()));
  return new Map(
    [...taken].map(([name, list]) => {
      const cpu = list.map((one) => one.cpu).sort((a, b) => a - b);
      return [name, { cpu: cpu[cpu.length >> 1], low: cpu[0], rss: Math.max(...list.map(({ rss }) => rss)) }];
    }),
  );
}
