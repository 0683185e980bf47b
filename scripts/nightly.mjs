// The full counts of everything, part by part; each leaves its result in docs/project/nightly-results.json, which holds the last one of
// each on whatever machine, and docs/project/nightly.md is written from all of them.
//   node scripts/nightly.mjs [PART…]   all by default
//   node scripts/nightly.mjs --table   only writes the page
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "./nightly/page.mjs";
import { parts as partsWith } from "./nightly/parts.mjs";

const RESULTS = "docs/project/nightly-results.json";
const REPORT = "coverage/results.json";
process.chdir(join(import.meta.dirname, ".."));

const text = (command, ...args) => spawnSync(command, args, { encoding: "utf8" }).stdout.trim();
const targets = text(process.execPath, "scripts/fuzz.mjs", "--list").split("\n");
const parts = partsWith(targets);
const asked = process.argv.slice(2);
const unknown = asked.find((name) => name !== "--table" && !parts.some((part) => part.name === name));
if (unknown !== undefined) throw new Error(`no part is called ${unknown}: ${parts.map(({ name }) => name).join(", ")}`);

/** What the runner reported; a run that left no report, or ran nothing, has failed. */
function tested() {
  if (!existsSync(REPORT)) return { tests: { passed: 0, failed: 0, skipped: 0 }, failed: ["the runner left no report"] };
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(REPORT, "utf8"));
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  );
  return { tests: { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }, failed };
}

function run({ name, command: [program, ...args], env, reads }) {
  rmSync(REPORT, { force: true });
  const commit = text("git", "rev-parse", "HEAD");
  const started = Date.now();
  const { status, stdout } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    stdio: ["inherit", reads === "fuzz" ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
  });
  const result = {
    name,
    commit,
    ok: status === 0,
    day: new Date(started).toISOString().slice(0, 10),
    minutes: Math.ceil((Date.now() - started) / 60_000),
    ...(reads === "tests" ? tested() : {}),
    ...(reads === "fuzz" && status === 0 ? { fuzzed: JSON.parse(stdout) } : {}),
  };
  if (!result.ok && (result.failed ?? []).length === 0) result.failed = [`ended with ${status}`];
  keep(result);
  return result.ok;
}

/** Read anew each time: other parts may run beside this one. */
function keep(result) {
  const all = [...results().filter(({ name }) => name !== result.name), result];
  const order = new Map(parts.map(({ name }, index) => [name, index]));
  const rows = all.filter(({ name }) => order.has(name)).sort((a, b) => order.get(a.name) - order.get(b.name));
  writeFileSync(RESULTS, `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`);
}

function results() {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
}

const failed = asked.includes("--table")
  ? []
  : parts.filter(({ name }) => asked.length === 0 || asked.includes(name)).filter((part) => !run(part));
writeFileSync("docs/project/nightly.md", page(parts, new Map(results().map((result) => [result.name, result]))));
for (const { name } of failed) console.error(`${name}: failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
