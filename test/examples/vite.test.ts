import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Example, noRegistry, notHeavy, SECRET } from "../support/examples.ts";
import { sampled } from "../support/sample.ts";
import { ROOT } from "../support/sandbox.ts";

const BUILD = ["vite", "build", "--sourcemap"];

const skipped = noRegistry();

describe.skipIf(skipped !== null)(skipped ?? "examples/vite", () => {
  it("serves, builds, and fails a build that holds a secret", { timeout: 300_000 }, async () => {
    const example = await Example.of("vite");
    expect(await example.run(BUILD)).toMatchObject({ code: 0 });
    const built = example.texts("dist");
    expect(built).toContain("hello");
    expect(built).toContain("3000");
    expect(built).not.toContain(SECRET);
    expect(await example.run(BUILD, { env: { ENVSEAL_KEY: "" } })).toMatchObject({ code: 1, stderr: expect.stringContaining("no key") });
    expect(await example.run(BUILD, { env: { ENVSEAL: "off", ENVSEAL_KEY: "" } })).toMatchObject({ code: 0 });

    const serve = (port: number) => ["vite", "--host", "127.0.0.1", "--port", String(port), "--strictPort"];
    const dev = await example.serve(serve, { env: { PORT: undefined } });
    const [, meta = ""] = /import\.meta\.env = (\{.*?\});/.exec(await dev.get("/src/main.js")) ?? [];
    expect(JSON.parse(meta)).toMatchObject({ VITE_GREETING: "hello", PORT: "3000" });
    expect(meta).not.toContain("API_KEY");
    dev.stop();

    example.write("src/key.txt", `${SECRET}${"\n".repeat(5000)}`);
    example.write("src/key.css", `body { content: "${SECRET}" }`);
    const main = example.read("src/main.js");
    const encoded = Buffer.from(`Bearer ${SECRET}`).toString("base64");
    const leaks = [
      ["as it is", `globalThis.key = "${SECRET}";`],
      ["in base64", `globalThis.key = "${encoded}";`],
      ["in an asset", `import key from "./key.txt?url"; globalThis.key = key;`],
      ["in a style", `import "./key.css";`],
      ["in a source map alone", `/* ${SECRET} */`],
    ] as const;
    for (const [how, source] of sampled(leaks, 3)) {
      example.write("src/main.js", `${main}\n${source}`);
      const { code, stdout, stderr } = await example.run(BUILD);
      expect(code, how).toBe(1);
      expect(stderr, how).toMatch(/assets\/\S+ .*holds the value of API_KEY \(\.env\.vault, v1\)/);
      expect(stdout + stderr, how).not.toContain(SECRET);
    }

    example.write("src/main.js", `${main}\nglobalThis.key = __KEY__;`);
    const define = "define: { __KEY__: JSON.stringify(process.env.API_KEY) },\n  plugins:";
    example.write(
      "vite.config.js",
      example.read("vite.config.js").replace("defineConfig({\n  plugins:", `defineConfig(() => ({\n  ${define}`).replace("});", "}));"),
    );
    const inherited = ["node_modules/.bin/envseal", "run", "--", ...BUILD];
    expect(await example.run(inherited), "opened by the parent").toMatchObject({ code: 1, stderr: expect.stringContaining("API_KEY") });
  });

  it.skipIf(notHeavy() !== null)("fits Vite's own type", { timeout: 300_000 }, async () => {
    const example = await Example.of("vite");
    example.write(
      "typed.ts",
      'import { envseal } from "envseal/vite";\nimport type { Plugin } from "vite";\nexport const plugin: Plugin = envseal({ override: true });\n',
    );
    const tsc = [
      process.execPath,
      join(ROOT, "node_modules/typescript/bin/tsc"),
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
    ];
    expect(await example.run([...tsc, "typed.ts"])).toMatchObject({ code: 0, stdout: "" });
  });
});
