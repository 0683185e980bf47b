// docs/project/mutation.md from the results of the parts.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readResults } from "./results.mjs";

const LEFT = new Set(["Survived", "NoCoverage"]);

/** @returns {string[]} what is wrong: an explanation of a mutant that does not survive (any more) */
export function writeTable(root) {
  const results = readResults(root);
  const files = Object.values(results)
    .flatMap((part) => Object.entries(part.files))
    .map(([path, { counts, untold }]) => ({ path, counts, untold: untold.map((one) => ({ file: path, ...one })) }))
    .sort((a, b) => a.path.localeCompare(b.path));
  const untold = files.flatMap((file) => file.untold);
  const survivors = untold.filter(({ status }) => LEFT.has(status));
  const isOf = (entry) => (one) => one.file === entry.file && one.code === entry.code && one.replacement === entry.replacement;
  // Where only time is lost, a slow machine takes it for a kill.
  const slow = untold.filter(({ status }) => status === "Timeout");
  const explained = explanations().map((entry) => ({ ...entry, found: survivors.filter(isOf(entry)) }));
  for (const { found } of explained) for (const one of found) one.explained = true;
  const measured = new Set(files.map(({ path }) => path));
  writeFileSync(join(root, "docs/project/mutation.md"), page(results, files, survivors, explained));
  return explained
    .filter((entry) => measured.has(entry.file) && entry.found.length === 0 && !slow.some(isOf(entry)))
    .map(({ file, code }) => `${file}: ${code}: it is explained why this survives, and it does not`);
}

/** Of every part, { file, code, replacement, reason } each: why no test can tell this mutant, or need. */
function explanations() {
  const folder = new URL("explained/", import.meta.url);
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
}

function page(results, files, survivors, explained) {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))];
  const open = survivors.filter((one) => !one.explained);
  const seen = explained.filter(({ found }) => found.length > 0);
  return [
    "# Mutation testing",
    "",
    "Stryker changes the code in one small way at a time: a condition is turned round, a bound moved by one, a call taken out, a",
    "block emptied. A change that no test sees is a place that no test checks. Only tests that run the code inside their own",
    "process count here; the tests that start the built program see much of the rest, and Stryker does not see them. Text that",
    "only people read (messages, hints) is left alone: `scripts/mutation/words.mjs` says which.",
    "",
    "`npm run mutation` measures and writes this page; `npm run mutation -- keys guard` measures some parts again. Each part was",
    `measured on its own: ${Object.entries(results)
      .map(([name, { day, commit }]) => `${name} ${day} at ${commit.slice(0, 10)}`)
      .join(", ")}.`,
    "",
    "## Folders",
    "",
    ...table(
      "folder",
      folders.map((folder) => [`src/${folder}`, files.filter(({ path }) => folderOf(path) === folder)]),
    ),
    "",
    "## Files",
    "",
    ...table(
      "file",
      files.map((file) => [file.path, [file]]),
    ),
    "",
    "## Survivors, explained",
    "",
    ...(seen.length === 0 ? ["None yet."] : ["| file | code | instead | why no test can tell, or need |", "|---|---|---|---|"]),
    ...seen.map(({ file, code, replacement, reason }) => `| ${file} | ${cell(code)} | ${cell(replacement)} | ${reason} |`),
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
  const all = ["all", rows.flatMap(([, files]) => files)];
  return [
    `| ${what} | mutants | killed | timed out | survived | not reached | left alone | killed of all |`,
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...[...rows, all].map(([name, files]) => {
      const count = (status) => files.reduce((sum, { counts }) => sum + (counts[status] ?? 0), 0);
      const found = count("Killed") + count("Timeout");
      const mutants = found + count("Survived") + count("NoCoverage");
      const score = mutants === 0 ? "" : `${((100 * found) / mutants).toFixed(1)}%`;
      const counts = [mutants, count("Killed"), count("Timeout"), count("Survived"), count("NoCoverage"), count("Ignored")];
      return `| ${[name, ...counts, score].join(" | ")} |`;
    }),
  ];
}

function folderOf(path) {
  return path.split("/")[1];
}

function cell(text) {
  return `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
}
