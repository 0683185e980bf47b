import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project, sandbox } from "../../support/sandbox.ts";
import { git, guards, KEY } from "./repository.ts";

describe("hooks", () => {
  it("work in a linked worktree, a submodule, a path with a space and ü, and where package.json is not at the root", () => {
    const box = sandbox();
    const project = box.project({ "apps/web/.env": `API_KEY=${KEY}\n`, "apps/web/package.json": "{}\n" }, { name: "mein repo ü" });
    project.ok(["init", "--yes", "--no-hooks", "-q", "--cwd", "apps/web"]);
    project.commitAll("first");
    project.ok(["hooks", "install", "--cwd", "apps/web"]);
    expect(guards(project)).toBe(true);
    project.git("worktree", "add", "-q", "../tree");
    const tree = new Project(box, join(box.root, "tree"));
    expect(git(tree, ["commit", "-q", "--allow-empty", "-m", `uses ${KEY}`]).output).toContain("commit-msg stopped");
    tree.write("apps/web/.env.local", "A=1\n");
    tree.git("add", "-f", "apps/web/.env.local");
    expect(git(tree, ["commit", "-qm", "x"]).output).toContain("pre-commit stopped");
    const outer = box.project({}, { name: "outer" });
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", project.folder, "sub");
    const sub = new Project(box, outer.path("sub"));
    sub.ok(["hooks", "install", "--cwd", "apps/web"]);
    sub.write(".env.local", "A=1\n");
    sub.git("add", "-f", ".env.local");
    expect(git(sub, ["commit", "-qm", "x"]).output).toContain("pre-commit stopped");
  });

  it("know the projects whose manifests lie below the top folder", () => {
    const box = sandbox();
    const project = box.project(
      { "apps/web/.env": `API_KEY=${KEY}\n`, "apps/api/.env": "TOKEN=pw_3fGh7Kl9Zx2Qw_other\n", "README.md": "# app\n" },
      { git: false },
    );
    for (const folder of ["apps/web", "apps/api"]) project.ok(["init", "--yes", "-q", "--cwd", folder]);
    project.git("init", "-q");
    project.write(".gitignore", ".env\n.envseal\n");
    project.commitAll("first");
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
    project.write("leak.js", '"pw_3fGh7Kl9Zx2Qw_other"\n');
    project.git("add", "leak.js");
    expect(git(project, ["commit", "-qm", "x"]).output).toContain("the value of TOKEN");
    project.git("rm", "-qf", "--cached", "leak.js");
    const vault = project.read("apps/api/.env.vault");
    project.write("apps/api/.env.vault", vault.replace(/:[\w-]{12}/, `:${"A".repeat(12)}`));
    project.git("add", "apps/api/.env.vault");
    expect(git(project, ["commit", "-qm", "x"]).output).toContain("forged-vault");
  });
});
