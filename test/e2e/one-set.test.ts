import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, type Options, type Project, type Result, ROOT, sealedProject } from "../support/sandbox.ts";

/** One process holds one set of values: a child keeps its parent's, and a second vault is never mixed into the first. */

const FILES = { ".env": "A=root\nR=1\n", "apps/web/.env": "A=web\nW=1\n", "apps/same/.env": "A=root\nS=1\n", "apps/none/readme": "" };
const PRINT = "console.log(['A','R','W','S'].map((name) => process.env[name] ?? '-').join())";
const PRELOADED = [process.execPath, "-r", "envseal/config", "-e", PRINT];
const SERVER = { HOME: "/nonexistent", XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };

function workspace(files: Record<string, string> = FILES): { project: Project; key: string; away: Options } {
  const project = sealedProject(files);
  // No word about hooks that are not armed.
  project.sandbox.env.CI = "1";
  project.install();
  const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  return { project, key, away: { env: { ...SERVER, ENVSEAL_KEY: key } } };
}

/** What `envseal run` at the top starts in a folder. */
function inside(
  project: Project,
  folder: string,
  command: readonly string[],
  options: Options = {},
  flags: readonly string[] = [],
): Result {
  const start = `const { spawnSync } = require("node:child_process"); const { status } = spawnSync(${JSON.stringify(command[0])}, ${JSON.stringify(command.slice(1))}, { cwd: ${JSON.stringify(folder.startsWith("/") ? folder : project.path(folder))}, stdio: "inherit" }); process.exitCode = status;`;
  return project.envseal(["run", ...flags, "--", process.execPath, "-e", start], options);
}

const says = (stdout: string) => ({ code: 0, stdout: `${stdout}\n`, stderr: "" });
const refuses = (code: string) => ({ code: 1, stdout: "", stderr: expect.stringContaining(code) });

describe("a second vault", () => {
  it("is refused where it has another value for a name, by the loader and by run, in one environment too", () => {
    const { project } = workspace();
    const message = `values of another vault of default are loaded already (ENVSEAL_LOADED), and would win over those of default in ${project.path("apps/web")}: A [AMBIGUOUS_ENVIRONMENT]`;
    for (const command of [PRELOADED, [process.execPath, CLI, "run", "--", process.execPath, "-e", PRINT]]) {
      const refused = inside(project, "apps/web", command);
      expect(refused.stdout).toBe("");
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain(message);
      expect(inside(project, "apps/same", command)).toEqual(says("root,1,-,1"));
    }
    const twice = (second: string) =>
      `const { config } = require("envseal"); config(); config({ path: "apps/web/.env.vault"${second} }); ${PRINT}`;
    expect(project.node(["-e", twice("")])).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
    expect(project.node(["-e", twice(", override: true")])).toMatchObject(says("web,1,1,-"));
    const apart = `require("envseal").config(); console.log(require("envseal").load({ path: "apps/web/.env.vault" }).A); ${PRINT}`;
    expect(project.node(["-e", apart])).toMatchObject(says("web\nroot,1,-,-"));
  });

  it("sets nothing where it is refused", () => {
    const { project } = workspace();
    const code = `const { config } = require("envseal"); config(); try { config({ path: "apps/web/.env.vault" }) } catch ({ code }) { console.log(code) } ${PRINT}; console.log(process.env.ENVSEAL_LOADED.split(";").length)`;
    expect(project.node(["-e", code])).toMatchObject(says("AMBIGUOUS_ENVIRONMENT\nroot,1,-,-\n1"));
  });

  it("takes what the operator set for nobody's", () => {
    const { project } = workspace();
    expect(inside(project, "apps/web", PRELOADED, { env: { A: "operator", W: "2" } })).toEqual(says("operator,1,2,-"));
    const code = `require("envseal").config(); process.env.S = "mine"; require("envseal").config({ path: "apps/same/.env.vault" }); ${PRINT}`;
    expect(project.node(["-e", code])).toEqual(says("root,1,-,mine"));
  });

  it("is refused for any other value where the first cannot be opened to see which are its own", () => {
    const { project } = workspace();
    const other = project.sandbox.project({ ".env": "A=other\nW=1\n" }, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q"]);
    other.install();
    expect(inside(project, other.folder, PRELOADED)).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
    expect(inside(project, other.folder, PRELOADED, { env: { A: "operator" } })).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
    other.ok(["set", "A"], { input: "root" });
    expect(inside(project, other.folder, PRELOADED)).toEqual(says("root,1,1,-"));
  });

  it("needs a key that the load before it left, and says so", () => {
    const { project, away } = workspace();
    const refused = inside(project, "apps/same", PRELOADED, away);
    expect(refused).toMatchObject(refuses("NO_KEY"));
    expect(refused.stderr).toContain("keepKey");
    expect(inside(project, "apps/same", PRELOADED, away, ["--keep-key"])).toEqual(says("root,1,-,1"));
    expect(inside(project, "apps/web", PRELOADED, away, ["--keep-key"])).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
  });

  it("does not hide the first from a child that wants it", () => {
    const { project, away } = workspace();
    const child = (path: string) =>
      `require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(`require("envseal").config({ path: ${JSON.stringify(path)} }); ${PRINT}`)}], { stdio: "inherit" });`;
    const both = (second: string) => `const { config } = require("envseal"); config({ keepKey: true }); config({ path: "${second}" }); `;
    expect(project.node(["-e", both("apps/same/.env.vault") + child(".env.vault") + child("apps/same/.env.vault")], away)).toEqual(
      says("root,1,-,1\nroot,1,-,1"),
    );
    // Where the second won over the first, the first is no longer what is set.
    const over = both("apps/web/.env.vault").replace('vault" }', 'vault", override: true }');
    expect(project.node(["-e", over + child("apps/web/.env.vault")], away)).toEqual(says("web,1,1,-"));
    expect(project.node(["-e", over + child(".env.vault")], away).stderr).toContain("NO_KEY");
  });

  it("is not slipped in by a list that holds what is loaded, nor by a part of one", () => {
    const { project } = workspace();
    const code = (first: string, second: string) =>
      `const { config } = require("envseal"); config({ path: ${first} }); config({ path: ${second} }); ${PRINT}`;
    const [root, web] = ['".env.vault"', '"apps/web/.env.vault"'];
    expect(project.node(["-e", code(root, `[${web}, ${root}]`)])).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
    expect(project.node(["-e", code(`[${web}, ${root}]`, root)])).toMatchObject(refuses("AMBIGUOUS_ENVIRONMENT"));
    expect(project.node(["-e", code(`[${web}, ${root}]`, `[${web}, ${root}]`)])).toMatchObject(says("web,1,1,-"));
    expect(project.node(["-e", code(root, `[${root}, ${web}]`)])).toMatchObject(says("root,1,1,-"));
  });
});

describe("a child without a vault of its own", () => {
  it("does nothing, in whatever folder, without a key", () => {
    const { project, away } = workspace();
    mkdirSync(join(project.sandbox.root, "elsewhere"));
    for (const folder of ["apps/none", "apps", join(project.sandbox.root, "elsewhere")])
      expect(
        inside(project, folder, [process.execPath, "-r", project.path("node_modules/envseal/dist/config.cjs"), "-e", PRINT], away),
        folder,
      ).toEqual(says("root,1,-,-"));
  });

  it("goes on after chdir, in a fork, in a cluster, in a thread", () => {
    const { project, away } = workspace();
    project.write("print.cjs", `${PRINT}; process.disconnect?.()`);
    const program = (start: string) => `process.chdir("apps/none"); ${start}`;
    for (const start of [
      `require("node:child_process").fork("../print.cjs", { cwd: ".." })`,
      `const cluster = require("node:cluster"); cluster.setupPrimary({ exec: "../../print.cjs" }); cluster.fork()`,
      `new (require("node:worker_threads").Worker)("../../print.cjs".replace("..", process.cwd() + "/.."))`,
      `require("envseal").config(); require("./print.cjs")`,
    ]) {
      project.write("app.cjs", program(start));
      expect(project.node(["-r", "envseal/config", "app.cjs"], away), start).toEqual(says("root,1,-,-"));
    }
  });

  it("is searched for its secrets where Vite builds it", () => {
    const secret = "sk_live_4f9aQ2xLw8Zr0TmB";
    const { project } = workspace({
      ".env": `API_KEY=${secret}\n`,
      "apps/none/index.html": '<script type="module" src="main.js"></script>',
    });
    project.write("apps/none/vite.config.mjs", 'import { envseal } from "envseal/vite"; export default { plugins: [envseal()] };');
    const build = () => inside(project, "apps/none", [process.execPath, join(ROOT, "node_modules/vite/bin/vite.js"), "build"]);
    project.write("apps/none/main.js", "globalThis.key = 1;");
    expect(build()).toMatchObject({ code: 0 });
    project.write("apps/none/main.js", `globalThis.key = "${secret}";`);
    expect(build()).toMatchObject({ code: 1, stderr: expect.stringContaining("holds the value of API_KEY") });
  });

  it("is refused where a name of the vault is not set, though ENVSEAL_LOADED says it was loaded", () => {
    const { project, away } = workspace();
    const { id } = JSON.parse(project.read("envseal.json")).vaults[".env.vault"];
    const at = (env: Record<string, string>, folder = "apps/none") =>
      project.node(PRELOADED.slice(1), { cwd: project.path(folder), env: { ...SERVER, ...env } });
    const mark = { ENVSEAL_LOADED: `default:${id}` };
    expect(at({ ...mark, A: "x", R: "x" })).toEqual(says("x,x,-,-"));
    expect(at({ ...mark, A: "x" }).stderr).toContain("NO_VAULT");
    expect(at(mark).stderr).toContain(`there is no vault at ${project.path("apps/none/.env.vault")}`);
    for (const bad of [
      "1",
      "default",
      `default:${id}x`,
      `../x:${id}`,
      `default:${id},`,
      `default:${id}!!`,
      `;default:${id}`,
      `default:${"A".repeat(16)}`,
      "",
    ])
      expect(at({ ENVSEAL_LOADED: bad, A: "x", R: "x" }).stderr, bad).toContain("NO_VAULT");
    expect(at({ ...mark, A: "x", R: "x", ENVSEAL_ENV: "production" }).stderr, "another environment is asked for").toContain("NO_VAULT");
    expect(at({ ...mark, A: "x", R: "x" }, "apps/web").stderr, "it has one").toContain("NO_KEY");
    const named = `require("envseal").config({ path: ".env.vault" }); ${PRINT}`;
    expect(
      project.node(["-e", named], { cwd: project.path("apps/none"), env: { ...SERVER, ...mark, A: "x", R: "x" } }).stderr,
      "one is named",
    ).toContain("NO_VAULT");
    const over = `require("envseal").config({ override: true }); ${PRINT}`;
    expect(
      project.node(["-e", over], {
        cwd: project.path("apps/none"),
        env: { ...SERVER, ENVSEAL_LOADED: `${mark.ENVSEAL_LOADED}!`, A: "x", R: "x" },
      }).stderr,
      "the vault is to win",
    ).toContain("NO_VAULT");
    expect(inside(project, "apps/none", PRELOADED, { env: { ...away.env, A: "operator" } })).toEqual(says("operator,1,-,-"));
  });

  it("is refused where its folder is listed with a vault that is missing, and in another project", () => {
    const { project } = workspace();
    rmSync(project.path("apps/web/.env.vault"));
    rmSync(project.path("apps/web/.env"));
    expect(inside(project, "apps/web", PRELOADED).stderr).toContain(`there is no vault at ${project.path("apps/web/.env.vault")}`);
    const other = project.sandbox.project({ ".env": "A=other\n", "sub/readme": "" }, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q"]);
    other.install();
    expect(inside(project, other.path("sub"), PRELOADED).stderr).toContain("NO_VAULT");
  });

  it("does not believe a file that says ENVSEAL_LOADED", () => {
    const { project } = workspace();
    const { id } = JSON.parse(project.read("envseal.json")).vaults[".env.vault"];
    const forged = `ENVSEAL_LOADED=default:${id}\nA=forged\nR=forged\n`;
    for (const [folder, file] of [
      ["", ".env"],
      ["", "x.env"],
      ["apps/none", ".env.local"],
      ["apps/none", "conf"],
    ] as const) {
      project.write(join(folder, file), forged);
      const args = [`--env-file=${file}`, ...PRELOADED.slice(1)];
      const { stdout, stderr } = project.node(args, { cwd: project.path(folder), env: SERVER });
      expect(stdout, file).toBe("");
      expect(stderr, file).toMatch(/sets ENVSEAL_LOADED, .*\n[\s\S]*\[NO_(KEY|VAULT)\]/);
      rmSync(project.path(folder, file));
    }
  });

  it("does not believe one either that is large, the last of many, or read otherwise by others", () => {
    const { project } = workspace();
    const { id } = JSON.parse(project.read("envseal.json")).vaults[".env.vault"];
    const env = { ...SERVER, ENVSEAL_LOADED: `default:${id}`, A: "forged", R: "forged" };
    const marked = `ENVSEAL_LOADED=default:${id}\n`;
    const many = Array.from({ length: 40 }, (_, at): [string, string] => [`.env.a${at}`, "B=1\n"]);
    for (const [what, files] of [
      ["over 1 MiB", [[".env", `${marked}#${"x".repeat(1 << 20)}\n`]]],
      ["over all bounds", [[".env", `${marked}#${"x".repeat(17 << 20)}\n`]]],
      ["after forty others", [...many, [".env.production", marked]]],
      ["in a quote, which docker does not know", [[".env", `X='\n${marked}Y='\n`]]],
    ] as [string, [string, string][]][]) {
      for (const [file, text] of files) project.write(file, text);
      const { stdout, stderr } = project.node(PRELOADED.slice(1), { env });
      expect(stdout, what).toBe("");
      expect(stderr, what).toMatch(/sets ENVSEAL_LOADED, .*\n[\s\S]*\[NO_KEY\]/);
      for (const [file] of files) rmSync(project.path(file));
    }
    project.write(".env", "# ENVSEAL_LOADED=x\nB='ENVSEAL_LOADED=1'\nC_ENVSEAL_LOADED=1\n");
    expect(project.node(PRELOADED.slice(1), { env }), "no file has it: the load around it").toMatchObject({ code: 0, stderr: "" });
  });
});

describe("npm's workspaces", () => {
  it("start each package with its own values or the root's, never with a mixture", () => {
    const { project } = workspace({ ...FILES, "package.json": '{ "private": true, "workspaces": ["apps/*"] }' });
    project.write("print.cjs", PRINT);
    const script = `node -r ${project.path("dist.cjs")} ../../print.cjs`;
    project.write("dist.cjs", `require(${JSON.stringify(project.path("node_modules/envseal/dist/config.cjs"))})`);
    for (const name of ["web", "same", "none"])
      project.write(`apps/${name}/package.json`, JSON.stringify({ name, scripts: { start: script } }));
    const npm = (command: string[], ...names: string[]) => {
      const run = ["npm", "run", "--silent", "start", ...names.flatMap((name) => ["-w", name])];
      return project.execute([...command, ...run], { env: { npm_config_update_notifier: "false" } });
    };
    const run = [process.execPath, CLI, "run", "--"];
    expect(npm([], "web", "same")).toMatchObject({ code: 0, stdout: "web,-,1,-\nroot,-,-,1\n" });
    expect(npm(run, "none", "same")).toMatchObject({ code: 0, stdout: "root,1,-,-\nroot,1,-,1\n" });
    const mixed = npm(run, "web");
    expect(mixed).toMatchObject({ stdout: "", stderr: expect.stringContaining("AMBIGUOUS_ENVIRONMENT") });
    expect(mixed.code).not.toBe(0);
  });
});
