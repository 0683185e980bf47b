import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Example, freePort, noRegistry } from "../support/examples.ts";
import { sampled } from "../support/sample.ts";

const skipped = noRegistry() === null ? null : "skipped: needs pm2 (and the npm registry, which has it)";

/** Not in an app's sandbox: PM2's sockets need a short path. */
const home = mkdtempSync(join(tmpdir(), "pm2-"));
const FORK = "ecosystem.config.js";
const CLUSTER = "ecosystem.cluster.config.js";

const MODES: [how: string, config: string][] = [
  ["fork mode, preloaded", FORK],
  ["cluster mode, opened by the app", CLUSTER],
];

class App {
  readonly example: Example;
  readonly name: string;
  port = 0;

  constructor(example: Example, name: string) {
    this.example = example;
    this.name = name;
  }

  /** A vault with a value of its own, and a key in a file. */
  static async of(name: string): Promise<App> {
    const example = await Example.of("processes", { keep: true });
    const app = new App(example, name);
    example.ok(["set", "GREETING"], { input: `of ${name}` });
    example.write("key", example.key);
    for (const file of [FORK, CLUSTER]) example.write(file, example.read(file).replace('name: "app"', `name: "${name}"`));
    return app;
  }

  /** As its user would, whoever started the daemon. */
  pm2(...args: string[]): string {
    return pm2(args, this.example.folder, { PORT: String(this.port), ENVSEAL_KEY_FILE: this.example.path("key") });
  }

  async start(config: string): Promise<void> {
    this.port = await freePort();
    this.pm2("start", config);
  }

  async answer(): Promise<string> {
    for (let left = 100; left > 0; left--) {
      try {
        return await (await fetch(`http://127.0.0.1:${this.port}/`)).text();
      } catch {
        await new Promise((done) => setTimeout(done, 100));
      }
    }
    throw new Error(`${this.name} never answered:\n${log()}`);
  }
}

let apps: App[] = [];

function pm2(args: readonly string[], cwd = "/", env: Record<string, string> = {}): string {
  const first = apps[0]?.example as Example;
  const { stdout, stderr } = spawnSync(first.path("node_modules/.bin/pm2"), args, {
    cwd,
    env: first.serverEnv({ ENVSEAL_KEY: undefined, PM2_HOME: home, ...env }),
    encoding: "utf8",
  });
  return stdout + stderr;
}

const log = () => (existsSync(join(home, "pm2.log")) ? readFileSync(join(home, "pm2.log"), "utf8") : "");

describe.skipIf(skipped !== null)(skipped ?? "two apps under one PM2", () => {
  beforeAll(async () => {
    apps = [await App.of("first"), await App.of("second")];
  }, 120_000);
  afterAll(() => {
    pm2(["kill"]);
    for (const { example } of apps) example.sandbox.remove();
    rmSync(home, { recursive: true, force: true });
  });

  it.each(sampled(MODES, 2))(
    "%s: each has its own values, and again after a resurrect from elsewhere",
    { timeout: 120_000 },
    async (_, config) => {
      pm2(["kill"]);
      for (const app of apps) await app.start(config);
      for (const app of apps) expect(await app.answer()).toBe(`of ${app.name}`);
      pm2(["save", "--force"]);
      const dump = readFileSync(join(home, "dump.pm2"), "utf8");
      for (const { example, name } of apps) for (const secret of [`of ${name}`, example.key]) expect(dump).not.toContain(secret);
      pm2(["kill"]);
      pm2(["resurrect"]);
      for (const app of apps) expect(await app.answer()).toBe(`of ${app.name}`);
    },
  );

  it("cluster mode, preloaded: refused, since it would be in the folder of whoever started the daemon", { timeout: 120_000 }, async () => {
    pm2(["kill"]);
    for (const app of apps) {
      app.example.write(
        "preloaded.config.js",
        `module.exports = { apps: [{ name: "${app.name}", cwd: __dirname, script: "server.js", node_args: "-r envseal/config", exec_mode: "cluster", autorestart: false }] };`,
      );
      const before = log().length;
      await app.start("preloaded.config.js");
      await expect.poll(() => log().slice(before), { timeout: 20_000 }).toContain("runs a preload in the folder of its daemon");
      await expect(fetch(`http://127.0.0.1:${app.port}/`)).rejects.toThrow();
    }
  });
});
