import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { COPY_WORDS, FURTHER_STEMS } from "../../core/plaintext-forms.ts";
import { makeFolder } from "../../system/make-folder.ts";
import { replaceFile } from "../../system/private-file.ts";
import { armFile, CALL, disarmFile } from "./files.ts";
import { MARK, readIf } from "./hook-text.ts";
import { config, git, type HookPlace, hookFolders } from "./place.ts";

const GATE = "envseal-guard";
const GATED = [
  ...[".env", ".env.*", "*.env", ".envs", ".env[0-9]*"],
  ...FURTHER_STEMS.flatMap((stem) => [stem, `${stem}[._-]*`]),
  ...COPY_WORDS.map((word) => `*.env[._-]${word}`),
];
/** In whatever place of a name guards take them for a template's. */
const TEMPLATES = ["example", "sample", "template", "dist", "defaults"].flatMap((word) =>
  ["", "[._-]*"].flatMap((rest) => [
    ...FURTHER_STEMS.map((stem) => `${stem}*[._-]${word}${rest}`),
    `.env*[._-]${word}${rest}`,
    `${word}${rest}.env`,
    `*[._-]${word}${rest}.env`,
  ]),
);
const NOT_GATED = [".env.vault", ".env.*.vault", ...TEMPLATES];
/** Which of them earlier versions had. */
const BEFORE = [".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];
const ROWS = [
  ...GATED.map((name) => `${name} filter=${GATE}`),
  ...NOT_GATED.map((name) => `${name} -filter`),
  `.env*.local filter=${GATE}`,
];
const OURS = new Set([...ROWS, ...BEFORE.map((name) => `${name} -filter`)]);

/**
 * Stricter than hooks can be: no plaintext blob is even written (a clean filter that refuses), and no ref moves to what a
 * guard would find (reference-transaction). `git status` on a touched file and `git stash` pay for it.
 */
export function armStrict(place: HookPlace): void {
  const { top } = place;
  // Without the file's name: git quotes it for a shell, and between other quotes it would be run. git itself says it below this.
  config(top, `filter.${GATE}.clean`, 'echo "envseal: this file is plaintext; seal it (envseal encrypt), and do not add it" >&2; exit 1');
  // The system's: PATH may begin with a folder of the work tree.
  config(top, `filter.${GATE}.smudge`, '"$(command -pv cat || command -v cat)"');
  config(top, `filter.${GATE}.required`, "true");
  const path = attributesFile(place);
  makeFolder(dirname(path));
  const others = withoutOurs(readIf(path));
  replaceFile(path, `${others}${others === "" || others.endsWith("\n") ? "" : "\n"}${MARK}\n${ROWS.join("\n")}\n`, 0o644);
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
  if (!text.includes(MARK)) return;
  const rest = withoutOurs(text);
  if (rest === "") rmSync(path);
  else replaceFile(path, rest, 0o644);
}

/** True where this clone was armed strictly, by whatever version. */
export function isStrict({ top }: HookPlace): boolean {
  return git(top, ["config", "--local", "--get", `filter.${GATE}.required`]) !== "";
}

/** What somebody wrote above and below ours stays. */
function withoutOurs(text: string): string {
  const at = text.indexOf(MARK);
  if (at === -1) return text;
  const below = text
    .slice(at)
    .split("\n")
    .filter((row) => row !== MARK && !OURS.has(row));
  return text.slice(0, at) + below.join("\n");
}
