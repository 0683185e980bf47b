import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertStrong } from "../../src/custody/strength.ts";
import { tarball } from "../support/examples.ts";
import { sampled } from "../support/sample.ts";
import { ROOT, sealedProject } from "../support/sandbox.ts";

/** What an install puts on a disk of it, with the packages that it needs no more: those alone were twice as much. */
const BUDGET = 1_950_000;

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
      "THIRD-PARTY.md",
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

  it("says whose code is bundled in it, and under which licence", async () => {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ["src/bin/cli.ts", "src/index.ts", "src/bin/hook-main.ts"],
      outdir: "unwritten",
      bundle: true,
      platform: "node",
      format: "esm",
      write: false,
      metafile: true,
      alias: { "#crypto": join(ROOT, "src/crypto/node.ts") },
      external: ["yaml", "@napi-rs/keyring"],
    });
    const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
    );
    const bundled = new Set(used.flatMap(([path]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
    const told = readFileSync(unpacked("THIRD-PARTY.md"), "utf8");
    const listed = [...told.matchAll(/^- ([^:]+): Copyright|^(\S+), under the BSD/gm)].flatMap(
      ([, several, one]) => several?.split(", ") ?? [one],
    );
    expect([...bundled].sort()).toEqual(listed.sort());
    for (const name of bundled) {
      const folder = join(ROOT, "node_modules", name);
      const licence = readFileSync(join(folder, readdirSync(folder).find((file) => /^licen[cs]e/i.test(file)) ?? ""), "utf8");
      for (const [line] of licence.matchAll(/Copyright (?:\(c\)|\d).*?(?=\s*$)/gm)) expect(told).toContain(line);
    }
  });

  it("runs nothing when it is installed", () => {
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([]);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(5);
    // What this repository runs for itself, npm would warn of.
    const published = JSON.parse(readFileSync(unpacked("package.json"), "utf8"));
    expect(published).toMatchObject({
      name: "envseal",
      version: expect.any(String),
      bin: { envseal: "dist/bin/cli.js" },
      exports,
      dependencies,
    });
    for (const own of ["scripts", "devDependencies", "overrides"]) expect(published).not.toHaveProperty(own);
    expect(Object.keys(exports)).toEqual([".", "./config", "./edge", "./next", "./vite", "./schema.json", "./package.json"]);
  });
});
