import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertStrong } from "../../src/custody/strength.ts";
import { tarball } from "../support/examples.ts";
import { sampled } from "../support/sample.ts";
import { ROOT, sealedProject } from "../support/sandbox.ts";

/** Issue 6: what an install puts on a disk of it. */
const BUDGET = 1_000_000;

describe("the package", () => {
  let folder = "";
  let files: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "envseal-unpacked-"));
    execFileSync("tar", ["-xzf", tarball(), "-C", folder]);
    files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(folder, "package"), join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const unpacked = (path: string) => join(folder, "package", path);
  const { dependencies, scripts, exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

  it("holds what runs, and no tests, sources or source maps", () => {
    for (const needed of [
      "dist/bin/cli.js",
      "dist/index.cjs",
      "dist/config.cjs",
      "dist/edge.js",
      "dist/crypto/portable.js",
      "dist/next.cjs",
      "dist/vite.mjs",
      "templates/gitignore",
      "LICENSE",
      "README.md",
    ])
      expect(files).toContain(needed);
    expect(files.filter((path) => /^(test|src|scripts|docs|\.)|\.map$|\.ts$/.test(path) && !/\.d\.[cm]?ts$/.test(path))).toEqual([]);
    expect(files.filter((path) => readFileSync(unpacked(path), "utf8").includes("sourceMappingURL"))).toEqual([]);
    // The compiler's declarations that no entry reaches describe what nobody can import.
    expect(files.filter((path) => /^dist\/(commands|workspace|ui|git|guard|history|import)\//.test(path))).toEqual([]);
  });

  it(`is under ${BUDGET / 1e6} MB unpacked`, () => {
    const size = files.reduce((sum, path) => sum + statSync(unpacked(path)).size, 0);
    expect(size).toBeGreaterThan(BUDGET / 2);
    expect(size).toBeLessThan(BUDGET);
  });

  it("refuses the passphrases that its sources refuse, by the same number of guesses", () => {
    const project = sealedProject();
    const file = join(project.sandbox.root, "passphrase");
    const built = (passphrase: string) => {
      writeFileSync(file, passphrase);
      const { code, stderr } = project.envseal(["backup", "create", join(project.sandbox.root, "backup"), "--passphrase-file", file]);
      return code === 0 ? "strong" : stderr;
    };
    const source = (passphrase: string) => {
      try {
        assertStrong(passphrase, ["envseal"]);
        return "strong";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const tried = ["letmein123", "correct horse battery", "zxcvbnm,./", "abacus zoology", "blink182 rush2112", "aaaaaaaaa", "Tr0ub4dor&3"];
    expect(new Set(tried.map(source)).size).toBeGreaterThan(4);
    for (const passphrase of sampled(tried, 3)) expect(built(passphrase)).toContain(source(passphrase));
    expect(built("orbit velvet cactus mango quartz lantern")).toBe("strong");
  });

  it("runs nothing when it is installed", () => {
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(10);
    expect(Object.keys(exports)).toEqual([".", "./config", "./edge", "./next", "./vite", "./schema.json", "./package.json"]);
  });
});
