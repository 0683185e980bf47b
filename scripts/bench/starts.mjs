// Starts at 10, 100 and 1000 values: the loader beside plain dotenv, commands beside an empty node. And what grows: 10,000
// values at once, and a thousand key versions.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, link, root } from "./place.mjs";
import { ofProcesses } from "./process.mjs";
import { over, row } from "./row.mjs";

export const startsHead = ["what", "values", "CPU ms (median)", "lowest", "memory MB", "ratio of lowest", "limit"];
const BOOT_LIMIT = { 10: 1.25, 100: 1.25, 1000: 1.4 };
const COMMAND_LIMIT = { 100: 2, 1000: 2.5 };
let counter = 0;

/** A sealed project, with one deploy key that may write and one that may read. */
function project({ scratch, env }, count) {
  const folder = join(scratch, `p${count}`);
  link(folder, "envseal", "dotenv");
  const lines = Array.from({ length: count }, (_, index) => `NAME_${index}=value-${index}-abcdefghijklmnopqrstuvwxyz\n`);
  writeFileSync(join(folder, ".env"), lines.join(""));
  const run = (...args) => {
    const result = spawnSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: "utf8" });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  };
  run("init", "--yes", "-q");
  return { folder, key: run("deploy-key", "create", "id", "-q"), readOnly: run("deploy-key", "create", "ro", "--read-only", "-q") };
}

const cells = (name, count, { cpu, low, rss }, ratio = "", limit = "") => [
  name,
  count,
  cpu.toFixed(1),
  low.toFixed(1),
  rss.toFixed(0),
  ratio,
  limit,
];

function startsAt({ env, rounds }, count, { folder, key, readOnly }) {
  const at =
    (more = {}) =>
    () => ({ cwd: folder, env: { ...env, ...more } });
  const boot = ["-e", "0"];
  const results = ofProcesses(rounds, [
    ["node -e 0", boot, at()],
    ["dotenv -r", ["-r", "dotenv/config", ...boot], at()],
    ["dotenv --import", ["--import", "dotenv/config", ...boot], at()],
    ["boot -r, read-only key", ["-r", "envseal/config", ...boot], at({ ENVSEAL_KEY: readOnly })],
    ["boot -r, identity key", ["-r", "envseal/config", ...boot], at({ ENVSEAL_KEY: key })],
    ["boot --import, read-only key", ["--import", "envseal/config", ...boot], at({ ENVSEAL_KEY: readOnly })],
    ["boot --import, identity key", ["--import", "envseal/config", ...boot], at({ ENVSEAL_KEY: key })],
    ["envseal get", [cli, "get", "NAME_5"], at()],
    ["envseal run -- true", [cli, "run", "--", "true"], at()],
    ["envseal set", [cli, "set", "NAME_5", "-q"], () => ({ cwd: folder, env, input: `value ${counter++}` })],
    ["envseal --version", [cli, "--version"], at()],
  ]);
  const besides = (name) => {
    if (name === "node -e 0") return [];
    if (name.startsWith("boot")) return [name.includes("--import") ? "dotenv --import" : "dotenv -r", BOOT_LIMIT[count]];
    return ["node -e 0", name === "envseal --version" ? 1.3 : name.startsWith("envseal") ? COMMAND_LIMIT[count] : undefined];
  };
  return [...results].map(([name, result]) => {
    const [other, limit] = besides(name);
    if (other === undefined) return row(cells(name, count, result));
    const [ratio, unit] = [result.low / results.get(other).low, `× ${other.split(" ")[0]}`];
    return row(cells(name, count, result, `${ratio.toFixed(2)} ${unit}`, limit), over(ratio, limit, unit));
  });
}

export const startsRows = ({ scratch, env, rounds }) =>
  [10, 100, 1000].flatMap((count) => startsAt({ env, rounds }, count, project({ scratch, env }, count)));

/** Sealing and opening 10,000 values, and how long the way from the newest key version to the first takes. */
export function largeRows({ scratch, env, rounds }) {
  const { folder } = project({ scratch, env }, 10_000);
  const file = join(folder, ".env");
  const changed = () => {
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(/=value-(\d+)-\w+/g, () => `=value-${counter}-${counter++}`),
    );
    return { cwd: folder, env };
  };
  const results = ofProcesses(rounds, [
    ["envseal encrypt", [cli, "encrypt", "-q"], changed],
    ["envseal decrypt", [cli, "decrypt", "--stdout"], () => ({ cwd: folder, env })],
  ]);
  const rows = [...results].map(([name, result]) =>
    row(
      cells(name, 10_000, result, "", "3000 ms, 200 MB"),
      [over(result.low, 3000, "ms"), over(result.rss, 200, "MB")].filter(Boolean).join("; "),
    ),
  );
  const links = [50, 1000].map((versions) => {
    const script = [join(root, "scripts/bench/history.mjs"), String(versions)];
    const times = Array.from({ length: rounds }, () => Number(spawnSync(process.execPath, script, { env, encoding: "utf8" }).stdout));
    times.sort((a, b) => a - b);
    const [limit, what] = [versions === 50 ? 50 : undefined, `version 1 from version ${versions}`];
    const shown = [what, "", times[rounds >> 1].toFixed(1), times[0].toFixed(1), "", "", limit === undefined ? "" : `${limit} ms`];
    return row(shown, over(times[0], limit, "ms"));
  });
  return [...rows, ...links];
}
