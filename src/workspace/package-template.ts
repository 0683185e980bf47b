import { readFileSync } from "node:fs";

/**
 * The text of a file in the package's `templates` folder.
 * This file lies two folders below the package, as the bundle of the CLI does: the way up is the same from both.
 */
export function packageTemplate(name: string): string {
  return readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");
}
