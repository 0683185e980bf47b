// The history of a vault of 1000 values over 200 commits with three changes each, in a packed repository, beside git's own
// log of the same file and of its plaintext twin.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, place } from "./place.mjs";
import { memoryOf } from "./process.mjs";
import { dotenvOf, sealedRepository, someValue } from "./repository.mjs";
import { over, row, table } from "./row.mjs";
import { inTurn } from "./tree.mjs";

const COMMITS = 200;
const VALUES = 1000;

export const logHead = ["what", "CPU ms (median)", "lowest", "wall ms (median)", "memory MB", "ratio of CPU", "limit"];

function repository(folder, env, commits) {
  const values = Array.from({ length: VALUES }, someValue);
  const run = sealedRepository(folder, env, dotenvOf(values));
  run("git", ["add", "envseal.json", ".env.vault", ".gitattributes", ".gitignore"]);
  run("git", ["commit", "-qm", "first"]);
  for (let commit = 1; commit < commits; commit++) {
    for (let change = 0; change < 3; change++) values[Math.floor(Math.random() * VALUES)] = someValue();
    writeFileSync(join(folder, ".env"), dotenvOf(values));
    run(process.execPath, [cli, "encrypt", "-q", "--yes"]);
    writeFileSync(join(folder, "twin"), dotenvOf(values));
    run("git", ["add", ".env.vault", "twin"]);
    run("git", ["commit", "-qm", `change ${commit}`]);
  }
  run("git", ["gc", "-q"]);
}

export function logRows({ scratch, env, rounds, commits = COMMITS }) {
  const folder = join(scratch, "logged");
  repository(folder, env, commits);
  const node = (...args) => [process.execPath, cli, ...args];
  const cases = [
    { name: "node -e 0", command: [process.execPath, "-e", "0"] },
    { name: "git log -p, vault", command: ["git", "log", "-p", "--no-textconv", "--no-ext-diff", "--", ".env.vault"] },
    { name: "git log -p, plaintext twin", command: ["git", "log", "-p", "--", "twin"] },
    { name: "envseal log", command: node("log"), of: ["git log -p, vault", "git log -p, plaintext twin"], limits: [3, 8] },
    { name: "envseal log SECRET_7", command: node("log", "SECRET_7") },
    { name: "envseal blame", command: node("blame", ".env") },
    { name: "envseal exposure", command: node("exposure", "--since-key", "v1") },
    { name: "envseal diff HEAD~1", command: node("diff", "HEAD~1"), of: ["node -e 0"], limits: [2.5] },
    { name: "envseal show HEAD~100", command: node("show", `HEAD~${commits >> 1}:.env`) },
  ].map((one) => ({ ...one, folder, env }));
  const measured = inTurn(rounds, cases);
  return cases.map(({ name, command, of = [], limits = [] }) => {
    const { cpu, wall } = measured.get(name);
    const ratios = of.map((other) => cpu.low / measured.get(other).cpu.low);
    const shown = ratios.map((ratio, index) => `${ratio.toFixed(2)} of ${of[index]}`);
    const memory = name.startsWith("envseal") ? memoryOf(folder, env, command).toFixed(0) : "";
    return row(
      [name, cpu.median.toFixed(0), cpu.low.toFixed(0), wall.median.toFixed(0), memory, shown.join(", "), limits.join(", ")],
      ratios.flatMap((ratio, index) => over(ratio, limits[index], `of ${of[index]}`) || []).join("; "),
    );
  });
}

if (process.argv[1] === import.meta.filename) {
  const options = { ...place(process.argv[2]), rounds: 7, commits: Number(process.argv[3] ?? COMMITS) };
  console.log(table(logHead, logRows(options)));
}
