import { chmodSync, cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Example, notHeavy, tarball } from "../support/examples.ts";
import { CLI, type Project, sandbox } from "../support/sandbox.ts";

/** Each at a version of its own, from npm. `exec` runs a program of the project's, or node; `start` a package's script. */
const MANAGERS = {
  npm: { bin: ["npm"], add: ["install"], exec: ["exec", "--"], start: (name: string) => ["run", "--silent", "start", "-w", name] },
  "pnpm 10": {
    bin: ["npx", "--yes", "pnpm@10"],
    add: ["add"],
    exec: ["exec"],
    start: (name: string) => ["--silent", "--filter", name, "start"],
  },
  "yarn 1": {
    bin: ["npx", "--yes", "yarn@1"],
    add: ["add"],
    exec: ["run", "-s"],
    start: (name: string) => ["-s", "workspace", name, "start"],
  },
  "yarn 4, Plug'n'Play": {
    bin: ["npx", "--yes", "@yarnpkg/cli-dist@4"],
    add: ["add"],
    exec: ["run"],
    start: (name: string) => ["workspace", name, "start"],
  },
};

const SERVER = "console.log(JSON.stringify({ name: process.env.NAME, key: process.env.ENVSEAL_KEY ?? null }));";
/** Caches and stores of the machine's, so that a package is fetched once. */
const CACHES = { HOME: homedir(), YARN_ENABLE_IMMUTABLE_INSTALLS: "false", YARN_ENABLE_TELEMETRY: "0", CI: undefined, ...trust() };

const skipped = notHeavy();

describe.skipIf(skipped !== null)(skipped ?? "package managers", () => {
  const cases = Object.entries(MANAGERS);

  it.each(cases)("%s: one manifest, a vault for each package of the workspace", { timeout: 600_000 }, async (name, manager) => {
    const example = workspace();
    const run = async (args: readonly string[], env: Record<string, string | undefined> = {}) => {
      const result = await example.run([...manager.bin, ...args], { env: { ...CACHES, ...env } });
      expect(result.code, `${name} ${args.join(" ")}\n${result.stdout}${result.stderr}`).toBe(0);
      return result.stdout;
    };
    await run(["install"]);
    for (const folder of ["web", "api"]) {
      const output = await run(manager.start(folder), { ENVSEAL_KEY: example.key, HOME: example.sandbox.home });
      expect(said(output), folder).toEqual({ name: `of ${folder}`, key: null });
    }
    const production = await run(manager.start("api"), { ENVSEAL_KEY: example.production });
    expect(said(production).name).toBe("of api, production");
  });

  it.each(cases)("%s: the tarball installs into an empty project and runs", { timeout: 600_000 }, async (_, { bin, add, exec }) => {
    const example = new Example(sandbox(), "");
    const folder = join(example.sandbox.root, "empty");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true }\n');
    writeFileSync(join(folder, "yarn.lock"), "");
    const run = (args: readonly string[]) => example.run([...bin, ...args], { cwd: folder, env: CACHES });
    const added = await run([...add, tarball()]);
    expect(added.code, added.stdout + added.stderr).toBe(0);
    expect((await run([...exec, "envseal", "--version"])).stdout).toMatch(/\d+\.\d+\.\d+/);
    const script =
      "console.log(typeof require('envseal').config, typeof require('envseal/next').withEnvseal, typeof require('envseal/vite').envseal)";
    writeFileSync(join(folder, "all.cjs"), script);
    const loaded = await run([...(bin.at(-1)?.includes("yarn") ? [] : exec), "node", "all.cjs"]);
    expect(loaded.stdout, loaded.stderr).toContain("function function function");
    if (bin[0] === "npm") expect(sizeOf(join(folder, "node_modules"))).toBeLessThan(10_000_000);
  });
});

describe("a container of one package", () => {
  it("opens its bundle on a read-only root, elsewhere, without a home", async () => {
    const example = workspace({ install: false });
    const image = join(example.sandbox.root, "image");
    mkdirSync(join(image, "node_modules/envseal"), { recursive: true });
    for (const name of ["dist", "package.json"])
      cpSync(join(CLI, "../../..", name), join(image, "node_modules/envseal", name), { recursive: true });
    example.ok(["bundle", image, "-f", "apps/web/.env.vault"]);
    const app = 'require("envseal").config({ path: require("node:path").join(__dirname, ".env.vault") });';
    writeFileSync(join(image, "server.cjs"), `${app}\n${SERVER}`);
    for (const entry of readdirSync(image, { recursive: true, withFileTypes: true }))
      chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
    chmodSync(image, 0o555);
    chmodSync(example.sandbox.root, 0o755);
    const asNobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    const env = { HOME: undefined, LANG: undefined, GIT_CONFIG_GLOBAL: undefined, ENVSEAL_KEY: example.key };
    const command = [...asNobody, process.execPath, join(image, "server.cjs")];
    const { stdout, stderr } = await example.run(command, { cwd: "/", env });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ name: "of web", key: null });
    expect((await example.run(command, { cwd: "/", env: { ...env, ENVSEAL_KEY: "" } })).stderr).toContain("there is no key");
    chmodSync(image, 0o755);
    chmodSync(join(image, ".env.vault"), 0o644);
    writeFileSync(join(image, ".env.vault"), example.read("apps/api/.env.vault"));
    expect((await example.run(command, { cwd: "/", env })).stderr, "another package's vault").toMatch(/FOREIGN_VAULT|UNLISTED_VAULT/);
  });
});

/** What the app printed, among what its package manager did. */
function said(output: string): { name: string; key: string | null } {
  return JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? "null");
}

/** Where npm is told to trust a proxy's certificate, the others are told too. */
function trust(): Record<string, string | undefined> {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? process.env.npm_config_cafile;
  return { NODE_EXTRA_CA_CERTS: file, YARN_HTTPS_CA_FILE_PATH: file };
}

/** Two packages with vaults of their own under one manifest. */
function workspace({ install = true } = {}): Example & { production: string } {
  const box = sandbox();
  const example = new Example(box, join(box.root, "repo")) as Example & { production: string };
  mkdirSync(example.folder);
  example.git("init", "-q");
  example.write("package.json", JSON.stringify({ name: "root", private: true, workspaces: ["apps/*"] }));
  example.write("pnpm-workspace.yaml", "packages:\n  - apps/*\n");
  example.write("yarn.lock", "");
  for (const name of ["web", "api"]) {
    const dependencies = install ? { envseal: `file:${tarball()}` } : {};
    const scripts = { start: "node -r envseal/config server.cjs" };
    example.write(`apps/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", private: true, scripts, dependencies }));
    example.write(`apps/${name}/server.cjs`, SERVER);
    example.write(`apps/${name}/.env`, `NAME=of ${name}\n`);
  }
  example.write("apps/api/.env.production", "NAME=of api, production\n");
  example.ok(["init", "--yes", "--no-hooks", "-q"]);
  example.key = deployKey(example, "default");
  example.production = deployKey(example, "production");
  return example;
}

const deployKey = (project: Project, environment: string) =>
  project.ok(["deploy-key", "create", environment, "-e", environment]).stdout.trim();

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
