import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Example, GREETING, notHeavy, SECRET } from "../support/examples.ts";

const NEXT = (...args: string[]) => ["npx", "--no-install", "next", ...args];
const QUIET = { NEXT_TELEMETRY_DISABLED: "1" };

/** What a route sees of the key. */
const ENVIRONMENT = `export const dynamic = "force-dynamic";
export const GET = () => {
  const { ENVSEAL_KEY, ENVSEAL_LOADED, LOCAL, GREETING } = process.env;
  return Response.json({ key: ENVSEAL_KEY, loaded: ENVSEAL_LOADED !== undefined, local: LOCAL, greeting: GREETING });
};`;

/** Nobody may write below it; root could all the same, so where this is root, it runs as nobody. */
function readOnly(folder: string): readonly string[] {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
  chmodSync(folder, 0o555);
  chmodSync(join(folder, ".."), 0o755);
  return process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
}

const skipped = notHeavy();

describe.skipIf(skipped !== null)(skipped ?? "examples/nextjs", () => {
  it.each(["--turbopack", "--webpack"])("dev, build, start and standalone, %s", { timeout: 600_000 }, async (bundler) => {
    const example = await Example.of("nextjs");
    example.write("app/api/environment/route.ts", ENVIRONMENT);
    expect(await example.run(NEXT("build", bundler), { env: { ...QUIET, ENVSEAL_KEY: "" } }), "no key, no build").toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no key for this project"),
    });

    const dev = await example.serve((port) => NEXT("dev", bundler, "-H", "127.0.0.1", "-p", String(port)), { env: QUIET });
    expect(JSON.parse(await dev.get("/api/greeting"))).toEqual({ greeting: GREETING });
    // Next reads .env again, and puts its own copy of the environment back.
    example.write(".env.local", "LOCAL=1\n");
    await expect.poll(() => dev.log, { timeout: 20_000 }).toContain("Reload env");
    expect(JSON.parse(await dev.get("/api/environment"))).toEqual({ key: "", loaded: true, local: "1", greeting: GREETING });
    dev.stop();
    rmSync(example.path(".env.local"));
    rmSync(example.path(".next"), { recursive: true });

    const built = await example.run(NEXT("build", bundler), { env: QUIET });
    expect(built.code, built.stdout + built.stderr).toBe(0);
    expect(built.stdout, "Next reads no vault by itself").not.toContain("Environments:");
    expect(example.texts(".next/static")).toContain("hello");
    expect(example.texts(".next/static")).not.toContain(SECRET);
    expect(example.texts(".next/standalone/.next")).not.toContain(SECRET);

    const started = await example.serve((port) => NEXT("start", "-H", "127.0.0.1", "-p", String(port)), { env: QUIET });
    expect(JSON.parse(await started.get("/api/greeting"))).toEqual({ greeting: GREETING });
    started.stop();

    const folder = join(example.sandbox.root, "srv", "app");
    cpSync(example.path(".next/standalone"), folder, { recursive: true, verbatimSymlinks: true });
    chmodSync(example.sandbox.root, 0o755);
    expect(readdirSync(folder).filter((name) => name.startsWith(".env"))).toEqual([".env.vault"]);
    const asNobody = readOnly(folder);
    rmSync(example.path("node_modules"), { recursive: true });
    const env = { PATH: "/usr/bin:/bin", HOME: undefined };
    const server = await example.serve(() => [...asNobody, process.execPath, join(folder, "server.js")], { env, cwd: "/" });
    expect(JSON.parse(await server.get("/api/greeting"))).toEqual({ greeting: GREETING });
    expect(await server.get("/")).toMatch(/server: .*it is \$HOME, literally.*browser: .*hello/);
    server.stop();

    const preloaded = () => [...asNobody, process.execPath, "-r", "envseal/config", "server.js"];
    const early = await example.serve(preloaded, { env, cwd: folder });
    expect(JSON.parse(await early.get("/api/greeting"))).toEqual({ greeting: GREETING });
    early.stop();

    const keyless = example.serve(() => [...asNobody, process.execPath, join(folder, "server.js")], {
      env: { ...env, ENVSEAL_KEY: "" },
      cwd: "/",
    });
    await expect(keyless).rejects.toThrow(/the server ended with 1[\s\S]*envseal: there is no key for this project[\s\S]*hint: /);
  });
});
