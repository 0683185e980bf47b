import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { type Options, type Project, sandbox, sealedProject } from "../support/sandbox.ts";

const PRINT = "console.log(JSON.stringify(process.env))";
const SERVER = { HOME: "/nonexistent", XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };

/** A project whose app runs on a machine that has nothing but an injected key. */
function deployed(files?: Record<string, string>): {
  project: Project;
  key: string;
  readOnly: string;
  boot: (options?: Options & { args?: string[] }) => ReturnType<Project["node"]>;
} {
  const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n", ...files });
  project.install();
  project.write("app.cjs", PRINT);
  const key = project.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  const readOnly = project.ok(["deploy-key", "create", "ro", "-e", "default", "--read-only"]).stdout.trim();
  const boot = ({ args = ["-r", "envseal/config", "app.cjs"], env = {}, ...rest }: Options & { args?: string[] } = {}) =>
    project.node(args, { env: { ...SERVER, ENVSEAL_KEY: key, ...env }, ...rest });
  return { project, key, readOnly, boot };
}

function values(result: { stdout: string; stderr: string; code: number }): Record<string, string> {
  expect(result.stderr).toBe("");
  return JSON.parse(result.stdout);
}

describe("the loader", () => {
  it("works with -r, --import, import and require, from both module systems", () => {
    const { project, boot } = deployed();
    project.write("import.mjs", `import "envseal/config";\n${PRINT}`);
    project.write("require.cjs", `require("envseal/config");\n${PRINT}`);
    project.write(
      "api.mjs",
      'import { config, EnvsealError, load } from "envseal";\nif (load().PORT !== "3000" || process.env.PORT) throw 1; config(); if (process.env.PORT !== "3000") throw 2; new EnvsealError("NO_KEY", "");',
    );
    project.write(
      "api.cjs",
      'const { config, load } = require("envseal"); if (load().PORT !== "3000" || process.env.PORT) throw 1; config(); if (process.env.PORT !== "3000") throw 2;',
    );
    for (const args of [["-r", "envseal/config", "app.cjs"], ["--import", "envseal/config", "app.cjs"], ["import.mjs"], ["require.cjs"]]) {
      expect(values(boot({ args })), args.join(" ")).toMatchObject({ API_KEY: "sk_live_0123456789", PORT: "3000" });
    }
    for (const file of ["api.mjs", "api.cjs"]) expect(boot({ args: [file] }), file).toMatchObject({ code: 0, stderr: "" });
  });

  it("shows an app's error without screens of its own code above it", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.install();
    const { stderr } = project.node(["-e", 'require("envseal").config()'], { env: project.sandbox.otherHome("stranger") });
    expect(stderr).toContain("EnvsealError: there is no key for this project");
    expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThan(400);
  });

  it("takes a variable that is set to nothing for one that is not set, as the CLI does", () => {
    const { project, boot } = deployed();
    const nothing = { ENVSEAL_MANIFEST: "", ENVSEAL_ENV: "", ENVSEAL_KEY_DEFAULT: "" };
    expect(values(boot({ env: nothing })).PORT).toBe("3000");
    expect(project.ok(["get", "PORT"], { env: nothing }).stdout).toBe("3000\n");
    expect(project.ok(["init", "--yes", "--no-hooks", "-q"], { env: nothing }).code).toBe(0);
  });

  it("lets the environment win, unless told otherwise", () => {
    const { project, boot } = deployed();
    expect(values(boot({ env: { PORT: "1" } })).PORT).toBe("1");
    expect(values(boot({ env: { PORT: "" } })).PORT).toBe("");
    project.write("override.cjs", `require("envseal").config({ override: true });${PRINT}`);
    expect(values(boot({ args: ["override.cjs"], env: { PORT: "1" } })).PORT).toBe("3000");
  });

  it("lets the vault win where that is asked for after a load that let the environment win, or refuses", () => {
    const { project, boot } = deployed();
    project.write("both.cjs", `const { config } = require("envseal"); config(); config({ override: true });${PRINT}`);
    const run = (args: string[], env = {}) => project.envseal(["run", ...args, "--", process.execPath, "override.cjs"], { env });
    project.write("override.cjs", `require("envseal").config({ override: true });${PRINT}`);
    expect(boot({ args: ["both.cjs"], env: { PORT: "1" } }).stderr).toContain("NO_KEY");
    expect(JSON.parse(project.node(["both.cjs"], { env: { PORT: "1" } }).stdout).PORT).toBe("3000");
    expect(JSON.parse(run([], { PORT: "1" }).stdout).PORT).toBe("3000");
    expect(values(boot({ args: ["both.cjs"], env: { PORT: "3000" } })).PORT).toBe("3000");
    const away = { ...SERVER, ENVSEAL_KEY: project.ok(["deploy-key", "create", "away"]).stdout.trim(), PORT: "1" };
    expect(run([], away).stderr).toContain("NO_KEY");
    expect(JSON.parse(run(["--override"], away).stdout).PORT).toBe("3000");
    const child = `require("envseal").config(); console.log(process.env.PORT)`;
    expect(project.envseal(["run", "--", process.execPath, "-e", child], { env: away }).stdout).toBe("1\n");
  });

  it("refuses a list that names no vault, or none of the environment that was asked for", () => {
    const { project } = deployed({ ".env.production": "PORT=80\n", ".env.staging": "PORT=81\n" });
    const load = (options: string, env = {}) => project.node(["-p", `require("envseal").load(${options}).PORT`], { env });
    expect(load("{ path: [] }").stderr).toContain("NO_VAULT");
    expect(load("{ path: [], optional: true }").stderr).toContain("NO_VAULT");
    const list = '{ path: [".env.staging.vault", ".env.vault"] }';
    expect(load(list).stdout).toBe("81\n");
    expect(load(list, { ENVSEAL_ENV: "default" }).stdout).toBe("81\n");
    expect(load(list, { ENVSEAL_ENV: "production" }).stderr).toContain("FOREIGN_VAULT");
  });

  it("keeps values literal", () => {
    const text = "A=pa$word${HOME}\nB='$(id)'\nC=\"`id`\"\nD=enc:v1\n";
    const { boot } = deployed({ ".env": text });
    expect(values(boot())).toMatchObject(parse(text));
  });

  it("removes every key variable after use, and keeps them when asked", () => {
    const { project, boot, key } = deployed();
    const env = {
      ENVSEAL_KEY_DEFAULT: key,
      ENVSEAL_KEY_OTHER: "x",
      ENVSEAL_KEY_FILE: "/nowhere",
      ENVSEAL_PIN: project.ok(["pin"]).stdout.trim(),
    };
    expect(Object.keys(values(boot({ env }))).filter((name) => name.startsWith("ENVSEAL"))).toEqual(["ENVSEAL_LOADED"]);
    project.write("keep.cjs", `require("envseal").config({ keepKey: true });${PRINT}`);
    expect(values(boot({ args: ["keep.cjs"] })).ENVSEAL_KEY).toBe(key);
  });

  it("takes the key from the option, the environment's variable, ENVSEAL_KEY, a file, and the identity file, in this order", () => {
    const { project, boot, key } = deployed();
    project.write("key.txt", `${key}\n`);
    chmodSync(project.path("key.txt"), 0o444);
    const bad = "esk_default_AAAA";
    project.write("option.cjs", `require("envseal").config({ key: process.env.K });${PRINT}`);
    expect(values(boot({ args: ["option.cjs"], env: { K: key, ENVSEAL_KEY: bad } })).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_KEY_DEFAULT: key, ENVSEAL_KEY: bad, ENVSEAL_ENV: "default" } })).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_KEY_FILE: "/nowhere" } })).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_KEY: undefined, ENVSEAL_KEY_FILE: "key.txt" } })).PORT).toBe("3000");
    const own = project.node(["-r", "envseal/config", "app.cjs"]);
    expect(JSON.parse(own.stdout).PORT).toBe("3000");
  });

  it("accepts an age identity only with a pin beside it", () => {
    const { project, boot } = deployed();
    const manifest = JSON.parse(project.read("envseal.json"));
    const file = readFileSync(join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities", manifest.project), "utf8");
    const identity = /AGE-SECRET-KEY-1\w+/.exec(file)?.[0] as string;
    const pin = JSON.parse(project.ok(["status", "--json"]).stdout).pin;
    expect(values(boot({ env: { ENVSEAL_KEY: identity, ENVSEAL_PIN: pin } })).PORT).toBe("3000");
    expect(boot({ env: { ENVSEAL_KEY: identity } }).stderr).toContain("ENVSEAL_PIN");
    expect(boot({ env: { ENVSEAL_KEY: identity, ENVSEAL_PIN: `${pin.slice(0, -2)}AA` } }).stderr).toContain("PIN_MISMATCH");
  });

  it("needs nothing but the vault with a read-only key", () => {
    const { project, boot, readOnly } = deployed();
    const bare = project.sandbox.project({ ".env.vault": project.bytes(".env.vault"), "app.cjs": PRINT }, { git: false, name: "bare" });
    bare.install();
    expect(values(bare.node(["-r", "envseal/config", "app.cjs"], { env: { ...SERVER, ENVSEAL_KEY: readOnly } })).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_KEY: readOnly } })).PORT).toBe("3000");
    expect(project.fails(["set", "X"], { env: { ENVSEAL_KEY: readOnly }, input: "1" }).error).toBe("NO_ACCESS");
  });

  it("does nothing in a child that inherited everything, and fails closed in one that did not", () => {
    const { project, boot } = deployed();
    project.write(
      "parent.cjs",
      'const { spawnSync } = require("node:child_process"); const run = (env) => spawnSync(process.execPath, ["-r", "envseal/config", "-e", "console.log(process.env.PORT)"], { env, encoding: "utf8" });\n' +
        'const inherited = run(process.env); const { PORT, ...rest } = process.env; const partial = run(rest); const forged = run({ ...process.env, ENVSEAL_LOADED: "default:AAAAAAAAAAAAAAAA" });\n' +
        "console.log(JSON.stringify([inherited.stdout, partial.status !== 0, partial.stdout, /NO_KEY/.test(partial.stderr), forged.status !== 0]))",
    );
    expect(JSON.parse(boot({ args: ["-r", "envseal/config", "parent.cjs"] }).stdout)).toEqual(["3000\n", true, "", true, true]);
  });

  it("chooses the environment by option, ENVSEAL_ENV, key string, the only one there is, never by NODE_ENV", () => {
    const { project, boot, key } = deployed({ ".env.production": "PORT=80\n", ".env.staging": "PORT=81\n" });
    const production = project.ok(["deploy-key", "create", "prod", "-e", "production"]).stdout.trim();
    expect(values(boot({ env: { ENVSEAL_KEY: production } })).PORT).toBe("80");
    expect(values(boot({ env: { NODE_ENV: "production" } })).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_KEY: undefined, ENVSEAL_KEY_PRODUCTION: production } })).PORT).toBe("80");
    expect(values(boot({ env: { ENVSEAL_ENV: "production", ENVSEAL_KEY_PRODUCTION: production } })).PORT).toBe("80");
    expect(boot({ env: { ENVSEAL_ENV: "production", ENVSEAL_KEY: key } }).stderr).toContain("WRONG_KEY");
    project.write("cascade.cjs", `require("envseal").config({ path: [".env.production.vault", ".env.vault"] });${PRINT}`);
    const both = values(
      boot({ args: ["cascade.cjs"], env: { ENVSEAL_KEY: undefined, ENVSEAL_KEY_PRODUCTION: production, ENVSEAL_KEY_DEFAULT: key } }),
    );
    expect(both).toMatchObject({ PORT: "80", API_KEY: "sk_live_0123456789" });
    expect(both.ENVSEAL_LOADED).toMatch(/^production:[\w-]{16},default:[\w-]{16}$/);
  });

  it("takes the name of ENVSEAL_KEY_<ENV> at its word", () => {
    const project = sealedProject({ ".env": "A=default\n", ".env.production": "A=production\n", ".env.staging": "A=staging\n" });
    project.install();
    const staging = project.ok(["deploy-key", "create", "ci", "-e", "staging"]).stdout.trim();
    const { pin } = JSON.parse(project.ok(["status", "--json"]).stdout);
    const folder = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities");
    const file = readFileSync(join(folder, JSON.parse(project.read("envseal.json")).project), "utf8");
    const [identity] = /AGE-SECRET-KEY-1\w+/.exec(file) as RegExpExecArray;
    const boot = (env: Record<string, string>) => project.node(["-r", "envseal/config", "-p", "process.env.A"], { env });
    expect(boot({ ENVSEAL_KEY_PRODUCTION: staging }).stderr).toContain("WRONG_KEY");
    expect(project.fails(["get", "A"], { env: { ENVSEAL_KEY_PRODUCTION: staging } }).error).toBe("WRONG_KEY");
    expect(boot({ ENVSEAL_KEY_STAGING: staging }).stdout).toBe("staging\n");
    expect(boot({ ENVSEAL_KEY_PRODUCTION: identity, ENVSEAL_PIN: pin }).stdout).toBe("production\n");
  });

  it("does not take another environment where the vault of this one is missing", () => {
    const project = sealedProject({ ".env": "A=default\n", ".env.production": "A=production\n" });
    project.install();
    rmSync(project.path(".env.vault"));
    rmSync(project.path(".env"));
    expect(project.node(["-r", "envseal/config", "-p", "process.env.A"]).stderr).toContain("NO_VAULT");
    expect(project.fails(["get", "A"])).toMatchObject({ code: 4, error: "NO_VAULT" });
    expect(project.fails(["set", "A"], { input: "x" }).error).toBe("NO_VAULT");
    expect(project.node(["-r", "envseal/config", "-p", "process.env.A"], { env: { ENVSEAL_ENV: "production" } }).stdout).toBe(
      "production\n",
    );
  });

  it("reads personal files only when asked", () => {
    const { boot } = deployed({ ".env.local": "PORT=1\nMINE=2\n" });
    expect(values(boot()).PORT).toBe("3000");
    expect(values(boot({ env: { ENVSEAL_LOCAL: "1" } }))).toMatchObject({ PORT: "1", MINE: "2" });
    // As `set ENVSEAL_LOCAL=1 && npm start` gives it on Windows.
    expect(values(boot({ env: { ENVSEAL_LOCAL: "1 " } })).PORT).toBe("1");
    for (const ENVSEAL_LOCAL of ["", "0"]) expect(values(boot({ env: { ENVSEAL_LOCAL } })).PORT).toBe("3000");
    expect(boot({ env: { ENVSEAL_LOCAL: "true" } })).toMatchObject({ stdout: "", stderr: expect.stringContaining("ENVSEAL_LOCAL") });
  });

  it("reads personal files that an earlier load was not asked for, and tells what it cannot take from them any more", () => {
    const { project, boot } = deployed({ ".env.local": "PORT=1\nMINE=2\n" });
    project.write("local.cjs", `require("envseal").config({ local: true });${PRINT}`);
    const args = ["-r", "envseal/config", "local.cjs"];
    const { stdout, stderr } = boot({ args });
    expect(JSON.parse(stdout)).toMatchObject({ API_KEY: "sk_live_0123456789", PORT: "3000", MINE: "2" });
    expect(stderr).toBe("envseal: loaded before this, so not taken from the files of this machine: PORT\n");
    expect(values(boot({ args, env: { ENVSEAL_LOCAL: "1" } }))).toMatchObject({ PORT: "1", MINE: "2" });
    expect(values(boot({ args, env: { PORT: "9" } }))).toMatchObject({ PORT: "9", MINE: "2" });
    project.write("local.cjs", `require("envseal").config({ local: true, override: true });${PRINT}`);
    expect(values(boot({ args }))).toMatchObject({ PORT: "1", MINE: "2" });
  });

  it("refuses a personal file that is no UTF-8 text", () => {
    const { project, boot } = deployed();
    const env = { ENVSEAL_LOCAL: "1" };
    for (const bytes of [
      Buffer.from("\ufeffPORT=1\n", "utf16le"),
      Buffer.from("PORT=1\n", "utf16le"),
      Buffer.from("PORT=\xff\n", "latin1"),
    ]) {
      project.write(".env.local", bytes);
      expect(boot({ env }).stderr).toContain("MALFORMED_DOTENV");
      expect(project.fails(["run", "--local", "--", "true"]).error).toBe("MALFORMED_DOTENV");
    }
    project.write(".env.local", "\ufeffPORT=1\r\n");
    expect(values(boot({ env })).PORT).toBe("1");
  });

  it("is switched off by the operator only, and says so", () => {
    const { boot } = deployed();
    const off = boot({ env: { ENVSEAL: "off" } });
    expect(off.stderr).toBe("envseal: loading is switched off (ENVSEAL=off)\n");
    expect(JSON.parse(off.stdout).PORT).toBeUndefined();
  });

  it("allows only a missing, unlisted vault where it is optional", () => {
    const { project, boot } = deployed();
    project.write(
      "optional.cjs",
      'console.log(JSON.stringify(require("envseal").config({ optional: true, path: process.argv[2] }).parsed))',
    );
    expect(boot({ args: ["optional.cjs", ".env.test.vault"] })).toMatchObject({ code: 0, stdout: "{}\n" });
    project.write("hidden", "");
    project.git("mv", "-k", "x", "y");
    project.write(".env.vault", "# envseal:1 default AAAA\n");
    expect(boot({ args: ["optional.cjs", ".env.vault"] }).code).not.toBe(0);
    project.node(["-e", "fs.rmSync('.env.vault')"]);
    expect(boot({ args: ["optional.cjs", ".env.vault"] }).stderr).toContain("NO_VAULT");
  });

  it.each([
    ["no key", "NO_KEY", { ENVSEAL_KEY: undefined }],
    ["an empty key", "NO_KEY", { ENVSEAL_KEY: "" }],
    ["a truncated key", "MALFORMED_KEY", (key: string) => ({ ENVSEAL_KEY: key.slice(0, -1) })],
    ["a mistyped key", "MALFORMED_KEY", (key: string) => ({ ENVSEAL_KEY: key.replace(/.$/, (last) => (last === "A" ? "B" : "A")) })],
    ["something else", "MALFORMED_KEY", { ENVSEAL_KEY: "hunter2" }],
    ["a key file that is not there", "NO_KEY", { ENVSEAL_KEY: undefined, ENVSEAL_KEY_FILE: "/nowhere/key" }],
    ["an unknown environment", "NO_VAULT", { ENVSEAL_ENV: "production" }],
    ["a bad environment name", "UNKNOWN_ENVIRONMENT", { ENVSEAL_ENV: "../x" }],
  ])("does not start the app with %s", (_, code, env) => {
    const { boot, key } = deployed();
    const result = boot({ env: typeof env === "function" ? env(key) : env });
    expect(result.code).not.toBe(0);
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain(code);
    expect(result.stderr).not.toContain(key.slice(15));
  });

  it("refuses an identity that others can read", () => {
    const { project } = deployed();
    const folder = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities");
    const file = join(folder, JSON.parse(project.read("envseal.json")).project);
    chmodSync(file, 0o640);
    expect(project.fails(["get", "PORT"]).error).toBe("KEY_FILE_MODE");
    expect(project.node(["-r", "envseal/config", "app.cjs"]).stderr).toContain("KEY_FILE_MODE");
    chmodSync(file, 0o600);
    chmodSync(folder, 0o755);
    expect(project.fails(["get", "PORT"]).error).toBe("KEY_FILE_MODE");
  });

  it("warns of a pin that is not confirmed here until it is, and writes none itself", () => {
    const { project } = deployed();
    const folder = join(project.sandbox.root, "new-machine");
    const state = { XDG_STATE_HOME: folder, NODE_ENV: "production" };
    const result = project.node(["-r", "envseal/config", "app.cjs"], { env: state });
    expect(result.stderr).toContain("is not confirmed on this machine");
    expect(existsSync(folder)).toBe(false);
    expect(project.ok(["get", "PORT"], { env: state }).stderr).toContain("its pin is");
    expect(project.node(["-r", "envseal/config", "app.cjs"], { env: state }).stderr).toContain("is not confirmed on this machine");
    project.ok(["pin", "confirm", "--yes", "-q"], { env: state });
    expect(project.node(["-r", "envseal/config", "app.cjs"], { env: state }).stderr).toBe("");
  });
});

describe("sandboxes", () => {
  it("do not see this machine", () => {
    const project = sandbox().project();
    expect(project.git("config", "user.name").trim()).toBe("Ada");
  });
});
