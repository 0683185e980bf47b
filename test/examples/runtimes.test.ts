import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { edgeCases, edgeScript } from "../support/edge.ts";
import { notHeavy } from "../support/examples.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

const skipped = notHeavy();
const SERVER = { HOME: "/nonexistent", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" };
const folder = mkdtempSync(join(tmpdir(), "envseal-runtimes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How each runtime starts a file with everything allowed, its own program first; null where npm has none for this machine. */
function runtime(name: "bun" | "deno", args: readonly string[]): readonly string[] | null {
  if (skipped !== null) return null;
  const own = join(folder, name);
  mkdirSync(own);
  writeFileSync(join(own, "package.json"), '{ "private": true }\n');
  const env = { ...process.env, npm_config_cache: join(homedir(), ".npm") };
  const installed = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", name], { cwd: own, env });
  const program = join(own, "node_modules/.bin", name);
  return installed.status === 0 && spawnSync(program, ["--version"]).status === 0 ? [program, ...args] : null;
}

describe.each([
  ["Deno", runtime("deno", ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"])],
  ["Bun", runtime("bun", ["run"])],
])("%s", (name, command) => {
  const why = command === null ? ` (${skipped ?? `skipped: needs ${name} from npm`})` : "";
  const runs = (project: Project, file: string, env: Record<string, string> = {}, options: readonly string[] = []) => {
    const [program, ...args] = command as readonly string[];
    const { status, stdout, stderr } = spawnSync(program as string, [...args, ...options, file], {
      cwd: project.folder,
      env: { ...project.sandbox.env, ...env },
      encoding: "utf8",
    });
    return { code: status, stdout, stderr };
  };

  it.skipIf(command === null)(`envseal/edge reads the vectors${why}`, { timeout: 300_000 }, () => {
    const project = sealedProject();
    project.install();
    const cases = edgeCases();
    project.write("edge.mjs", `${edgeScript(cases)}\nconsole.log(JSON.stringify(run()));`);
    const { stdout, stderr } = runs(project, "edge.mjs");
    expect(stderr).toBe("");
    const results = JSON.parse(stdout);
    expect(cases.map(({ about }, index) => ({ about, result: results[index] }))).toEqual(
      cases.map(({ about, expected }) => ({ about, result: expected })),
    );
  });

  it.skipIf(command === null)(
    `the loader opens, by import and by require, and stops an app that has no key${why}`,
    { timeout: 300_000 },
    () => {
      const project = sealedProject();
      project.install();
      const key = project.ok(["deploy-key", "create", "ci", "-q"]).stdout.trim();
      const print = "console.log(process.env.API_KEY, process.env.ENVSEAL_KEY ?? null);";
      project.write("app.mjs", `import "envseal/config";\n${print}`);
      project.write("app.cjs", `require("envseal").config();\n${print}`);
      const server = { ...SERVER, DENO_DIR: join(folder, "cache") };
      for (const file of ["app.mjs", "app.cjs"]) {
        expect(runs(project, file, { ...server, ENVSEAL_KEY: key }).stdout).toBe("sk_live_0123456789 null\n");
        const refused = runs(project, file, server);
        expect(refused).toMatchObject({ stdout: "", stderr: expect.stringContaining("there is no key for this project") });
        expect(refused.code).not.toBe(0);
      }
    },
  );

  it.skipIf(command === null)(`a plaintext file that it reads by itself is told of${why}`, { timeout: 300_000 }, () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nEXPANDED='pa$HOME'\nPORT=3000\n" });
    project.install();
    project.sandbox.env.CI = "1";
    project.write("app.mjs", 'import "envseal/config";\nconsole.log(process.env.API_KEY, process.env.EXPANDED, process.env.PORT);');
    const env = { DENO_DIR: join(folder, "cache"), HOME: project.sandbox.home };
    const run = (options: string[], file = "app.mjs") => runs(project, file, env, options);
    const option = name === "Deno" ? ["--env-file"] : [];
    project.write(".env", "API_KEY=stale\nEXPANDED='pa$HOME'\nPORT=3000\n");
    const stale = run(option);
    expect(stale).toMatchObject({ code: 0, stdout: expect.stringMatching(/^stale /) });
    expect(stale.stderr).toContain(`set before: API_KEY`);
    expect(stale.stderr).toContain(`${project.path(".env")} has it too`);
    expect(stale.stderr).not.toContain("stale");
    project.write(".env", "EXPANDED=pa$HOME\n");
    const expanded = run(option);
    expect(expanded.stdout).not.toContain("$HOME");
    expect(expanded.stderr).toContain("set before: EXPANDED. ");
    project.write(".env", "PORT=3000\nOTHER=1\n");
    expect(run(option)).toEqual({ code: 0, stdout: "sk_live_0123456789 pa$HOME 3000\n", stderr: "" });
    // What `envseal run` set is there before the program reads anything.
    project.write(".env", "API_KEY=stale\n");
    const [program, ...args] = command as readonly string[];
    const started = project.envseal(["run", "--", program as string, ...args, ...option, "app.mjs"], { env });
    expect(started).toEqual({ code: 0, stdout: "sk_live_0123456789 pa$HOME 3000\n", stderr: "" });
    // A committed file claims that all is loaded.
    const { id } = JSON.parse(project.read("envseal.json")).vaults[".env.vault"];
    project.write(".env", `ENVSEAL_LOADED=default:${id}\nAPI_KEY=forged\nEXPANDED=x\nPORT=1\n`);
    const forged = runs(project, "app.mjs", { ...env, ...SERVER }, option);
    expect(forged).toMatchObject({ stdout: "", stderr: expect.stringMatching(/sets ENVSEAL_LOADED.*\n[\s\S]*there is no key/) });
    expect(forged.code).not.toBe(0);
  });
});
