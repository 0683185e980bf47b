import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A key that a plaintext file sets, which a program read by itself, goes before the operator's. */

const PRINT = "console.log(process.env.A)";
const SERVER = { HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent/config", XDG_STATE_HOME: "/nonexistent/state" };

/** A project, and a second key for it: whose it is does not matter, since each key opens what was sealed for it. */
function withKeys(): { project: Project; own: string; other: string } {
  const project = sealedProject({ ".env": "A=1\n" });
  project.install();
  rmSync(project.path(".env"));
  const create = (name: string) => project.ok(["deploy-key", "create", name, "-q"]).stdout.trim();
  return { project, own: create("server"), other: create("other") };
}

describe("a key in a plaintext file", () => {
  const starts: [string, string[]][] = [
    ["config", ["-r", "envseal/config", "-e", PRINT]],
    ["load", ["-e", 'require("envseal").load()']],
  ];

  const inFiles = (project: Project, files: Record<string, string>, check: () => void) => {
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    check();
    for (const path of Object.keys(files)) rmSync(project.path(path));
  };

  it.each(starts)("is told of where it goes before the operator's: %s", (_, program) => {
    const { project, own, other } = withKeys();
    for (const [file, text, used, env, left] of [
      [".env", `ENVSEAL_KEY_DEFAULT=${other}\n`, "ENVSEAL_KEY_DEFAULT", { ENVSEAL_KEY: own }, "ENVSEAL_KEY"],
      [".env.local", `export ENVSEAL_KEY_DEFAULT='${other}'\n`, "ENVSEAL_KEY_DEFAULT", { ENVSEAL_KEY: own }, "ENVSEAL_KEY"],
      [".env", `ENVSEAL_KEY=${other}\n`, "ENVSEAL_KEY", { ENVSEAL_KEY_FILE: "/run/secrets/key" }, "ENVSEAL_KEY_FILE"],
      [".env", `ENVSEAL_KEY_DEFAULT=${other}\nENVSEAL_KEY=$X\n`, "ENVSEAL_KEY_DEFAULT", { ENVSEAL_KEY: own }, "ENVSEAL_KEY"],
      [".env", `ENVSEAL_KEY_DEFAULT=${other}\n#${"#".repeat(5 << 20)}\n`, "ENVSEAL_KEY_DEFAULT", { ENVSEAL_KEY: own }, "ENVSEAL_KEY"],
    ] as const)
      inFiles(project, { [file]: text }, () => {
        const stderr = project.node([`--env-file=${file}`, ...program], { env: { ...SERVER, ...env } }).stderr;
        expect(stderr).toContain(`the key in ${used}, which ${project.path(file)} has too`);
        expect(stderr).toContain(`not by the one of ${left}:`);
        expect(stderr).not.toContain("esk_");
      });
  });

  it("is told of by the command line, which a program with such a file started", () => {
    const { project, own, other } = withKeys();
    inFiles(project, { ".env": `ENVSEAL_KEY_DEFAULT=${other}\n` }, () => {
      for (const args of [
        ["get", "A"],
        ["run", "--", process.execPath, "-e", PRINT],
      ]) {
        const { code, stdout, stderr } = project.envseal(args, { env: { ...SERVER, ENVSEAL_KEY: own, ENVSEAL_KEY_DEFAULT: other } });
        expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
        expect(stderr).toContain(`the key in ENVSEAL_KEY_DEFAULT, which ${project.path(".env")} has too`);
      }
    });
  });

  const SILENT: [string, Record<string, string>, Record<string, string>][] = [
    ["there is no file", {}, { ENVSEAL_KEY: "own", ENVSEAL_KEY_DEFAULT: "other" }],
    ["it is the only key", { ".env": "ENVSEAL_KEY=own" }, { ENVSEAL_KEY: "own" }],
    ["the operator's goes before it", { ".env": "ENVSEAL_KEY=other" }, { ENVSEAL_KEY: "other", ENVSEAL_KEY_DEFAULT: "own" }],
    [
      "it is for another environment",
      { ".env": "ENVSEAL_KEY_STAGING=other" },
      { ENVSEAL_KEY: "own", ENVSEAL_KEY_STAGING: "other", ENVSEAL_ENV: "default" },
    ],
    ["the file has another value", { ".env": "ENVSEAL_KEY_DEFAULT=else" }, { ENVSEAL_KEY: "own", ENVSEAL_KEY_DEFAULT: "other" }],
    ["the file is elsewhere", { "conf/.env": "ENVSEAL_KEY_DEFAULT=other" }, { ENVSEAL_KEY: "own", ENVSEAL_KEY_DEFAULT: "other" }],
  ];

  it("is no word where it goes before nothing, or no file of the project has it", () => {
    const { project, own, other } = withKeys();
    const filled = (from: Record<string, string>) =>
      Object.fromEntries(Object.entries(from).map(([name, text]) => [name, text.replace("own", own).replace("other", other)]));
    for (const [where, files, env] of SILENT)
      inFiles(project, filled(files), () => {
        const result = project.node(["-r", "envseal/config", "-e", PRINT], { env: { ...SERVER, ...filled(env) } });
        expect(result, where).toEqual({ code: 0, stdout: "1\n", stderr: "" });
      });
  });
});
