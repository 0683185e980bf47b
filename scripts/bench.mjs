// CPU time against an empty node and against peers, interleaved in one run. A benchmark, never a test.
// Usage: node scripts/bench.mjs [rounds]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { commitsHead, commitsRows } from "./bench/commits.mjs";
import { head as guardHead, guardRows } from "./bench/guards.mjs";
import { logHead, logRows } from "./bench/log.mjs";
import { growthHead, growthRows, peerRows, peersHead } from "./bench/peers.mjs";
import { memoryOf } from "./bench/tree.mjs";

const root = resolve(import.meta.dirname, "..");
const cli = join(root, "dist/bin/cli.js");
const rounds = Number(process.argv[2] ?? 15);
const scratch = mkdtempSync(join(tmpdir(), "envseal-bench-"));
const out = join(scratch, "measured");

const home = { HOME: scratch, XDG_CONFIG_HOME: join(scratch, "config"), XDG_STATE_HOME: join(scratch, "state") };
/** A bare environment, and this shell's own: what that adds to every start (a certificate store, say) makes ratios smaller. */
const bare = { PATH: process.env.PATH, ...home };
const own = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ENVSEAL|NODE_OPTIONS|DOTENV)/.test(name))),
  ...home,
};
let base = bare;

function node(args, { cwd, env = {}, input = "" }) {
  const measured = { ...base, ...env, NODE_OPTIONS: `--require=${join(root, "scripts/bench/measure.cjs")}`, ENVSEAL_BENCH_OUT: out };
  const result = spawnSync(process.execPath, args, { cwd, env: measured, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${args.join(" ")}: ${result.stderr}`);
  return JSON.parse(readFileSync(out, "utf8"));
}

const run = (args, cwd, input = "") => {
  const result = spawnSync(process.execPath, [cli, ...args], { cwd, env: bare, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout.trim();
};

function project(count) {
  const folder = join(scratch, `p${count}`);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/envseal"), "junction");
  symlinkSync(join(root, "node_modules/dotenv"), join(folder, "node_modules/dotenv"), "junction");
  writeFileSync(
    join(folder, ".env"),
    Array.from({ length: count }, (_, index) => `NAME_${index}=value-${index}-abcdefghijklmnopqrstuvwxyz\n`).join(""),
  );
  run(["init", "--yes", "-q"], folder);
  const [key, readOnly] = [["id"], ["ro", "--read-only"]].map((args) => run(["deploy-key", "create", ...args, "-q"], folder));
  return { folder, key, readOnly };
}

/** Runs every case in turn, `rounds` times; gives the median CPU in ms and the largest memory in MB. */
function measure(cases) {
  const taken = new Map(cases.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const [name, args, options] of cases) taken.get(name).push(node(args, options()));
  const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
  return new Map(
    [...taken].map(([name, list]) => [
      name,
      {
        cpu: median(list.map(({ cpu }) => cpu)),
        low: Math.min(...list.map(({ cpu }) => cpu)),
        rss: Math.max(...list.map(({ rss }) => rss)),
      },
    ]),
  );
}

let rows = [];
const row = (what, count, result, base, baseName, limit) =>
  rows.push([
    what,
    count,
    result.cpu.toFixed(1),
    result.low.toFixed(1),
    result.rss.toFixed(0),
    base === undefined ? "" : `${(result.cpu / base.cpu).toFixed(2)} × ${baseName}`,
    limit ?? "",
  ]);

const tables = [];
let counter = 0;
let guards = [];
let logs = [];
let peers = [];
let growth = [];
let histories = [];
try {
  const projects = new Map([10, 100, 1000].map((count) => [count, project(count)]));
  for (const environment of [bare, own]) {
    base = environment;
    rows = [];
    for (const count of [10, 100, 1000]) {
      const { folder, key, readOnly } = projects.get(count);
      const at =
        (env = {}, input) =>
        () => ({ cwd: folder, env, input });
      const boot = ["-e", "0"];
      const results = measure([
        ["node -e 0", boot, at()],
        ["dotenv -r", ["-r", "dotenv/config", ...boot], at()],
        ["dotenv --import", ["--import", "dotenv/config", ...boot], at()],
        ["boot -r, read-only key", ["-r", "envseal/config", ...boot], at({ ENVSEAL_KEY: readOnly })],
        ["boot -r, identity key", ["-r", "envseal/config", ...boot], at({ ENVSEAL_KEY: key })],
        ["boot --import, read-only key", ["--import", "envseal/config", ...boot], at({ ENVSEAL_KEY: readOnly })],
        ["boot --import, identity key", ["--import", "envseal/config", ...boot], at({ ENVSEAL_KEY: key })],
        ["envseal get", [cli, "get", "NAME_5"], at()],
        ["envseal run -- true", [cli, "run", "--", "true"], at()],
        ["envseal set", [cli, "set", "NAME_5", "-q"], () => ({ cwd: folder, input: `value ${counter++}` })],
        ["envseal --version", [cli, "--version"], at()],
      ]);
      const empty = results.get("node -e 0");
      for (const [name, result] of results) {
        const isBoot = name.startsWith("boot");
        const [against, label] = isBoot
          ? [results.get(name.includes("--import") ? "dotenv --import" : "dotenv -r"), "dotenv"]
          : [empty, "node"];
        const limit = isBoot
          ? count === 1000
            ? "1.4"
            : "1.25"
          : name === "envseal --version"
            ? "1.3"
            : name.startsWith("envseal")
              ? count === 1000
                ? "2.5"
                : count === 100
                  ? "2"
                  : ""
              : "";
        row(name, count, result, name === "node -e 0" ? undefined : against, label, limit);
      }
    }
    tables.push(rows);
  }
  base = bare;
  rows = [];
  const { folder } = project(10_000);
  const many = measure([
    [
      "envseal encrypt",
      [cli, "encrypt", "-q"],
      () => {
        writeFileSync(
          join(folder, ".env"),
          readFileSync(join(folder, ".env"), "utf8").replace(/=value-(\d+)-\w+/g, `=value-$1-${counter++}`),
        );
        return { cwd: folder };
      },
    ],
    ["envseal decrypt", [cli, "decrypt", "--stdout"], () => ({ cwd: folder })],
  ]);
  for (const [name, result] of many) row(name, 10_000, result, undefined, "", "3000 ms, 200 MB");
  const links = [50, 1000].map((versions) => {
    const times = Array.from({ length: rounds }, () =>
      Number(
        spawnSync(process.execPath, [join(root, "scripts/bench/history.mjs"), String(versions)], { env: bare, encoding: "utf8" }).stdout,
      ),
    ).sort((a, b) => a - b);
    return [versions, times[times.length >> 1], times[0]];
  });
  for (const [versions, median, low] of links)
    rows.push([`version 1 from version ${versions}`, "", median.toFixed(1), low.toFixed(1), "", "", versions === 50 ? "50 ms" : ""]);
  guards = guardRows({ scratch, env: bare, rounds });
  logs = logRows({ scratch, env: bare, rounds });
  peers = peerRows({ scratch, env: bare, rounds });
  growth = growthRows({ scratch, env: bare, memoryOf });
  histories = await commitsRows({ scratch, env: bare });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const absent = ["age", "git-crypt", "sops"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
tables.push(rows);
const head = ["what", "values", "CPU ms (median)", "lowest", "memory MB", "ratio", "limit"];
const render = (list, names = head) => [names, names.map(() => "---"), ...list].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const text = `# Benchmarks

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${rounds} rounds, interleaved. CPU time (user and system) of the
process itself. Made by \`npm run bench\`; what is left of a boot, and why, is in decisions/loader-bundle.md.

## Beside others: whole process trees, bare environment

dotenvx 2.38.2 and dotenv 17.4.2 from npm, age, git-crypt and SOPS where they are installed (not here: ${absent.join(", ") || "none"}); "ours, of it" below 1 means that envseal takes less.

${render(peers, peersHead)}

## Growth (lowest CPU of whole process trees, bare environment)

${render(growth, growthHead)}

## Growth of a history: a vault of 50 values, one changed in each commit (lowest CPU)

${render(histories, commitsHead)}

## In the environment of this shell${process.env.NODE_EXTRA_CA_CERTS ? " (NODE_EXTRA_CA_CERTS is set, which every start of node pays for)" : ""}

${render(tables[1])}

## In a bare environment

${render(tables[0])}

## Large files, and many key versions (in wall time), bare environment

${render(tables[2])}

## Guards: whole process trees, bare environment

${render(guards, guardHead)}

## History: 200 commits of a vault of 1,000 values, whole process trees, bare environment

${render(logs, logHead)}
`;
writeFileSync(join(root, "docs/BENCHMARKS.md"), text);
console.log(text);
