import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

const SCRIPT = `import { openVaultText } from "envseal/edge"; import { readFileSync } from "node:fs";
const read = (path) => readFileSync(path, "utf8");
try { console.log(JSON.stringify(openVaultText(read(".env.vault"), { key: process.env.K, ...(process.env.M && { manifest: read(process.env.M) }) }))); }
catch (error) { console.log(error.code ?? error); process.exitCode = 1; }`;

function open(project: Project, env: Record<string, string>, args: string[] = []): string {
  return project.node([...args, "edge.mjs"], { env }).stdout.trim();
}

describe("envseal/edge", () => {
  it.each([
    ["node:crypto", []],
    ["noble", ["--conditions=envseal-portable"]],
  ])("opens a vault text with a key string, on %s", (_, args) => {
    const project = sealedProject({ ".env": 'A=it\'s\nPORT=3000\nB="x\\ny"\n' });
    project.install();
    project.write("edge.mjs", SCRIPT);
    const identity = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    const readOnly = project.ok(["deploy-key", "create", "ro", "--read-only"]).stdout.trim();
    const values = { A: "it's", PORT: "3000", B: "x\ny" };
    expect(JSON.parse(open(project, { K: identity, M: "envseal.json" }, args))).toEqual(values);
    expect(JSON.parse(open(project, { K: readOnly }, args))).toEqual(values);
    expect(open(project, { K: identity }, args)).toBe("NO_MANIFEST");
    expect(open(project, { K: readOnly.slice(0, -2) }, args)).toBe("MALFORMED_KEY");
    project.ok(["require", "A"]);
    project.ok(["unset", "A"]);
    expect(open(project, { K: identity, M: "envseal.json" }, args)).toBe("MISSING_REQUIRED");
    project.write(".env.vault", project.read(".env.vault").replace("PORT='3000'", "PORT='1'"));
    expect(open(project, { K: readOnly }, args)).toBe("TAMPERED");
    const manifest = JSON.parse(project.read("envseal.json"));
    manifest.environments.default.settings.required = [];
    project.write("envseal.json", JSON.stringify(manifest));
    expect(open(project, { K: identity, M: "envseal.json" }, args)).toBe("FORGED_MANIFEST");
  });
});
