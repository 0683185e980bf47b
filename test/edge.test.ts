import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { openVaultText, openVaultTextAsync } from "../src/edge.ts";
import { bundleForEdge, edgeCases, edgeScript } from "./support/edge.ts";
import { sealedProject } from "./support/sandbox.ts";

/** What an app ships for it, minified: as a browser gets it, and as gzip has it, which packs signatures and curves worse. */
const BUDGET = { brotli: 40_000, gzip: 46_000 };
const cases = edgeCases();
const expected = cases.map(({ about, expected }) => ({ about, expected }));
const outcomes = (results: unknown[]) => cases.map(({ about }, index) => ({ about, expected: results[index] }));

describe("envseal/edge", () => {
  it(`is under ${BUDGET.brotli / 1000} kB as it is sent, and holds nothing of Node and nothing but noble`, async () => {
    const { code, inputs } = await bundleForEdge('export { openVaultText } from "envseal/edge";');
    expect(brotliCompressSync(code).length).toBeLessThan(BUDGET.brotli);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(BUDGET.gzip);
    expect(inputs.filter((path) => /crypto\/node|loader|project|custody/.test(path))).toEqual([]);
    const packages = new Set(inputs.map((path) => /node_modules\/(@[^/]+|[^/]+)\//.exec(path)?.[1]).filter(Boolean));
    expect([...packages].sort()).toEqual(["@noble", "@scure"]);
    await expect(bundleForEdge('export { config } from "envseal";'), "a bundle of what needs Node fails").rejects.toThrow(/node:/);
  });

  it("reads the vectors in a realm that has only the language and TextEncoder", async () => {
    expect(cases.length).toBeGreaterThan(70);
    const { code } = await bundleForEdge(`${edgeScript(cases)}\nglobalThis.run = run;`, "iife");
    const realm = vm.createContext({ TextEncoder, TextDecoder });
    vm.runInContext(code, realm);
    expect(outcomes(JSON.parse(vm.runInContext("JSON.stringify(run())", realm)))).toEqual(expected);
  });

  it("gives the same as a promise, refusals as rejections", async () => {
    const results: unknown[] = [];
    for (const { text, options } of cases) results.push(await openVaultTextAsync(text, options).catch(({ code }) => ({ code })));
    expect(outcomes(results)).toEqual(expected);
  });

  it("checks a read-only key against the manifest it is given, as the loader does", () => {
    const project = sealedProject();
    const text = project.read(".env.vault");
    const listed = project.read("envseal.json");
    const key = project.ok(["deploy-key", "create", "ro", "--read-only"]).stdout.trim();
    const codeOf = (manifest: string, path?: string) => {
      try {
        return openVaultText(text, { key, manifest, ...(path !== undefined && { path }) }).PORT;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf(listed)).toBe("3000");
    expect(codeOf(listed, "other/.env.vault")).toBe("UNLISTED_VAULT");
    project.ok(["require", "PORT", "-q"]);
    expect(codeOf(project.read("envseal.json").replace(/("required": \[\s*)"PORT"/, '$1"GONE"'))).toBe("MISSING_REQUIRED");
    project.ok(["rotate", "--fence", "-q"]);
    expect(codeOf(project.read("envseal.json"))).toBe("BELOW_FLOOR");
    expect(codeOf("{}")).toBe("MALFORMED_MANIFEST");
  });

  const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0);

  it.skipIf(chromium === undefined)(chromium ? "reads them in a browser" : "skipped: needs chromium", { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "envseal-page-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { code } = await bundleForEdge(
      `${edgeScript(cases)}\ndocument.body.textContent = encodeURIComponent(JSON.stringify(run()));`,
      "iife",
    );
    writeFileSync(join(folder, "page.js"), code);
    writeFileSync(join(folder, "page.html"), '<!doctype html><meta charset="utf-8"><body><script src="page.js"></script></body>');
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(folder, "profile")}`, "--dump-dom"];
    const dom = execFileSync(chromium as string, [...options, `file://${join(folder, "page.html")}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [, text = "null"] = /<body>([^<]*)/.exec(dom) ?? [];
    expect(outcomes(JSON.parse(decodeURIComponent(text)))).toEqual(expected);
  });
});
