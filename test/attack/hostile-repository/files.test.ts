import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../../support/sandbox.ts";
import { SOME } from "./commands.ts";
import { Hostile } from "./hostile.ts";

describe("a hostile repository", () => {
  it("runs no program that only lies in it", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    for (const name of ["git", "node", "envseal", "sh", "less", "age", "vi", "sed", "envseal-custody"]) {
      const from = hostile.program(`program.${name}`);
      for (const folder of ["", "node_modules/.bin", "bin"]) {
        mkdirSync(project.path(folder), { recursive: true });
        writeFileSync(project.path(folder, name), `#!/bin/sh\n"${from}"\n`, { mode: 0o755 });
      }
    }
    const script = `"${hostile.program("script")}"`;
    const scripts = Object.fromEntries(["preinstall", "prepare", "envseal", "pretest"].map((name) => [name, script]));
    project.write("package.json", JSON.stringify({ name: "x", scripts, envseal: { editor: script, pager: script, custody: script } }));
    project.write("node_modules/envseal/package.json", JSON.stringify({ name: "envseal", main: "evil.js" }));
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(join(project.sandbox.root, "fired/module"))}, "")`;
    project.write("node_modules/envseal/evil.js", evil);
    for (const name of ["dotenv", "cac", "simple-git", "@napi-rs/keyring"]) {
      project.write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "evil.js" }));
      project.write(`node_modules/${name}/evil.js`, evil);
    }
    for (const name of [".envsealrc", ".envsealrc.json", "envseal.config.js", "envseal.config.mjs", ".env.js", ".envsealrc.js"])
      project.write(name, `${evil}\n`);
    project.write(".npmrc", `script-shell=${hostile.program("npmrc")}\n`);
    project.write(".envrc", `"${hostile.program("envrc")}"\n`);
    project.write(".nvmrc", "0\n");
    expect(hostile.startedBy(SOME)).toEqual([]);
  });

  it("names no program: a custody in the manifest is a word, and whoever writes more is refused", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    const program = hostile.program("custody");
    const manifest = JSON.parse(project.read("envseal.json"));
    for (const custody of [{ kind: "command", command: [program] }, { kind: "command", program }, { kind: program }]) {
      manifest.recipients.ada.custody = custody;
      project.write("envseal.json", JSON.stringify(manifest));
      expect(project.fails(["get", "API_KEY"]).error).toBe("MALFORMED_MANIFEST");
    }
    manifest.recipients.ada.custody = { kind: "command" };
    project.write("envseal.json", JSON.stringify(manifest));
    expect(hostile.startedBy([["get", "API_KEY"], ["custody", "show"], ["doctor"]])).toEqual([]);
  });

  it.runIf(process.platform !== "win32")("holds nothing up with a pipe or gigabytes under the name of .git or of settings", () => {
    const ends = (project: Project, args: string[], what: string) => {
      const started = Date.now();
      const { error, stderr } = project.fails(args, { input: "x" });
      expect(Date.now() - started, what).toBeLessThan(10_000);
      expect({ error, stderr }).toMatchObject({ error: "IO", stderr: expect.stringMatching(/is no regular file|is larger than/) });
    };
    const pipe = (path: string) => execFileSync("mkfifo", [path]);
    const large = (path: string) => {
      writeFileSync(path, "");
      truncateSync(path, 3 * 2 ** 30);
    };
    for (const make of [pipe, large]) {
      const project = sealedProject();
      for (const name of [".dockerignore", "package.json"]) {
        rmSync(project.path(name), { force: true });
        make(project.path(name));
        ends(project, name === "package.json" ? ["hooks", "install"] : ["init", "--yes"], name);
        rmSync(project.path(name));
      }
      rmSync(project.path(".git"), { recursive: true });
      make(project.path(".git"));
      ends(project, ["set", "B", "-q"], ".git");
    }
  });
});
