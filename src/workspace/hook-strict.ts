import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../project/make-folder.ts";
import { replaceFile } from "../project/own-file.ts";
import { armFile, CALL, disarmFile, MARK, readIf } from "./hook-files.ts";
import { config, git, type HookPlace, hookFolders } from "./hook-place.ts";

const GATE = "envseal-guard";
const GATED = [".env", ".env.*", "*.env", ".envrc", ".dev.vars", ".flaskenv"];
const NOT_GATED = [".env.vault", ".env.*.vault", ".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];
const ROWS = [...GATED.map((name) => `${name} filter=${GATE}`), ...NOT_GATED.map((name) => `${name} -filter`)];

/**
 * Stricter than hooks can be: no plaintext blob is even written (a clean filter that refuses), and no ref moves to what a
 * guard would find (reference-transaction). `git status` on a touched file and `git stash` pay for it.
 */
export function armStrict(place: HookPlace): void {
  const { top } = place;
  config(top, `filter.${GATE}.clean`, 'echo "envseal: %f is plaintext; seal it (envseal encrypt), and do not add it" >&2; exit 1; cat');
  config(top, `filter.${GATE}.smudge`, "cat");
  config(top, `filter.${GATE}.required`, "true");
  const path = attributesFile(place);
  makeFolder(dirname(path));
  if (!readIf(path).includes(MARK)) replaceFile(path, `${readIf(path)}${MARK}\n${ROWS.join("\n")}\n`, 0o644);
  if (place.route === "config") {
    config(top, "hook.envseal-reference-transaction.command", `${CALL} reference-transaction`);
    config(top, "hook.envseal-reference-transaction.event", "reference-transaction");
  } else armFile(place, "reference-transaction");
}

function attributesFile({ runner }: HookPlace): string {
  return join(dirname(runner), "..", "info", "attributes");
}

export function disarmStrict(place: HookPlace): void {
  git(place.top, ["config", "--local", "--remove-section", `filter.${GATE}`]);
  git(place.top, ["config", "--local", "--remove-section", "hook.envseal-reference-transaction"]);
  for (const folder of hookFolders(place)) disarmFile(folder, "reference-transaction");
  const path = attributesFile(place);
  const text = readIf(path);
  const at = text.indexOf(MARK);
  if (at === -1) return;
  // What somebody wrote below ours stays.
  const below = text
    .slice(at)
    .split("\n")
    .filter((row) => row !== MARK && !ROWS.includes(row));
  const rest = text.slice(0, at) + below.join("\n");
  if (rest === "") rmSync(path);
  else replaceFile(path, rest, 0o644);
}
