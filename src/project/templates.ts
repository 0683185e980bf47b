import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { saysTemplate } from "../core/names.ts";

/** The values that templates give each name. */
export type Templates = ReadonlyMap<string, readonly string[]>;

/** Real ones are a hundredth of it. */
const MAX_BYTES = 1 << 20;

/** `.env.example`, `.env.dev.example`, `.env.example.docker`, `env.sample`. */
function isTemplate(name: string): boolean {
  return /env/i.test(name) && saysTemplate(name) && !/\.vault$/i.test(name);
}

/** What the templates in these folders say in clear is public. One that cannot be read says nothing. */
export function valuesOfTemplates(folders: Iterable<string>): Templates {
  const values = new Map<string, string[]>();
  for (const path of [...new Set(folders)].flatMap(templatesIn)) {
    for (const [name, value] of Object.entries(parse(readSmall(path)))) values.set(name, [...(values.get(name) ?? []), value]);
  }
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
