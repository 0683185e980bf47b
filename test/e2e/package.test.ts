import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/sandbox.ts";

interface Packed {
  unpackedSize: number;
  files: { path: string }[];
}

describe("the package", () => {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [Packed];
  const { dependencies, scripts, exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

  it("holds what runs, and no tests, sources or source maps", () => {
    const paths = packed.files.map(({ path }) => path);
    for (const needed of [
      "dist/bin/cli.js",
      "dist/index.cjs",
      "dist/config.cjs",
      "dist/edge.js",
      "dist/next.cjs",
      "dist/vite.mjs",
      "templates/gitignore",
      "LICENSE",
      "README.md",
    ])
      expect(paths).toContain(needed);
    expect(paths.filter((path) => /^(test|src|scripts|docs|\.)|\.map$|\.ts$/.test(path) && !/\.d\.[cm]?ts$/.test(path))).toEqual([]);
    // Half of it is the dictionary that refuses weak passphrases.
    expect(packed.unpackedSize).toBeLessThan(2_000_000);
  });

  it("runs nothing when it is installed", () => {
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(12);
    expect(Object.keys(exports)).toEqual([".", "./config", "./edge", "./next", "./vite", "./schema.json", "./package.json"]);
  });
});
