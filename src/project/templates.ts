import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { saysTemplate } from "../core/names.ts";

/** The values that templates give each name. */
export type Templates = ReadonlyMap<string, readonly string[]>;

/** Real ones are a hundredth of it. */
const MAX_BYTES = 1 << 20;

/** `.env.example`, `.env.dev.example`, `.env.example.docker`, `env.sample`. */
export function isTemplate(name: string): boolean {
  return /env/i.test(name) && saysTemplate(name) && !/\.vault$/i.test(name);
}

/** What the templates in these folders say in clear is public. One that cannot be read says nothing. */
export function valuesOfTemplates(folders: Iterable<string>): Templates {
  return valuesIn([...new Set(folders)].flatMap(templatesIn).map(readSmall));
}

/** @param contents of templates */
export function valuesIn(contents: readonly Buffer[]): Templates {
  return merged(contents.map((content) => new Map(Object.entries(parse(content)).map(([name, value]) => [name, [value]]))));
}

export function merged(all: readonly Templates[]): Templates {
  const values = new Map<string, readonly string[]>();
  for (const [name, more] of all.flatMap((each) => [...each])) values.set(name, [...(values.get(name) ?? []), ...more]);
  return values;
}

function templatesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(isTemplate).sort();
    return names.map((name) => join(folder, name));
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
