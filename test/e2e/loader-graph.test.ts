import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { ROOT, sealedProject } from "../support/sandbox.ts";

describe("the loader", () => {
  it("loads nothing but itself, dotenv's parser inside, and node's own modules", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.install();
    const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
    const list = `const { Module } = require("node:module"); const seen = []; const load = Module._load; Module._load = function (name, ...rest) { seen.push(name); return load.call(this, name, ...rest); }; require("envseal/config"); console.log(JSON.stringify([seen, Object.keys(require.cache)]));`;
    const [names, files] = JSON.parse(project.node(["-e", list], { env: { ENVSEAL_KEY: key } }).stdout) as [string[], string[]];
    const builtin = (name: string) => name.startsWith("node:") || ["fs", "path", "os", "url"].includes(name);
    expect(names.filter((name) => !builtin(name)).sort()).toEqual(["./index.cjs", "envseal/config"]);
    expect([...new Set(names.filter(builtin).map((name) => name.replace("node:", "")))].sort()).toEqual([
      "buffer",
      "crypto",
      "fs",
      "os",
      "path",
      "url",
    ]);
    expect(files.map((file) => file.replace(`${ROOT}/`, "")).sort()).toEqual(["dist/config.cjs", "dist/index.cjs"]);
  });

  it("has no git, CLI or terminal code in its bundle", async () => {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ["src/index.ts"],
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
      outfile: "index.cjs",
    });
    const modules = Object.keys(metafile.inputs);
    expect(modules.length).toBeGreaterThan(15);
    expect(
      modules.filter(
        (name) => !/^src\/(core|crypto|age|custody|project|system|loader|errors|index|printable)|^node_modules\/dotenv\//.test(name),
      ),
    ).toEqual([]);
    expect(modules.filter((name) => /\/git\/|project.lock|write|child|origin/.test(name))).toEqual([]);
    const bundle = readFileSync(join(ROOT, "dist/index.cjs"), "utf8");
    expect(bundle).not.toMatch(/child_process|require\(["'`](?!node:|fs["'`]|path["'`]|os["'`]|url["'`])/);
  });
});
