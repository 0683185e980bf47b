// The same work done by the tools of others, in the same run: whole process trees, in turn with ours. What does not install
// is left out, and the page says so.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { peerCases } from "./peer-cases.mjs";
import { memoryOf } from "./process.mjs";
import { over, row } from "./row.mjs";
import { inTurn } from "./tree.mjs";

export const PACKAGES = ["@dotenvx/dotenvx@2.38.2", "dotenv@17.4.2"];

export const peersHead = ["what", "values", "CPU ms (median)", "lowest", "wall ms (median)", "memory MB", "ours, of it"];

/** Where the packages are; null where the registry does not have them. By this shell's own configuration of npm. */
function installed(scratch) {
  const folder = join(scratch, "peers");
  mkdirSync(folder);
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, ...PACKAGES];
  return spawnSync("npm", args, { timeout: 120_000 }).status === 0 ? join(folder, "node_modules") : null;
}

export function peerRows({ scratch, env, rounds }) {
  const packages = installed(scratch);
  return [10, 100, 1000, 10_000].flatMap((count) => {
    const cases = peerCases({ scratch, env, count, packages });
    const measured = inTurn(rounds, cases);
    const oursOf = (name) => measured.get(name.startsWith("boot") ? "boot: envseal, read-only key" : `${name.split(":")[0]}: envseal`);
    return cases.map(({ name, folder, env, command }) => {
      const { cpu, wall } = measured.get(name);
      const own = name.includes("envseal") ? undefined : oursOf(name);
      const ratio = own === undefined ? undefined : own.cpu.low / cpu.low;
      const memory = command[0] === process.execPath ? memoryOf(folder, env, command).toFixed(0) : "";
      return row(
        [name, count, cpu.median.toFixed(0), cpu.low.toFixed(0), wall.median.toFixed(0), memory, ratio?.toFixed(2) ?? ""],
        ratio === undefined ? "" : over(ratio, 1, "times as much CPU"),
      );
    });
  });
}
