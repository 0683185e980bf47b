import { describe, expect, it } from "vitest";
import { Example, GREETING, notHeavy, SECRET } from "../support/examples.ts";
import { nodeOf } from "../support/nodes.ts";

const skipped = notHeavy();
const npm = (script: string) => ["npm", "run", "--silent", script];

async function ok(example: Example, command: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await example.run(command, { env });
  expect(code, stdout + stderr).toBe(0);
  return stdout + stderr;
}

describe.skipIf(skipped !== null)(skipped ?? "examples", () => {
  it("nestjs", { timeout: 300_000 }, async () => {
    const example = await Example.of("nestjs");
    await ok(example, npm("build"));
    expect(await (await example.serve(() => npm("start"))).get()).toBe(GREETING);
    await expect(example.serve(() => npm("start"), { env: { ENVSEAL_KEY: "" } })).rejects.toThrow(/NO_KEY/);
  });

  it("sveltekit", { timeout: 300_000 }, async () => {
    const example = await Example.of("sveltekit");
    await ok(example, npm("build"));
    expect(example.texts("build/client")).toContain("hello");
    expect(example.texts("build"), "nothing private is built in").not.toContain(SECRET);
    const server = await example.serve(() => npm("start"));
    expect(await server.get()).toMatch(/server: it is \$HOME, literally[\s\S]*browser: hello/);
    server.stop();
    const page = example.read("src/routes/+page.svelte");
    example.write("src/routes/+page.svelte", page.replace("</script>", `  globalThis.key = "${SECRET}";\n</script>`));
    const leaking = await example.run(npm("build"));
    expect(leaking.code).toBe(1);
    expect(leaking.stdout + leaking.stderr).toContain("holds the value of API_KEY");
  });

  it("typescript, by tsx and by type stripping", { timeout: 300_000 }, async () => {
    const example = await Example.of("typescript");
    await ok(example, npm("types"));
    const tsx = await example.serve(() => npm("start:tsx"));
    expect(await tsx.get()).toBe(GREETING);
    expect(await tsx.get("/other")).toBe("{}");
    tsx.stop();
    for (const major of [22, 24]) {
      const stripped = await example.serve(() => [nodeOf(major), "--import", "envseal/config", "app.ts"]);
      expect(await stripped.get(), `node ${major}`).toBe(GREETING);
      stripped.stop();
    }
  });

  it.each(["jest", "vitest"])("%s", { timeout: 300_000 }, async (name) => {
    const example = await Example.of(name);
    expect(await ok(example, npm("test"))).toMatch(/1 passed/);
    // A preload in npm, the runner and each of its workers.
    expect(await ok(example, npm("test"), { NODE_OPTIONS: "-r envseal/config" })).toMatch(/1 passed/);
    const keyless = await example.run(npm("test"), { env: { ENVSEAL_KEY: "" } });
    expect(keyless.code).toBe(1);
    expect(keyless.stdout + keyless.stderr).toContain("there is no key for this project");
  });

  it.each(["pm2", "pm2:cluster"])("PM2 in the foreground: %s", { timeout: 300_000 }, async (script) => {
    const example = await Example.of("processes");
    const server = await example.serve(() => npm(script), { env: { PM2_HOME: example.path(".pm2"), HOME: example.sandbox.home } });
    expect(await server.get()).toBe(GREETING);
    expect(example.texts(".pm2")).not.toContain(SECRET);
  });
});
