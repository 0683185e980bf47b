// docs/project/mutation-results.json: the last result of each part, on whatever machine, as the page needs it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "docs/project/mutation-results.json";

/** @returns {Record<string, { day: string, commit: string, files: Record<string, object> }>} by part */
export function readResults(root) {
  return existsSync(join(root, FILE)) ? JSON.parse(readFileSync(join(root, FILE), "utf8")) : {};
}

/** Takes over what Stryker reported of a part. Read anew each time: other parts may run beside this one. */
export function keepResult(root, part, { day, commit }) {
  const report = JSON.parse(readFileSync(join(root, `coverage/mutation/${part}.report.json`), "utf8"));
  const files = Object.fromEntries(Object.entries(report.files).map(([path, file]) => [path, summary(file)]));
  const all = { ...readResults(root), [part]: { day, commit, files } };
  const rows = Object.keys(all)
    .sort()
    .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(all[name])}`);
  writeFileSync(join(root, FILE), `{\n${rows.join(",\n")}\n}\n`);
}

/** How many mutants ended in which way, and those that no test has told: what survived, and what only took too long. */
function summary({ source, mutants }) {
  const counts = {};
  for (const { status } of mutants) counts[status] = (counts[status] ?? 0) + 1;
  const untold = mutants
    .filter(({ status }) => status !== "Killed" && status !== "Ignored")
    .map(({ location, replacement, mutatorName, status }) => ({
      line: location.start.line,
      code: oneLine(textOf(source, location)),
      replacement: oneLine(replacement ?? mutatorName),
      status,
    }));
  return { counts, untold };
}

function textOf(source, { start, end }) {
  const rows = source.split("\n").slice(start.line - 1, end.line);
  rows[rows.length - 1] = rows.at(-1).slice(0, end.column - 1);
  rows[0] = rows[0].slice(start.column - 1);
  return rows.join("\n");
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
