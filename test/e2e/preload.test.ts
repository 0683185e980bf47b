import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { isOwnMain } from "../../src/loader/own-main.ts";
import { KEY, run } from "../support/managers.ts";
import { type Project, ROOT, sealedProject } from "../support/sandbox.ts";

/** `NODE_OPTIONS="-r envseal/config"` reaches every program of node's, envseal's own too: those must find their key. */

const PRELOADS = ["-r envseal/config", "--import envseal/config"];

/** As in CI: a key in the environment, no identity at home, envseal in node_modules. */
function server(): { project: Project; env: Record<string, string> } {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\n`, "README.md": "# app\n" });
  project.install();
  project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
  const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  project.commitAll("first");
  return { project, env: { ...project.sandbox.otherHome("server"), ENVSEAL_KEY: key } };
}

describe.each(PRELOADS)("NODE_OPTIONS=%j", (NODE_OPTIONS) => {
  it("leaves the key to the commands, however they are started", () => {
    const { project, env } = server();
    const preloaded = { ...env, NODE_OPTIONS };
    mkdirSync(project.path("node_modules/.bin"));
    symlinkSync("../envseal/dist/bin/cli.js", project.path("node_modules/.bin/envseal"));
    const dist = project.path("node_modules/envseal/dist/bin");
    for (const cli of [join(dist, "cli.js"), join(dist, "cli"), project.path("node_modules/.bin/envseal"), join(ROOT, "dist/bin/cli.js")]) {
      expect(project.node([cli, "get", "API_KEY"], { env: preloaded })).toEqual({ code: 0, stdout: `${KEY}\n`, stderr: "" });
    }
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    for (const args of [["check", "--staged"], ["check", "--all"], ["scan"]])
      expect(project.envseal(args, { env: preloaded })).toMatchObject({
        code: 1,
        stdout: expect.stringContaining("holds the value of API_KEY"),
      });
    expect(project.envseal(["doctor"], { env: preloaded }).stdout).toContain("opens, 2 values");
  });

  it("leaves it to what git starts, and an identity too", () => {
    const { project, env } = server();
    project.ok(["hooks", "install", "-q"]);
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    for (const own of [env, {}]) {
      const commit = run(project, "git", ["commit", "-qm", "x"], { ...own, NODE_OPTIONS });
      expect(commit).toMatchObject({ code: 1, output: expect.stringContaining("holds the value of API_KEY") });
      expect(
        run(project, "git", ["-c", "core.hooksPath=/dev/null", "show", "HEAD:.env.vault", "--textconv"], {
          ...own,
          NODE_OPTIONS,
          ENVSEAL_REVEAL: "1",
        }).output,
      ).toContain(KEY);
    }
  });

  it("still opens the vault for an app, started by itself, by envseal run, or with a cli.js of its own", () => {
    const { project, env } = server();
    const preloaded = { ...env, NODE_OPTIONS };
    const app = "console.log(process.env.API_KEY, process.env.ENVSEAL_KEY)";
    for (const path of ["app.js", "cli.js", "dist/bin/cli.js", "dist/bin/hook.cjs", "node_modules/other/dist/bin/cli.js"]) {
      project.write(path, app);
      expect(project.node([project.path(path)], { env: preloaded }).stdout).toBe(`${KEY} undefined\n`);
    }
    expect(project.envseal(["run", "--", "node", "app.js"], { env: preloaded }).stdout).toBe(`${KEY} undefined\n`);
    expect(project.envseal(["run", "--keep-key", "--", "node", "app.js"], { env: preloaded }).stdout).toMatch(`${KEY} esk_`);
    // Behind -e and -p, what looks like a script is the app's own argument: whoever gives it does not decide.
    const cli = join(ROOT, "dist/bin/cli.js");
    for (const args of [
      ["-e", app, cli],
      [`--eval=${app}`, cli],
      ["-p", "process.env.API_KEY", cli],
      ["--input-type=module", "-e", app, cli],
    ])
      expect(project.node(args, { env: preloaded }).stdout).toContain(KEY);
    expect(project.node(["-", cli], { env: preloaded, input: app }).stdout).toContain(KEY);
  });
});

describe("a preload of another envseal", () => {
  it("is refused by the program whose key it took, with what to do", () => {
    const { project, env } = server();
    const copy = join(project.sandbox.root, "global/envseal");
    for (const part of ["dist", "hooks", "package.json"]) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    const cli = join(copy, "dist/bin/cli.js");
    const preloaded = { ...env, NODE_OPTIONS: "-r envseal/config" };
    for (const args of [
      ["get", "API_KEY"],
      ["check", "--all"],
      ["run", "--", "true"],
    ])
      expect(project.node([cli, ...args], { env: preloaded })).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(/another envseal was preloaded.*config\.cjs \[USAGE\]\n.*npx envseal/),
      });
    expect(project.node([cli, "get", "API_KEY"], { env }).stdout).toBe(`${KEY}\n`);
  });

  it("that took the key in npx is no reason to say that nothing was found", () => {
    const { project, env } = server();
    const preloaded = { ...env, NODE_OPTIONS: "-r envseal/config" };
    // What npx is: a program of node's that starts another.
    project.write(
      "npx.cjs",
      `process.exit(require("child_process").spawnSync(process.execPath, process.argv.slice(2), { stdio: "inherit" }).status)`,
    );
    const cli = join(ROOT, "dist/bin/cli.js");
    for (const args of [["check", "--all"], ["scan"]]) {
      expect(project.node(["npx.cjs", cli, ...args], { env: preloaded })).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/the key of default was taken by a loader.*\[NO_KEY\]\n.*NODE_OPTIONS/),
      });
      // Without a key there was none to be taken; with an identity at home there is one still.
      expect(project.envseal(args, { env: { ...env, ENVSEAL_KEY: undefined } as never }).code).toBe(0);
      expect(project.envseal(args, { env: { ENVSEAL_LOADED: "default:AAAAAAAAAAAAAAAA" } }).code).toBe(0);
      expect(project.envseal(args, { env: { ...env, ENVSEAL_KEY: "", ENVSEAL_LOADED: "staging:AAAAAAAAAAAAAAAA" } }).code).toBe(0);
    }
  });

  it("that a bundler put into an app's dist, beside a bin of the app's, opens the vault", async () => {
    const { project, env } = server();
    project.write("main.js", 'require("envseal/config"); console.log(process.env.PORT);');
    project.write("package.json", '{"name":"app"}');
    await build({
      absWorkingDir: project.folder,
      entryPoints: ["main.js"],
      bundle: true,
      platform: "node",
      outfile: project.path("dist/config.cjs"),
    });
    project.write("dist/bin/cli.js", 'require("../config.cjs");');
    expect(project.node(["dist/bin/cli.js"], { env }).stdout).toBe("3000\n");
  });
});

describe("isOwnMain", () => {
  const bin = "C:\\app\\node_modules\\envseal\\dist\\bin";
  it.each<[string | null, string | null, typeof posix, boolean]>([
    ["/app/node_modules/envseal/dist/bin/cli.js", "/app/node_modules/envseal/dist/bin", posix, true],
    ["/app/node_modules/envseal/dist/bin/hook.cjs", "/app/node_modules/envseal/dist/bin", posix, true],
    ["/app/node_modules/envseal/dist/cli.js", "/app/node_modules/envseal/dist/bin", posix, false],
    ["/app/node_modules/envseal/dist/bin/x/cli.js", "/app/node_modules/envseal/dist/bin", posix, false],
    ["/app/NODE_MODULES/envseal/dist/bin/cli.js", "/app/node_modules/envseal/dist/bin", posix, false],
    [`${bin}\\cli.js`, bin, win32, true],
    ["c:/APP/node_modules/envseal/dist/bin/cli.js", bin, win32, true],
    [`\\\\?\\${bin}\\cli.js`, bin, win32, false],
    ["D:\\app\\node_modules\\envseal\\dist\\bin\\cli.js", bin, win32, false],
    [null, bin, win32, false],
    ["/app/cli.js", null, posix, false],
  ])("%j of %j", (main, folder, path, own) => expect(isOwnMain(main, folder, path)).toBe(own));
});
