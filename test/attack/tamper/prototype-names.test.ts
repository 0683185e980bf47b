import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Project, Sandbox } from "../../support/sandbox.ts";

describe("names of Object.prototype", () => {
  const NAMES = { toString: "a", constructor: "b", hasOwnProperty: "c", valueOf: "d", A: "e" };

  function named(files: Record<string, string>): Project {
    const box = new Sandbox();
    onTestFinished(() => box.remove());
    const project = box.project({ ...files, "app.cjs": "console.log(JSON.stringify(Object.entries(process.env)))" });
    project.ok(["init", "--yes", "--no-hooks", "-q", "--no-recovery"]);
    project.install();
    return project;
  }

  const text = Object.entries(NAMES)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

  it("as variables: sealed, listed and exported as any other", () => {
    const project = named({ ".env": text });
    expect(JSON.parse(project.ok(["export", "--format", "json"]).stdout)).toEqual(NAMES);
    expect(project.ok(["get", "toString"]).stdout).toBe("a\n");
    expect(project.fails(["get", "isPrototypeOf"]).error).toBe("NOT_SET");
  });

  it("as variables: they reach the app", () => {
    const project = named({ ".env": text });
    const boot = project.node(["-r", "envseal/config", "app.cjs"]);
    expect(Object.fromEntries(JSON.parse(boot.stdout))).toMatchObject(NAMES);
  });

  it("as an environment, on a machine without pins: it opens", () => {
    const project = named({ ".env.constructor": "A=1\n" });
    const env = { XDG_STATE_HOME: join(project.sandbox.root, "no-state") };
    expect(project.ok(["get", "A", "-e", "constructor"], { env }).stdout).toBe("1\n");
  });

  it("as a recipient who joins: the name is free", () => {
    const project = named({ ".env": "A=1\n" });
    project.ok(["join", "--name", "constructor"], { env: project.sandbox.otherHome("new") });
  });

  it("as a deploy key", () => {
    const project = named({ ".env": "A=1\n" });
    const key = project.ok(["deploy-key", "create", "constructor", "-q"]).stdout.trim();
    const env = { ...project.sandbox.otherHome("server"), ENVSEAL_KEY: key };
    expect(project.ok(["get", "A"], { env }).stdout).toBe("1\n");
  });
});
