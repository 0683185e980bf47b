// Writes what of docs/ is made from the sources; with --check it writes nothing and fails where that would change a file.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { cliMarkdown } from "./cli-markdown.mjs";
import { sources } from "./sources.mjs";

const { COMMANDS, COMMON_OPTIONS, DESCRIPTIONS, EXIT_MEANINGS, JSON_OUTPUT, VARIABLES } = await sources([
  "cli/descriptions",
  "cli/environment",
  "cli/options",
  "cli/commands",
]);
const path = resolve(import.meta.dirname, "../docs/reference/cli.md");
const text = cliMarkdown({
  commands: COMMANDS,
  common: COMMON_OPTIONS,
  descriptions: DESCRIPTIONS,
  json: JSON_OUTPUT,
  exitMeanings: EXIT_MEANINGS,
  variables: VARIABLES,
});
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (readFileSync(path, "utf8") !== text) {
  console.error("docs/reference/cli.md is not what the table of commands says: npm run docs");
  process.exitCode = 1;
}
