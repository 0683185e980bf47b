import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project, sandbox } from "../../support/sandbox.ts";
import { committed, git, guards, KEY } from "./repository.ts";

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
    // Before any hook has run there, when git has made no folder of ours for it.
    for (const action of ["status", "install"]) expect(tree.ok(["hooks", action, "--cwd", "apps/web"]).stdout).not.toContain("does not");
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

  it.each(
    [["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["zsh", "--emulate", "sh"], ["ksh"]].map(
      (shell) => [shell.join(" "), shell] as const,
    ),
  )("are run by whatever is sh (%s), with no folder of the work tree in PATH", (_, shell) => {
    if (spawnSync(shell[0] as string, [...shell.slice(1), "-c", "exit 0"]).status !== 0) return;
    const project = committed();
    project.ok(["hooks", "install", "-q"]);
    project.write("leak.js", `"${KEY}"\n`);
    for (const folder of ["bin", "node_modules/.bin", "../beside/node_modules/.bin"])
      for (const name of ["node", "git", "tr", "sed"]) {
        project.write(`${folder}/${name}`, `#!/bin/sh\n: >"${project.path("../shadow")}"\nexit 0\n`);
        chmodSync(project.path(folder, name), 0o755);
      }
    symlinkSync(project.path("bin"), project.path("../link"), "junction");
    project.git("add", "leak.js");
    const folders = [
      "node_modules/.bin",
      "",
      ".",
      "bin",
      project.path("bin"),
      project.path("../link"),
      project.path("../beside/node_modules/.bin"),
    ];
    const run = (event: string) =>
      spawnSync(shell[0] as string, [...shell.slice(1), ".git/envseal/run", event, ".git/COMMIT_EDITMSG"], {
        cwd: project.folder,
        env: { ...project.sandbox.env, PATH: [...folders, project.sandbox.env.PATH].join(delimiter), GIT_DIR: ".git" },
        encoding: "utf8",
      });
    expect(run("pre-commit")).toMatchObject({ status: 1, stderr: expect.stringContaining("pre-commit stopped") });
    rmSync(project.copy(), { recursive: true });
    expect(run("pre-commit")).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot find envseal") });
    expect(run("post-checkout")).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(project.path("../shadow"))).toBe(false);
  });

  it("start in a home that is a work tree as a whole, with what lies in it", () => {
    const project = committed();
    project.ok(["hooks", "install", "-q"]);
    project.write(".local/bin/node", `#!/bin/sh\n: >"${project.path("../used")}"\nexec '${process.execPath}' "$@"\n`);
    chmodSync(project.path(".local/bin/node"), 0o755);
    const env = { HOME: project.folder, PATH: `${project.path(".local/bin")}${delimiter}${project.sandbox.env.PATH}` };
    expect(git(project, ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"], env).code).toBe(0);
    expect(existsSync(project.path("../used"))).toBe(true);
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
