// docs/project/nightly.md from the results of the parts.
import { spawnSync } from "node:child_process";

const HEAD = `# Full counts

\`npm run nightly\` runs every test with every row and the full counts that CI takes samples of, fuzzes every parser, runs the
suite under each supported Node and measures mutations. \`npm run nightly -- property/merge "node 24"\` runs parts of it; this
page is written from the last result of each. *Changed since* counts the files of \`src\` and \`test\` that are not as they were in
that run.

| part | what | result | minutes | day | commit | changed since |
|---|---|---|--:|---|---|--:|
`;

/** @param {string} commit @returns {string | number} */
function changedSince(commit) {
  const { status, stdout } = spawnSync("git", ["diff", "--name-only", commit, "--", "src", "test"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n").length - 1 : "unknown";
}

function outcome({ tests, fuzzed, ok }) {
  if (tests !== undefined) return `${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`;
  if (fuzzed !== undefined) return `${fuzzed.count} inputs, ${fuzzed.accepted} accepted, none wrong`;
  return ok ? "measured" : "failed";
}

const row = ({ name, what }, result) =>
  result === undefined
    ? `| ${name} | ${what} | not run | | | | |`
    : `| ${name} | ${what} | ${outcome(result)} | ${result.minutes} | ${result.day} | ${result.commit.slice(0, 10)} | ${changedSince(result.commit)} |`;

/** @param {readonly { name: string, what: string }[]} parts @param {ReadonlyMap<string, object>} results by name of the part */
export function page(parts, results) {
  const failures = [...results.values()].flatMap(({ name, failed = [] }) => failed.map((title) => `- ${name}: ${title}`));
  const rows = parts.map((part) => row(part, results.get(part.name)));
  return `${HEAD}${rows.join("\n")}\n${failures.length > 0 ? `\nFailed:\n\n${failures.join("\n")}\n` : ""}`;
}
