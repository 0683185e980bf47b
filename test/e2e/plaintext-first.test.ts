import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Options, type Project, type Result, ROOT, sealedProject } from "../support/sandbox.ts";

/** Programs that read a plaintext file by themselves set its values before the vault's are there. */

const VAULT = "DATABASE_URL=postgres://new\nEXPANDED='pa$HOME'\nPORT=3000\nNOTE=a\n";
const PRINT = "console.log(process.env.DATABASE_URL)";

function app(files: Record<string, string> = {}): Project {
  const project = sealedProject({ ".env": VAULT });
  project.sandbox.env.CI = "1";
  project.install();
  rmSync(project.path(".env"));
  for (const [path, content] of Object.entries(files)) project.write(path, content);
  return project;
}

const boot = (project: Project, options: string[] = [], rest: Options = {}): Result =>
  project.node([...options, "-r", "envseal/config", "-e", PRINT], rest);
const STALE = "DATABASE_URL=postgres://old\n";
const said = (file: string, names: string) =>
  `envseal: kept at another value than the vault's, which was set before: ${names}. ${file} has it too, and some programs read that file by themselves: remove it, or let the vault win (override)\n`;

describe("a value that a plaintext file set before the vault's", () => {
  it("is told of where node read the file, wherever the file is, by its name alone", () => {
    const project = app();
    for (const file of [".env", ".env.production", "conf/dev", "app.env"]) {
      project.write(file, STALE);
      for (const options of [[`--env-file=${file}`], ["--env-file", file]])
        expect(boot(project, options), file).toEqual({
          code: 0,
          stdout: "postgres://old\n",
          stderr: said(project.path(file), "DATABASE_URL"),
        });
      rmSync(project.path(file));
    }
  });

  it("is told of where dotenv ran before, and there is none where it runs after", () => {
    const project = app({ ".env": `${STALE}EXPANDED=literal\nPORT=3000\n` });
    const dotenv = `require(${JSON.stringify(`${ROOT}/node_modules/dotenv`)}).config({ quiet: true });`;
    const run = (code: string) => project.node(["-e", `${code} ${PRINT}`]);
    expect(run(`${dotenv} require("envseal/config");`)).toEqual({
      code: 0,
      stdout: "postgres://old\n",
      stderr: said(project.path(".env"), "DATABASE_URL, EXPANDED"),
    });
    expect(run(`require("envseal/config"); ${dotenv}`)).toEqual({ code: 0, stdout: "postgres://new\n", stderr: "" });
    expect(run(`${dotenv} require("envseal").config({ override: true });`)).toEqual({ code: 0, stdout: "postgres://new\n", stderr: "" });
    const started = project.envseal(["run", "--", process.execPath, "-e", `${dotenv} ${PRINT}`]);
    expect(started).toEqual({ code: 0, stdout: "postgres://new\n", stderr: "" });
  });

  it("is told of by run, as direnv or a shell that sourced the file leaves it", () => {
    const project = app({ ".envrc": "export DATABASE_URL=postgres://old\n" });
    const { stdout, stderr } = project.envseal(["run", "--", process.execPath, "-e", PRINT], { env: { DATABASE_URL: "postgres://old" } });
    expect(stdout).toBe("postgres://old\n");
    expect(stderr).toMatch(/set before: DATABASE_URL\. .*\.envrc has it too/);
    expect(stderr).not.toContain("postgres");
  });

  it("is told of where the program read the file in its own way", () => {
    const project = app();
    for (const [written, value] of [
      ["EXPANDED=x$HOME", "x/root"],
      ["EXPANDED='old'", "'old'"],
      ["EXPANDED=old # so it is", "old # so it is"],
      ['EXPANDED="a\\nb"', "a\\nb"],
      ["export EXPANDED=old", "old"],
    ] as const) {
      project.write(".env", `${written}\n`);
      expect(boot(project, [], { env: { EXPANDED: value } }).stderr, written).toBe(said(project.path(".env"), "EXPANDED"));
    }
  });

  it("is told of where the vault is elsewhere, or the program starts elsewhere", () => {
    const project = app({ ".env": STALE, "sub/.env": "PORT=1\n" });
    const code = `require(${JSON.stringify(`${ROOT}/dist/index.cjs`)}).config({ path: ${JSON.stringify(project.path(".env.vault"))} }); ${PRINT}`;
    const { stderr } = project.node(["-e", code], { cwd: project.path("sub"), env: { PORT: "1", DATABASE_URL: "postgres://old" } });
    expect(stderr).toBe(said(project.path(".env"), "DATABASE_URL") + said(project.path("sub/.env"), "PORT"));
  });

  it("is told of where readers do not agree on what the file sets", () => {
    const project = app();
    for (const written of [
      // Docker's --env-file has no quotes: each row is a variable.
      "X='\nDATABASE_URL=postgres://old\nY='\n",
      // Of two rows, some take the first.
      "DATABASE_URL=postgres://old\nDATABASE_URL=postgres://new\n",
    ]) {
      project.write(".env", written);
      const { stderr } = boot(project, [], { env: { DATABASE_URL: "postgres://old" } });
      expect(stderr, written).toBe(said(project.path(".env"), "DATABASE_URL"));
    }
  });

  it("is told of where a file may have it that is too large, or among too many, to be read", () => {
    const project = app();
    const env = { DATABASE_URL: "postgres://old" };
    const may = (file: string) =>
      said(project.path(file), "DATABASE_URL").replace("has it too", "may have it too (there is too much to read)");
    project.write(".env", `${STALE}${"#".repeat(5 << 20)}`);
    expect(boot(project, [], { env }).stderr).toBe(may(".env"));
    project.write(".env.other", STALE);
    expect(boot(project, [], { env }).stderr, "one that has it comes before one that may").toBe(
      said(project.path(".env.other"), "DATABASE_URL"),
    );
    project.write(".env", "PORT=1\n");
    project.write(".env.other", "PORT=1\n");
    for (let at = 0; at < 40; at++) project.write(`.env.a${at}`, "PORT=1\n");
    project.write(".env.production", STALE);
    expect(boot(project, [], { env }).stderr, "after forty others").toBe(said(project.path(".env.production"), "DATABASE_URL"));
  });

  const SILENT: [string, Record<string, string>, Record<string, string>][] = [
    ["there is no file", {}, { DATABASE_URL: "postgres://mine" }],
    ["the operator set another value than the file's", { ".env": STALE }, { DATABASE_URL: "postgres://mine" }],
    ["the file says what the vault says", { ".env": VAULT }, { DATABASE_URL: "postgres://new", PORT: "3000" }],
    ["a person's own file says it", { ".env": STALE, ".env.local": STALE }, { DATABASE_URL: "postgres://old" }],
    ["the file is a template", { ".env.example": STALE }, { DATABASE_URL: "postgres://old" }],
    ["the file sets other names", { ".env": "OTHER=postgres://old\n" }, { DATABASE_URL: "postgres://old" }],
    ["the vault has no such name", { ".env": "OTHER=1\n" }, { OTHER: "1" }],
    ["the file is named in a comment", { ".env": `# ${STALE}` }, { DATABASE_URL: "postgres://old" }],
  ];

  it("is no word where a file does not account for it", () => {
    const project = app();
    for (const [where, files, env] of SILENT) {
      for (const [path, content] of Object.entries(files)) project.write(path, content);
      expect(boot(project, [], { env }), where).toMatchObject({ code: 0, stderr: "" });
      for (const path of Object.keys(files)) rmSync(project.path(path));
    }
  });

  it("costs no look at the file where no variable differs", () => {
    const project = app({ ".env": VAULT });
    const count = `const fs = require("node:fs"); let seen = 0; for (const name of ["readFileSync", "readdirSync", "openSync"]) { const real = fs[name]; fs[name] = (path, ...rest) => { if (/\\.env$|repo$/.test(String(path))) seen++; return real(path, ...rest); }; } require("envseal/config"); console.log(seen);`;
    expect(project.node(["-e", count], { env: { ENVSEAL_ENV: "default", PORT: "3000" } }).stdout).toBe("0\n");
    expect(project.node(["-e", count], { env: { ENVSEAL_ENV: "default", PORT: "1" } }).stdout).not.toBe("0\n");
  });

  it("does not stop a boot, nor hold it up, by what cannot be read", () => {
    const project = app();
    mkdirSync(project.path(".env"));
    if (process.platform !== "win32") execFileSync("mkfifo", [project.path(".env.staging")]);
    project.write(".env.big", `DATABASE_URL=old\n${"#".repeat(2 << 20)}`);
    // dotenv's own parser would take hours.
    project.write(".env.empty", "\n".repeat(1 << 20));
    project.write(".env.local", "\n".repeat(1 << 20));
    for (let at = 0; at < 2000; at++) project.write(`x${at}.env`, STALE);
    const { stdout, stderr } = boot(project, [], { env: { DATABASE_URL: "postgres://old", ENVSEAL_LOCAL: "1" } });
    // One of the files that are too many to read may set ENVSEAL_LOCAL, too.
    expect({ stdout, lines: stderr.trim().split("\n").length }).toEqual({ stdout: "postgres://old\n", lines: 2 });
  });
});

describe("a required name that is empty in the environment", () => {
  it("is told of, by the loader and by run", () => {
    const project = app();
    project.ok(["require", "DATABASE_URL", "-q"]);
    const message = "required, and set to nothing: DATABASE_URL";
    const run = (env: Record<string, string>) => project.envseal(["run", "--", process.execPath, "-e", PRINT], { env });
    for (const start of [run, (env: Record<string, string>) => boot(project, [], { env })]) {
      expect(start({ DATABASE_URL: "" })).toMatchObject({ code: 0, stdout: "\n", stderr: expect.stringContaining(message) });
      for (const env of [{}, { DATABASE_URL: "x" }, { NOTE: "" }] as Record<string, string>[]) expect(start(env).stderr).toBe("");
    }
    const over = `require("envseal").config({ override: true }); ${PRINT}`;
    expect(project.node(["-e", over], { env: { DATABASE_URL: "" } })).toMatchObject({ stdout: "postgres://new\n", stderr: "" });
  });

  it("switches nothing off: ENVSEAL=off is the word of who starts the program", () => {
    const off = /\.env sets ENVSEAL, or is too large to tell.* it does not count\n$/;
    const project = app({ ".env": "ENVSEAL=off\n" });
    expect(boot(project, ["--env-file=.env"])).toEqual({ code: 0, stdout: "postgres://new\n", stderr: expect.stringMatching(off) });
    const run = project.envseal(["run", "--", process.execPath, "-e", PRINT], { env: { ENVSEAL: "off" } });
    expect(run).toEqual({ code: 0, stdout: "postgres://new\n", stderr: expect.stringMatching(off) });
    rmSync(project.path(".env"));
    expect(boot(project, [], { env: { ENVSEAL: "off" } })).toMatchObject({ code: 0, stdout: "undefined\n" });
  });

  it("asks for no personal files: ENVSEAL_LOCAL is the word of who starts the program", () => {
    const told = /^(envseal|warning): \S+\.env(\.local)? sets ENVSEAL_LOCAL, or is too large to tell.* it does not count\n$/;
    const personal = "DATABASE_URL=postgres://mine\n";
    const project = app({ ".env": "ENVSEAL_LOCAL=1\n", ".env.local": personal });
    const vaults = { code: 0, stdout: "postgres://new\n", stderr: expect.stringMatching(told) };
    const local = { env: { ENVSEAL_LOCAL: "1" } };
    const run = () => project.envseal(["run", "--", process.execPath, "-e", PRINT], local);
    expect(boot(project, ["--env-file=.env"])).toEqual(vaults);
    expect(run()).toEqual(vaults);
    rmSync(project.path(".env"));
    project.write(".env.local", `ENVSEAL_LOCAL=1\n${personal}`);
    expect(boot(project, [], local)).toEqual(vaults);
    // Asked for in any other way, they count.
    project.write(".env.local", personal);
    const mine = { code: 0, stdout: "postgres://mine\n", stderr: "" };
    expect(boot(project, [], local)).toEqual(mine);
    expect(run()).toEqual(mine);
    project.write(".env", "ENVSEAL_LOCAL=1\n");
    expect(project.envseal(["run", "--local", "--", process.execPath, "-e", PRINT], local)).toEqual(mine);
  });
});
