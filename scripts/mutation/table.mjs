// docs/MUTATION.md from the reports of a mutation run.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LEFT = new Set(["Survived", "NoCoverage"]);
const FOUND = new Set(["Killed", "Timeout"]);

/** @returns {string[]} what is wrong: an explanation of a mutant that does not survive (any more) */
export function writeTable(root, parts) {
  const files = parts.flatMap((part) => {
    const report = JSON.parse(readFileSync(join(root, `coverage/mutation/${part}.report.json`), "utf8"));
    return Object.entries(report.files).map(([path, { source, mutants }]) => ({ path, source, mutants }));
  });
  files.sort((a, b) => a.path.localeCompare(b.path));
  const every = files.flatMap(({ path, source, mutants }) =>
    mutants.map(({ location, replacement, mutatorName, status }) => ({
      file: path,
      line: location.start.line,
      code: oneLine(textOf(source, location)),
      replacement: oneLine(replacement ?? mutatorName),
      status,
    })),
  );
  const survivors = every.filter(({ status }) => LEFT.has(status));
  const isOf = (entry) => (one) => one.file === entry.file && one.code === entry.code && one.replacement === entry.replacement;
  // Where only time is lost, a slow machine takes it for a kill.
  const slow = every.filter(({ status }) => status === "Timeout");
  const explained = explanations().map((entry) => ({
    ...entry,
    found: survivors.filter(isOf(entry)),
  }));
  for (const { found } of explained) for (const one of found) one.explained = true;
  const measured = new Set(files.map(({ path }) => path));
  writeFileSync(join(root, "docs/MUTATION.md"), page(files, survivors, explained));
  return explained
    .filter((entry) => measured.has(entry.file) && entry.found.length === 0 && !slow.some(isOf(entry)))
    .map(({ file, code }) => `${file}: ${code}: it is explained why this survives, and it does not`);
}

/** Of every part, { file, code, replacement, reason } each: why no test can tell this mutant, or need. */
function explanations() {
  const folder = new URL("explained/", import.meta.url);
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
}

function page(files, survivors, explained) {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))];
  const inFolder = (folder) => files.filter(({ path }) => folderOf(path) === folder).flatMap(({ mutants }) => mutants);
  const open = survivors.filter((one) => !one.explained);
  return [
    "# Mutation testing",
    "",
    "Stryker changes the code in one small way at a time: a condition is turned round, a bound moved by one, a call taken out, a",
    "block emptied. A change that no test sees is a place that no test checks. Only tests that run the code inside their own",
    "process count here; the tests that start the built program see much of the rest, and Stryker does not see them. Text that",
    "only people read (messages, hints) is left alone: `scripts/mutation/words.mjs` says which.",
    "",
    "`npm run mutation` measures and writes this page; `npm run mutation -- keys guard` measures some parts again.",
    "",
    "## Folders",
    "",
    ...table(
      "folder",
      folders.map((folder) => [`src/${folder}`, inFolder(folder)]),
    ),
    "",
    "## Files",
    "",
    ...table(
      "file",
      files.map(({ path, mutants }) => [path, mutants]),
    ),
    "",
    "## Survivors, explained",
    "",
    ...(explained.length === 0 ? ["None yet."] : ["| file | code | instead | why no test can tell, or need |", "|---|---|---|---|"]),
    ...explained.map(({ file, code, replacement, reason }) => `| ${file} | ${cell(code)} | ${cell(replacement)} | ${reason} |`),
    "",
    "## Survivors, not explained",
    "",
    `${open.length} of ${survivors.length}.`,
    "",
    ...files.flatMap(({ path }) => {
      const own = open.filter(({ file }) => file === path);
      const lines = [...new Set(own.map(({ line }) => line))];
      return own.length === 0 ? [] : [`- ${path}: ${own.length}, on line${lines.length > 1 ? "s" : ""} ${lines.join(", ")}`];
    }),
    "",
  ].join("\n");
}

function table(what, rows) {
  const all = ["all", rows.flatMap(([, mutants]) => mutants)];
  return [
    `| ${what} | mutants | killed | timed out | survived | not reached | left alone | killed of all |`,
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...[...rows, all].map(([name, mutants]) => {
      const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
      const [found, left] = [FOUND, LEFT].map((kinds) => [...kinds].reduce((sum, kind) => sum + count(kind), 0));
      const score = found + left === 0 ? "" : `${((100 * found) / (found + left)).toFixed(1)}%`;
      const counts = [found + left, count("Killed"), count("Timeout"), count("Survived"), count("NoCoverage"), count("Ignored")];
      return `| ${[name, ...counts, score].join(" | ")} |`;
    }),
  ];
}

function folderOf(path) {
  return path.split("/")[1];
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

function cell(text) {
  return `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
}
