// CPU time against an empty node and against peers, interleaved in one run, as docs/project/benchmarks.md. A benchmark, never a test.
//   node scripts/bench.mjs [ROUNDS] [TABLE…]   runs the tables (all by default; the others are taken from their last run)
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { commitsHead, commitsRows } from "./bench/commits.mjs";
import { growthHead, growthRows } from "./bench/growth.mjs";
import { head as guardHead, guardRows } from "./bench/guards.mjs";
import { logHead, logRows } from "./bench/log.mjs";
import { mergeHead, mergeRows } from "./bench/merge.mjs";
import { PACKAGES, peerRows, peersHead } from "./bench/peers.mjs";
import { place, root } from "./bench/place.mjs";
import { behind } from "./bench/reasons.mjs";
import { table } from "./bench/row.mjs";
import { PROGRAMS, sizeHead, sizeRows } from "./bench/size.mjs";
import { largeRows, startsHead, startsRows } from "./bench/starts.mjs";

/** Heading, names of the columns, what makes the rows. */
const TABLES = {
  peers: ["Beside others: whole process trees", peersHead, peerRows],
  size: ["Installed size", sizeHead, sizeRows],
  starts: ["Starts", startsHead, startsRows],
  large: ["Large files, and many key versions (in wall time)", startsHead, largeRows],
  guards: ["Guards: whole process trees", guardHead, guardRows],
  log: ["History: 200 commits of a vault of 1,000 values, whole process trees", logHead, logRows],
  merge: ["Merge: 20 changes on either side of a vault of 1,000 values, whole process trees", mergeHead, mergeRows],
  growth: ["Growth with values (lowest CPU of whole process trees)", growthHead, growthRows],
  commits: ["Growth of a history: a vault of 50 values, one changed in each commit (lowest CPU)", commitsHead, commitsRows],
};

const named = process.argv.slice(2);
const rounds = /^\d+$/.test(named[0] ?? "") ? Number(named.shift()) : 15;
const unknown = named.find((name) => !Object.hasOwn(TABLES, name));
if (unknown !== undefined) throw new Error(`no table is called ${unknown}: ${Object.keys(TABLES).join(", ")}`);

const results = join(root, "coverage/bench");
mkdirSync(results, { recursive: true });
const fileOf = (name) => join(results, `${name}.json`);
const where = { ...place(), rounds };
try {
  for (const name of named.length > 0 ? named : Object.keys(TABLES)) {
    const day = new Date().toISOString().slice(0, 10);
    writeFileSync(fileOf(name), JSON.stringify({ day, node: process.version, rounds, rows: await TABLES[name][2](where) }));
  }
} finally {
  rmSync(where.scratch, { recursive: true, force: true });
}

const tables = Object.entries(TABLES).map(([name, [heading, names]]) => {
  const { day, node, rounds: taken, rows } = JSON.parse(readFileSync(fileOf(name), "utf8"));
  return { heading, names, rows, said: `${day}, Node ${node}, ${taken} rounds.` };
});
const absent = PROGRAMS.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
const text = `# Benchmarks

Made by \`npm run bench\` on ${cpus().length} × ${cpus()[0]?.model.trim()}; each round runs every case of a table in turn.

CPU is user and system time. Unless a heading says otherwise: in a bare environment, and of the process itself. A ratio is of
the lowest of all rounds, which a busy machine disturbs least. Beside us: ${PACKAGES.join(" and ")} from npm, age, git-crypt,
SOPS and gitleaks where they are installed (not here: ${absent.join(", ") || "none"}). In "ours, of it", below 1 means that envseal takes less.

## Where we are behind a peer or over a limit, and why

${behind(tables.map(({ heading, rows }) => [heading.split(/[:(,]/)[0].trim(), rows]))}
${tables.map(({ heading, names, rows, said }) => `\n## ${heading}\n\n${said}\n\n${table(names, rows)}\n`).join("")}`;
writeFileSync(join(root, "docs/project/benchmarks.md"), text);
console.log(text);
