// Mutation testing (Stryker): changes the code in a thousand small ways, one at a time, and asks of each whether a test sees it.
//   node scripts/mutation.mjs [PART…]   runs the parts (all by default; what did not change is taken from the last run)
//   node scripts/mutation.mjs --table   only writes docs/project/mutation.md from the results that are there (docs/project/mutation-results.json)
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PARTS } from "./mutation/parts.mjs";
import { keepResult } from "./mutation/results.mjs";
import { writeTable } from "./mutation/table.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const named = process.argv.slice(2);
const unknown = named.find((name) => name !== "--table" && !Object.hasOwn(PARTS, name));
if (unknown !== undefined) throw new Error(`no part is called ${unknown}: ${Object.keys(PARTS).join(", ")}`);

/** The keychain's tests need a Secret Service; where there is none they are skipped, and its mutants survive. */
const desktop =
  process.platform === "linux" && spawnSync("sh", ["-c", "command -v dbus-run-session && command -v gnome-keyring-daemon"]).status === 0;

function run(part) {
  const stryker = [process.execPath, "scripts/mutation/run.mjs", part];
  const [program, ...args] =
    desktop && part === "custody"
      ? [
          "dbus-run-session",
          "--",
          "sh",
          "-c",
          'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; ENVSEAL_TEST_KEYCHAIN=1 exec "$@"',
          "sh",
          ...stryker,
        ]
      : stryker;
  const commit = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).stdout.trim();
  const day = new Date().toISOString().slice(0, 10);
  const isMeasured = spawnSync(program, args, { cwd: root, stdio: "inherit" }).status === 0;
  if (isMeasured) keepResult(root, part, { day, commit });
  return isMeasured;
}

const parts = named.includes("--table") ? [] : named.length > 0 ? named : Object.keys(PARTS);
const failed = parts.filter((part) => !run(part));
const wrong = writeTable(root);
for (const text of [...failed.map((part) => `${part} could not be run`), ...wrong]) console.error(text);
process.exitCode = failed.length + wrong.length > 0 ? 1 : 0;
