import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sandbox } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const INIT = ["init", "--yes", "--no-hooks"];

describe("init", () => {
  it.each([
    ["an example that was let in above", "!.env.example\n.env\n", [".env.example"]],
    ["vaults that were let in above what hides them", ".env\n!.env*.vault\n!envseal.json\n.env*\n", []],
    ["a pattern that hides the manifest alone", "*.json\n", []],
    ["patterns that hide plaintext, vault and manifest", ".env*\n*.vault\n*.json\n", []],
  ])("lets git see what it should beside %s", (_, ignored, more) => {
    const project = sandbox().project({
      ".gitignore": ignored,
      ".dockerignore": "!**/.env*.vault\n!envseal.json\n.env*\n",
      ".gcloudignore": "*.json\n",
      ".env": "A=1\n",
      ".env.production": "A=2\n",
      ".env.example": "A=\n",
    });
    project.ok(INIT);
    project.git("add", "-A");
    const tracked = project.git("ls-files").split("\n");
    expect(tracked).toEqual(expect.arrayContaining([...more, ".env.production.vault", ".env.vault", "envseal.json"]));
    expect(tracked).not.toContain(".env");
    expect(project.read(".dockerignore")).toMatch(/\.env\*\n\n# envseal[^\n]*\n!\*\*\/\.env\*\.vault\n!envseal\.json\n$/);
    expect(project.read(".gcloudignore")).toMatch(/^!envseal\.json$/m);
    const before = project.read(".gitignore");
    expect(project.ok(INIT).stderr).toContain("nothing to do");
    expect(project.read(".gitignore")).toBe(before);
  });

  it("says where a folder's own .gitignore decides otherwise, each time", () => {
    const project = sandbox().project({ "web/.gitignore": "*.vault\n!.env\n", "web/.env": "A=1\n" });
    for (const _ of [1, 2]) {
      const { stderr } = project.ok(INIT);
      expect(stderr).toContain("git does not ignore web/.env");
      expect(stderr).toContain("git ignores web/.env.vault");
    }
  });

  it("shows no value of a secret-like name in clear, whatever it starts with", () => {
    const project = sandbox().project({ ".env": "VITE_TITLE=app\nVITE_STRIPE_SECRET=plain1plain1\nNEXT_PUBLIC_URL=https://x.test\n" });
    expect(project.ok(INIT).stderr).toContain("shown in clear: NEXT_PUBLIC_*, VITE_TITLE");
    expect(project.read(".env.vault")).not.toContain("plain1plain1");
    expect(project.read(".env.vault")).toContain("VITE_TITLE='app'");
  });

  it("says of a link that it is not followed", () => {
    const project = sandbox().project({ "shared/env": "A=1\n" });
    symlinkSync("shared/env", project.path(".env"));
    expect(project.ok(INIT).stderr).toMatch(/skip +\.env: a symbolic link/);
  });

  it.runIf(terminalIsHere)(`writes nothing where the manifest was changed while it asked${terminalNotice}`, async () => {
    const project = sandbox().project({ ".env": "A=1\n" });
    project.ok(INIT);
    project.write(".env.staging", "B=2\n");
    const terminal = new Terminal(project, ["init", "--no-hooks"]);
    await terminal.waitFor(/go ahead/);
    project.ok(["deploy-key", "create", "ci", "-e", "default"]);
    const manifest = project.read("envseal.json");
    terminal.type("y");
    expect(await terminal.end()).toBe(2);
    expect(terminal.screen).toContain("changed meanwhile; nothing was written");
    expect(project.read("envseal.json")).toBe(manifest);
  });
});
