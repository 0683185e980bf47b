// CPU time against an empty node and against peers, interleaved in one run, as docs/BENCHMARKS.md. A benchmark, never a test.
// Usage: node scripts/bench.mjs [rounds]
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { commitsHead, commitsRows } from "./bench/commits.mjs";
import { growthHead, growthRows } from "./bench/growth.mjs";
import { head as guardHead, guardRows } from "./bench/guards.mjs";
import { logHead, logRows } from "./bench/log.mjs";
import { mergeHead, mergeRows } from "./bench/merge.mjs";
import { installed, PACKAGES, peerRows, peersHead } from "./bench/peers.mjs";
import { place, root } from "./bench/place.mjs";
import { behind } from "./bench/reasons.mjs";
import { table } from "./bench/row.mjs";
import { sizeHead, sizeRows } from "./bench/size.mjs";
import { largeRows, startsHead, startsRows } from "./bench/starts.mjs";

const rounds = Number(process.argv[2] ?? 15);
const where = { ...place(), rounds };

/** Heading, names of the columns, rows. */
const tables = [];
try {
  const packages = installed(where.scratch);
  tables.push(["Beside others: whole process trees", peersHead, peerRows({ ...where, packages })]);
  tables.push(["Installed size", sizeHead, sizeRows(where)]);
  const [bare, own] = startsRows(where);
  const costly = process.env.NODE_EXTRA_CA_CERTS ? " (NODE_EXTRA_CA_CERTS is set, which every start of node pays for)" : "";
  tables.push(["Starts", startsHead, bare]);
  tables.push([`Starts in the environment of this shell${costly}`, startsHead, own]);
  tables.push(["Large files, and many key versions (in wall time)", startsHead, largeRows(where)]);
  tables.push(["Guards: whole process trees", guardHead, guardRows(where)]);
  tables.push(["History: 200 commits of a vault of 1,000 values, whole process trees", logHead, logRows(where)]);
  tables.push(["Merge: 20 changes on either side of a vault of 1,000 values, whole process trees", mergeHead, mergeRows(where)]);
  tables.push(["Growth with values (lowest CPU of whole process trees)", growthHead, growthRows(where)]);
  tables.push([
    "Growth of a history: a vault of 50 values, one changed in each commit (lowest CPU)",
    commitsHead,
    await commitsRows(where),
  ]);
} finally {
  rmSync(where.scratch, { recursive: true, force: true });
}

const absent = ["age", "git-crypt", "sops", "gitleaks"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
const day = new Date().toISOString().slice(0, 10);
const text = `# Benchmarks

${day}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${rounds} rounds, interleaved. Made by \`npm run bench\`.

CPU is user and system time. Unless a heading says otherwise: in a bare environment, and of the process itself. A ratio is of
the lowest of all rounds, which a busy machine disturbs least. Beside us: ${PACKAGES.join(" and ")} from npm, age, git-crypt,
SOPS and gitleaks where they are installed (not here: ${absent.join(", ") || "none"}). In "ours, of it", below 1 means that envseal takes less.

## Where we are behind a peer or over a limit, and why

${behind(tables.map(([heading, , rows]) => [heading.split(/[:(,]/)[0].trim(), rows]))}
${tables.map(([heading, names, rows]) => `\n## ${heading}\n\n${table(names, rows)}\n`).join("")}`;
writeFileSync(join(root, "docs/BENCHMARKS.md"), text);
console.log(text);
