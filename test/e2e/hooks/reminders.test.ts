import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../support/sandbox.ts";
import { committed, git } from "./repository.ts";

describe("hooks", () => {
  it("tell after a pull that a vault is newer than the plaintext beside it", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.git("checkout", "-q", "-b", "side");
    const plaintext = project.read(".env");
    project.ok(["set", "API_KEY", "-q"], { input: "another_value_7d2Fq9" });
    project.commitAll("new value");
    project.git("checkout", "-q", "main");
    project.write(".env", plaintext);
    project.ok(["sync", "-q", "--yes"]);
    expect(git(project, ["merge", "-q", "side"])).toMatchObject({
      code: 0,
      output: expect.stringContaining(".env.vault is newer than the plaintext beside it: envseal decrypt"),
    });
  });

  it("tell at a commit that the plaintext has changes which are not sealed", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("a.js", "1\n");
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "nothing to tell"])).toEqual({ code: 0, output: "" });
    project.write(".env", `${project.read(".env")}NEW=value\n`);
    project.write("a.js", "2\n");
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({
      code: 0,
      output: expect.stringContaining(".env.vault lacks changes of the plaintext beside it: envseal encrypt"),
    });
    project.ok(["encrypt", "-q"]);
    project.git("add", ".env.vault");
    expect(git(project, ["commit", "-qm", "sealed"])).toEqual({ code: 0, output: "" });
  });
});

describe("further doors", () => {
  it("the loader and status remind a developer whose clone is not armed, and nobody else", () => {
    const project = committed();
    project.install();
    const boot = (env: Record<string, string> = {}) => project.node(["-r", "envseal/config", "-p", "1"], { env }).stderr;
    project.ok(["get", "API_KEY"]);
    expect(boot()).toContain("git hooks are not armed in this clone");
    expect(project.ok(["status"]).stdout).toContain("git hooks are not armed");
    expect(boot({ CI: "1" })).toBe("");
    expect(boot({ NODE_ENV: "production" })).toBe("");
    project.ok(["hooks", "install"]);
    expect(boot()).toBe("");
    expect(project.ok(["status"]).stdout).not.toContain("not armed");
    project.git("worktree", "add", "-q", "../tree");
    expect(
      project.node(["-r", "envseal/config", "-p", "1"], {
        cwd: join(project.sandbox.root, "tree"),
        env: { NODE_PATH: project.path("node_modules") },
      }).stderr,
    ).not.toContain("not armed");
  });

  it("remind where husky's own folder is missing, which is in no commit: a linked worktree, a cleaned one", () => {
    const project = committed();
    project.install();
    const husky = (cwd: string) => project.execute([process.execPath, join(ROOT, "node_modules/husky/bin.js")], { cwd });
    const tree = join(project.sandbox.root, "tree");
    const env = { NODE_PATH: project.path("node_modules") };
    const reminds = (cwd: string) => {
      const boot = project.node(["-r", "envseal/config", "-p", "1"], { cwd, env }).stderr.includes("git hooks are not armed");
      const status = project.ok(["status"], { cwd }).stdout.includes("git hooks are not armed");
      expect(boot).toBe(status);
      return boot;
    };
    husky(project.folder);
    project.ok(["hooks", "install"]);
    project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
    project.commitAll("husky");
    expect(reminds(project.folder)).toBe(false);
    project.git("worktree", "add", "-q", tree);
    // Where git takes hooks from the configuration, it needs no folder.
    const isNew = project.git("config", "--list").includes("hook.envseal-");
    expect(reminds(tree)).toBe(!isNew);
    if (!isNew)
      expect(project.ok(["hooks", "install"], { cwd: tree }).stderr).toContain("git does not run it yet; now run: npx husky, then");
    husky(tree);
    expect(reminds(tree)).toBe(false);
    project.git("clean", "-qfdx", "-e", "node_modules");
    expect(reminds(project.folder)).toBe(!isNew);
  });
});
