import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Project } from "../../support/sandbox.ts";
import { committed, git, guards, KEY } from "./repository.ts";

/** A shell keeps what was exported for another project: it must not hide this person's own key of this one. */

function keyOfAnother(project: Project, environment = "default", flags: readonly string[] = []): string {
  const file = environment === "default" ? ".env" : `.env.${environment}`;
  const other = project.sandbox.project({ [file]: "OTHER=value_of_another\n" }, { name: `other-${environment}` });
  other.ok(["init", "--yes", "--no-hooks", "-q"]);
  return other.ok(["deploy-key", "create", "ci", "-e", environment, ...flags, "-q"]).stdout.trim();
}

describe("with another project's key in the environment", () => {
  it("hooks, check, scan and history use the person's own", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const key = keyOfAnother(project);
    const foreign: Record<string, string>[] = [
      { ENVSEAL_KEY: key },
      { ENVSEAL_KEY_DEFAULT: key },
      { ENVSEAL_KEY: keyOfAnother(project, "staging") },
      { ENVSEAL_KEY: keyOfAnother(project, "production", ["--read-only"]) },
      { ENVSEAL_KEY_FILE: "/nowhere/key" },
    ];
    for (const env of foreign) expect(guards(project, env), Object.keys(env).join()).toBe(true);
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    for (const env of foreign) {
      for (const command of [
        ["check", "--staged"],
        ["scan", "-q"],
      ])
        expect(project.envseal(command, { env })).toMatchObject({ code: 1, stdout: expect.stringContaining("the value of API_KEY") });
      expect(project.ok(["log", "API_KEY"], { env }).stdout).not.toContain("no key");
    }
    // What opens values for use says that the key is another's.
    expect(project.fails(["get", "API_KEY"], { env: { ENVSEAL_KEY: key } }).error).toBe("PIN_MISMATCH");
  });

  it("a change of the manifest is authenticated, and no finding", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const env = { ENVSEAL_KEY: keyOfAnother(project) };
    project.ok(["require", "API_KEY"]);
    project.git("add", "envseal.json");
    expect(git(project, ["commit", "-qm", "required"], env)).toEqual({ code: 0, output: "" });
    // Where this machine never saw the project, nothing tells such a key from one that was taken out.
    rmSync(join(project.sandbox.home, "state"), { recursive: true });
    expect(project.envseal(["check", "--all"], { env })).toMatchObject({ code: 1, stdout: expect.stringContaining("[forged-authority]") });
  });

  it("scan asks the person's custody all the same", () => {
    const project = committed();
    const keeper = join(project.sandbox.root, "keeper");
    const identities = join(project.sandbox.env.XDG_CONFIG_HOME as string, "envseal/identities");
    const identity = readFileSync(join(identities, JSON.parse(project.read("envseal.json")).project), "utf8");
    writeFileSync(keeper, `#!/bin/sh\ncat <<'END'\n${identity}END\n`, { mode: 0o700 });
    project.ok(["custody", "move", "command", "--", keeper]);
    project.write("leak.js", `"${KEY}"\n`);
    expect(project.envseal(["scan"], { env: { ENVSEAL_KEY: keyOfAnother(project) } })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("leak.js line 1 holds the value of API_KEY"),
    });
  });

  it("a commit tells what is not sealed", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const keys = [keyOfAnother(project), keyOfAnother(project, "staging")];
    project.write(".env", `${project.read(".env")}NEW=value\n`);
    for (const key of keys) {
      project.write("a.js", `${key.length}${Math.random()}\n`);
      project.git("add", "a.js");
      expect(git(project, ["commit", "-qm", "x"], { ENVSEAL_KEY: key })).toMatchObject({
        code: 0,
        output: expect.stringContaining(".env.vault lacks changes of the plaintext beside it: envseal encrypt"),
      });
    }
  });
});
