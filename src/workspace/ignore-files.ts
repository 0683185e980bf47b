import { existsSync } from "node:fs";
import { join } from "node:path";
import { MANIFEST_NAME, matchesPattern } from "../core/names.ts";
import { isIgnoredBy } from "../git/ignore.ts";
import { writeAtomic } from "../project/write.ts";
import { settingsText } from "../system/read.ts";
import { packageTemplate } from "./package-template.ts";

function template(name: string): string[] {
  return packageTemplate(name)
    .split("\n")
    .filter((line) => line !== "");
}

/** A change to one file, planned first and shown, then written. */
export interface FileChange {
  path: string;
  why: string;
  text: string;
}

/** What keeps plaintext out of git and lets vaults in, for the files given (relative to `root`). Empty where all is well. */
export function planGitignore(root: string, plaintext: readonly string[], vaults: readonly string[]): FileChange[] {
  const open = plaintext.some((path) => !isIgnoredBy(root, path, true));
  const hidden = vaults.some((path) => isIgnoredBy(root, path, true)) || isIgnoredBy(root, MANIFEST_NAME, true);
  if (!open && !hidden) return [];
  const seen = `!${MANIFEST_NAME}`;
  const lines = open ? [...template("gitignore"), ...(hidden ? [seen] : [])] : ["# envseal: vaults go into git", "!.env*.vault", seen];
  const why = open ? "so that git ignores plaintext and sees vaults" : "so that git sees the vaults";
  return appendLast(root, ".gitignore", lines, why);
}

/** What a folder's own .gitignore, or one that hides a whole folder, still decides otherwise. */
export function ignoredOtherwise(root: string, plaintext: readonly string[], vaults: readonly string[]): string[] {
  return [
    ...plaintext.filter((path) => !isIgnoredBy(root, path, true)).map((path) => `git does not ignore ${path}`),
    ...[...vaults, MANIFEST_NAME].filter((path) => isIgnoredBy(root, path, true)).map((path) => `git ignores ${path}`),
  ].map(
    (what) => `${what}, whatever the .gitignore beside envseal.json says: another line decides (git check-ignore -v --no-index shows it)`,
  );
}

export function planAttributes(root: string): FileChange[] {
  return appendTo(root, ".gitattributes", template("gitattributes"), "so that vaults diff and merge by name");
}

/** Deployment tools have ignore files of their own, and a pattern such as `.env*` would leave the vault behind. */
export function planDeployIgnores(root: string): FileChange[] {
  return [".dockerignore", ".vercelignore", ".gcloudignore"].flatMap((name) =>
    hidesVaults(root, name)
      ? appendLast(
          root,
          name,
          ["# envseal: vaults and their manifest are deployed", "!**/.env*.vault", `!${MANIFEST_NAME}`],
          "so that deployments get the vaults",
        )
      : [],
  );
}

/** What a deployment needs, by an example or two of its names. */
const DEPLOYED: readonly [string, string[]][] = [
  ["vaults", [".env.vault", ".env.production.vault"]],
  ["manifest", [MANIFEST_NAME]],
];

/** True if the last pattern that speaks of a vault hides it, or the last one that speaks of the manifest. */
export function hidesVaults(root: string, name: string): boolean {
  const path = join(root, name);
  if (!existsSync(path)) return false;
  const hidden = new Map<string, boolean>();
  for (const row of settingsText(path).split(/\r?\n/)) {
    const pattern = row
      .trim()
      .replace(/^!/, "")
      .replace(/^\/?(\*\*\/)?/, "");
    if (pattern === "" || pattern.startsWith("#")) continue;
    for (const [what, files] of DEPLOYED)
      if (files.some((file) => matchesPattern(pattern.replaceAll("**", "*"), file))) hidden.set(what, !row.trim().startsWith("!"));
  }
  return [...hidden.values()].includes(true);
}

/** The last pattern decides: a line that is there already may be overruled below it, and would overrule nothing. */
function appendLast(root: string, name: string, lines: readonly string[], why: string): FileChange[] {
  const path = join(root, name);
  const before = settingsText(path);
  return before.replaceAll("\r\n", "\n").trimEnd().endsWith(lines.join("\n")) ? [] : [{ path, why, text: appended(before, lines) }];
}

function appendTo(root: string, name: string, lines: readonly string[], why: string): FileChange[] {
  const path = join(root, name);
  const before = settingsText(path);
  const present = new Set(before.split(/\r?\n/));
  const missing = lines.filter((line) => !present.has(line));
  if (missing.length === 0 || missing.every((line) => line.startsWith("#"))) return [];
  return [{ path, why, text: appended(before, missing) }];
}

function appended(before: string, lines: readonly string[]): string {
  const eol = before.includes("\r\n") ? "\r\n" : "\n";
  const gap = before === "" ? "" : before.endsWith("\n") ? eol : eol + eol;
  return `${before}${gap}${lines.join(eol)}${eol}`;
}

export function applyChanges(root: string, changes: readonly FileChange[]): void {
  for (const { path, text } of changes) writeAtomic(root, path, text);
}
