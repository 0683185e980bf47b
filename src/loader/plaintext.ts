import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readLoosely } from "../core/document.ts";
import { classifyFile } from "../core/names.ts";
import { readBounded } from "../project/read.ts";

/**
 * Programs read plaintext files by themselves, before anything of ours runs: Bun and Next `.env`, node and Deno what --env-file
 * names, Compose what `env_file:` does, an app by dotenv. What they set, stays. Here is what tells that they did.
 */
interface Plaintext {
  path: string;
  /** A person's own, `.env.local`: it is meant to win. */
  personal: boolean;
  values: Readonly<Record<string, string>>;
}

/** A folder holds a few; a thousand would be there to hold up a boot. */
const MOST_FILES = 32;
const MOST_BYTES = 1 << 20;

/** What the folders hold, and what this node was told to read. None that cannot be read: whoever read it first could. */
function plaintexts(folders: Iterable<string>): Plaintext[] {
  const named = [...folders].flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const paths = [...new Set([...named, ...envFileOptions()])];
  return paths.flatMap((path) => {
    try {
      const bytes = readBounded(path, MOST_BYTES);
      return bytes === null ? [] : [{ path, personal: /\.env(\.[^/\\]*)?\.local$/.test(path), values: readLoosely(bytes.toString()) }];
    } catch {
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(isPlaintext).sort();
    // `.env` before all others, however many somebody put there.
    return [...names.filter((name) => name.startsWith(".env")), ...names.filter((name) => !name.startsWith(".env"))].slice(0, MOST_FILES);
  } catch {
    return [];
  }
}

function isPlaintext(name: string): boolean {
  if (/^\.(envrc|flaskenv|dev\.vars.*)$/.test(name)) return true;
  const kind = classifyFile(name)?.kind;
  return kind === undefined
    ? /.\.env$/.test(name)
    : kind === "plaintext" || kind === "personal" || (kind === "misspelt" && !name.endsWith(".vault"));
}

/** `--env-file=PATH`, `--env-file PATH`, and `--env-file-if-exists`: node and Bun show their own options. */
function envFileOptions(): string[] {
  return process.execArgv.flatMap((option, at, options) => {
    const found = /^--env-file(?:-if-exists)?(?:=(.*))?$/s.exec(option);
    const path = found === null ? undefined : (found[1] ?? options[at + 1]);
    return path === undefined ? [] : [resolve(path)];
  });
}

/**
 * Names that keep another value than the vault's and that a plaintext file accounts for: an older value in it, or one that a
 * program expanded or unquoted in its own way. What was set by hand is none of them, nor what a personal file says.
 */
export function namesFromPlaintext(env: NodeJS.ProcessEnv, kept: readonly string[], folders: Iterable<string>): Map<string, string[]> {
  const files = kept.length === 0 ? [] : plaintexts(folders);
  const found = new Map<string, string[]>();
  for (const name of kept) {
    const sources = files.filter(({ values }) => Object.hasOwn(values, name) && accountsFor(values[name] as string, env[name] ?? ""));
    const [first] = sources;
    if (first === undefined || sources.some(({ personal }) => personal)) continue;
    found.set(first.path, [...(found.get(first.path) ?? []), name]);
  }
  return found;
}

/** Readers of dotenv files agree on all but quotes, escapes, white space, `#` and `$`. */
function accountsFor(written: string, value: string): boolean {
  const [left, right] = [bare(written), bare(value)];
  return left === right || /[$#]/.test(written) || right.startsWith(`${left}#`);
}

function bare(text: string): string {
  return text.replace(/\\[nrt]|[\s'"`\\]/g, "");
}

/** The first of the files there that sets a variable. */
export function plaintextWith(name: string, folders: Iterable<string>): string | undefined {
  return plaintexts(folders).find(({ values }) => Object.hasOwn(values, name))?.path;
}
