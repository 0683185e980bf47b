import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { saysTemplate } from "../core/names.ts";
import { readLoosely } from "../core/vault/document.ts";

/** The values that templates give each name. */
export type Templates = ReadonlyMap<string, readonly string[]>;

/** Real ones are a hundredth of it, each and together. */
const MAX_BYTES = 1 << 20;
const MOST_BYTES = 4 << 20;
const MOST_FILES = 256;
/** In front of a default that people uncomment to change it. */
const COMMENTED = /^[ \t]*#+[ \t]*(?=(?:export[ \t]+)?[A-Z_][A-Z0-9_]{0,255}=)/gm;

/** `.env.example`, `.env.dev.example`, `.env.example.docker`, `env.sample`. */
export function isTemplate(name: string): boolean {
  return /env/i.test(name) && saysTemplate(name) && !/\.vault$/i.test(name);
}

/** What the templates in these folders say in clear is public. One that cannot be read says nothing. */
export function valuesOfTemplates(folders: Iterable<string>): Templates {
  return valuesIn([...new Set(folders)].flatMap(templatesIn).map(readSmall));
}

/** @param contents of templates; what is too much of it says nothing */
export function valuesIn(contents: readonly Buffer[]): Templates {
  let left = MOST_BYTES;
  const read: Templates[] = [];
  for (const content of contents.slice(0, MOST_FILES)) {
    if (content.length > Math.min(left, MAX_BYTES)) continue;
    left -= content.length;
    const text = content.toString();
    for (const each of [text, text.replace(COMMENTED, "")])
      read.push(new Map(Object.entries(readLoosely(each)).map(([name, value]) => [name, [value]])));
  }
  return merged(read);
}

export function merged(all: readonly Templates[]): Templates {
  const values = new Map<string, readonly string[]>();
  for (const [name, more] of all.flatMap((each) => [...each])) values.set(name, [...(values.get(name) ?? []), ...more]);
  return values;
}

function templatesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(isTemplate).sort();
    return names.slice(0, MOST_FILES).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readSmall(path: string): Buffer {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(path) : Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
