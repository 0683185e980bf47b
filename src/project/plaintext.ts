import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { saysPlaintext } from "../core/plaintext-forms.ts";
import { readLoosely } from "../core/vault/document.ts";
import { readBounded } from "../system/read.ts";

/**
 * Programs read plaintext files by themselves, before anything of ours runs: Bun and Next `.env`, node and Deno what --env-file
 * names, Compose what `env_file:` does, an app by dotenv. What they set, stays. Here is what tells that they did.
 */
interface Plaintext {
  path: string;
  /** A person's own, `.env.local`: it is meant to win. */
  personal: boolean;
  /** Of the names that are asked for, all that it gives them; null where it is too large to tell. */
  values: ReadonlyMap<string, readonly string[]> | null;
}

/** A folder holds a few small ones; more would be there to hold up a boot, or to hide one of them. */
const MOST_FILES = 1000;
const MOST_BYTES = 4 << 20;

/** What the folders hold, and what this node was told to read. None that cannot be read: whoever read it first could. */
function plaintexts(folders: Iterable<string>, wanted: ReadonlySet<string>): Plaintext[] {
  const named = [...folders].flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const paths = [...new Set([...envFileOptions(), ...named])];
  let left = MOST_BYTES;
  return paths.flatMap((path, index): Plaintext[] => {
    const size = sizeOf(path);
    if (size === null) return [];
    const personal = /\.env(\.[^/\\]*)?\.local$/.test(path);
    if (size > left || index >= MOST_FILES) return [{ path, personal, values: null }];
    left -= size;
    try {
      return [{ path, personal, values: valuesOf(readBounded(path, size)?.toString() ?? "", wanted) }];
    } catch {
      return [];
    }
  });
}

function sizeOf(path: string): number | null {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : null;
  } catch {
    return null;
  }
}

/** A row of its own, whatever quote is open there: readers do not agree on that, nor on which of two rows counts. */
const ROW = /^[^\S\r\n]*(?:export[^\S\r\n]+)?([\w.-]+)[^\S\r\n]*[=:](.*)$/gm;

function valuesOf(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (written: string, value: string) => {
    const name = asSet(written);
    if (wanted.has(name)) found.set(name, [...(found.get(name) ?? []).slice(-MOST_ROWS), value]);
  };
  for (const [name, value] of Object.entries(readLoosely(text))) add(name, value);
  for (const [, name = "", value = ""] of text.matchAll(ROW)) add(name, value);
  return found;
}

/** Rows of one name that are compared. */
const MOST_ROWS = 32;

/** Only Windows has names of any case. */
function asSet(name: string): string {
  return process.platform === "win32" ? name.toUpperCase() : name;
}

function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(isPlaintext).sort();
    // `.env` before all others, however many somebody put there.
    return [...names.filter((name) => name.startsWith(".env")), ...names.filter((name) => !name.startsWith(".env"))];
  } catch {
    return [];
  }
}

function isPlaintext(name: string): boolean {
  // What a template of such a name sets, a program that was told to read it gets all the same.
  return saysPlaintext(name) || /.\.env$/.test(name);
}

/** `--env-file=PATH`, `--env-file PATH`, and `--env-file-if-exists`: node and Bun show their own options. */
function envFileOptions(): string[] {
  return process.execArgv.flatMap((option, at, options) => {
    const found = /^--env-file(?:-if-exists)?(?:=(.*))?$/s.exec(option);
    const path = found === null ? undefined : (found[1] ?? options[at + 1]);
    return path === undefined ? [] : [resolve(path)];
  });
}

/** Names that a file accounts for, or may: it is too large to tell. */
export interface FromPlaintext {
  path: string;
  names: string[];
  isSeen: boolean;
}

/**
 * Names that keep another value than the vault's and that a plaintext file accounts for: an older value in it, or one that a
 * program expanded or unquoted in its own way. What was set by hand is none of them, nor what a personal file says.
 */
export function namesFromPlaintext(env: NodeJS.ProcessEnv, kept: readonly string[], folders: Iterable<string>): FromPlaintext[] {
  const files = kept.length === 0 ? [] : plaintexts(folders, new Set(kept.map(asSet)));
  const found = new Map<string, FromPlaintext>();
  for (const name of kept) {
    const accounts = ({ values }: Plaintext) => values?.get(asSet(name))?.some((value) => accountsFor(value, env[name] ?? "")) ?? false;
    const sources = files.filter(accounts);
    const source = sources[0] ?? files.find(({ values }) => values === null);
    if (source === undefined || source.personal || sources.some(({ personal }) => personal)) continue;
    const { names } = found.get(source.path) ?? { names: [] };
    found.set(source.path, { path: source.path, names: [...names, name], isSeen: source.values !== null });
  }
  return [...found.values()];
}

/**
 * The file in these folders that accounts for a variable, a personal one too, or is too large to tell.
 * @param counts says it of one that this node was told to read by name, which may be anywhere
 */
export function plaintextBehind(
  name: string,
  value: string,
  folders: ReadonlySet<string>,
  counts = (path: string) => folders.has(dirname(path)),
): string | undefined {
  return plaintexts(folders, new Set([asSet(name)])).find(
    ({ path, values }) => counts(path) && (values === null || values.get(asSet(name))?.some((written) => accountsFor(written, value))),
  )?.path;
}

/** Readers of dotenv files agree on all but quotes, escapes, white space, `#` and `$`. */
function accountsFor(written: string, value: string): boolean {
  const [left, right] = [bare(written), bare(value)];
  return left === right || /[$#]/.test(written) || right.startsWith(`${left}#`);
}

function bare(text: string): string {
  return text.replace(/\\[nrt]|[\s'"`\\]/g, "");
}

/** The first of the files there that sets a variable, or is too large to tell. */
export function plaintextWith(name: string, folders: Iterable<string>): string | undefined {
  return plaintexts(folders, new Set([name])).find(({ values }) => values === null || values.has(name))?.path;
}
