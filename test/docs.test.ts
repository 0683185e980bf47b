import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./support/sandbox.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

it("TROUBLESHOOTING has exactly one entry for each typed error, under its exit code", () => {
  const [, table = ""] = /const EXIT_CODES = \{([\s\S]*?)\} as const/.exec(read("src/errors.ts")) ?? [];
  const codes = [...table.matchAll(/^ {2}([A-Z_]+): (\d+),$/gm)].map(([, code, exit]) => `${exit} ${code}`);
  const entries: string[] = [];
  let exit = "";
  for (const line of read("docs/TROUBLESHOOTING.md").split("\n")) {
    exit = /^## Exit code (\d+)/.exec(line)?.[1] ?? exit;
    if (line.startsWith("### ")) entries.push(`${exit} ${line.slice(4)}`);
  }
  expect(codes.length).toBeGreaterThan(40);
  expect(entries.sort()).toEqual(codes.sort());
});
