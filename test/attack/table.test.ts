import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/sandbox.ts";
import { rowsOf, SECTIONS, securityTests, testsOf } from "./table/text.ts";

/** A test file's text, with that of the rows in the folder of its name. */
const sourceOf = (file: string): string => {
  const folder = join(ROOT, "test", file.replace(/\.test\.ts$/, ""));
  const beside = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return [join(ROOT, "test", file), ...beside].map((path) => readFileSync(path, "utf8")).join("\n");
};

describe("the table of attacks", () => {
  it("is docs/project/security-tests.md: npm run security-tests", () => {
    expect(readFileSync(join(ROOT, "docs/project/security-tests.md"), "utf8")).toBe(securityTests());
  });

  it("names each attack once, and tests that are there", () => {
    const rows = rowsOf(SECTIONS);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(new Set(rows.map(({ attack }) => attack)).size).toBe(rows.length);
    const sources = new Map<string, string>();
    const missing = rows.flatMap((row) =>
      testsOf(row).filter((test) => {
        const [file = "", title = ""] = test.split(/#(.*)/s);
        const source = sources.get(file) ?? sourceOf(file);
        sources.set(file, source);
        // Titles that a table puts together stand there in parts.
        return !source.includes(title) && !title.split(/: |%s|\b[A-Z_]+=(?= )/).every((part) => source.includes(part.trim()));
      }),
    );
    expect(missing).toEqual([]);
  });

  it("has a row for everything that the threat model says remains", () => {
    expect(rowsOf(SECTIONS).filter(({ id }) => id.startsWith("R")).length).toBeGreaterThanOrEqual(8);
    for (const { tests } of rowsOf(SECTIONS)) expect(tests.length).toBeGreaterThan(0);
  });
});
