import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, ROOT, sandbox, sealedProject } from "../../support/sandbox.ts";
import { committed, FILES, git, guards, snapshot } from "./repository.ts";

describe("hooks", () => {
  it("are armed, fire, are armed again without a change, and go without a trace", () => {
    const project = committed();
    const before = snapshot(project.path(".git/hooks"));
    expect(project.fails(["hooks", "status"]).stdout).toContain("not armed");
    expect(project.ok(["hooks", "install"]).stderr).not.toContain("what was there");
    const armed = snapshot(project.path(".git/hooks"));
    project.ok(["hooks", "install"]);
    expect(snapshot(project.path(".git/hooks"))).toEqual(armed);
    expect(project.ok(["hooks", "status"]).stdout).toMatch(/armed, and git reaches them[\s\S]*on {3}pre-push/);
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(snapshot(project.path(".git/hooks"))).toEqual(before);
    expect(git(project, ["config", "--get-regexp", "envseal"]).code).toBe(1);
    expect(guards(project)).toBe(false);
  });

  it("keep and run what was there, with its own bytes, mode, arguments and standard input", () => {
    const project = committed();
    const own =
      '#!/bin/sh\necho "own $1 $2" >>"$(git rev-parse --show-toplevel)/../ran"\ncat >>"$(git rev-parse --show-toplevel)/../ran"\n';
    for (const event of ["pre-commit", "pre-push"]) {
      project.write(`.git/hooks/${event}`, own);
      chmodSync(project.path(".git/hooks", event), 0o750);
    }
    expect(project.ok(["hooks", "install"]).stderr).toMatch(/what was there runs after ours\n$|git's configuration/);
    expect(guards(project)).toBe(true);
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    project.git("push", "-q", "origin", "HEAD:main");
    const ran = readFileSync(join(project.sandbox.root, "ran"), "utf8");
    expect(ran).toMatch(/^own {2}\nown origin \.\.\/origin\.git\n\S+ [0-9a-f]{40} refs\/heads\/main 0{40}\n$/);
    project.ok(["hooks", "uninstall"]);
    for (const event of ["pre-commit", "pre-push"]) {
      expect(project.read(`.git/hooks/${event}`)).toBe(own);
      expect(statSync(project.path(".git/hooks", event)).mode & 0o777).toBe(0o750);
    }
  });

  it("take one line in each of husky's files, above what is there, whoever was installed first", () => {
    const project = committed();
    project.write("package.json", '{"name":"app"}\n');
    project.install();
    const husky = () =>
      spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    husky();
    const own = "echo own >>../ran\n";
    project.write(".husky/pre-commit", own);
    project.ok(["hooks", "install"]);
    expect(project.read(".husky/pre-commit")).toMatch(
      /^\/bin\/sh "\$\(run=\.git\/envseal\/run; .*run=node_modules\/envseal\/hooks\/run; echo "\$run"\)" pre-commit "\$@" \|\| exit \$\?; .*\necho own/,
    );
    project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
    project.commitAll("husky");
    expect(guards(project)).toBe(true);
    husky();
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(project.read(".husky/pre-commit")).toBe(own);
    expect(existsSync(project.path(".husky/pre-push"))).toBe(false);
  });

  it("leave the lines of a push to what follows in husky's file: git-lfs would upload nothing without them", () => {
    const project = committed();
    spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    const own = "cat >../pushed\n";
    project.write(".husky/pre-push", own);
    project.ok(["hooks", "install"]);
    project.ok(["hooks", "install"]);
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("push", "-q", "../origin.git", "HEAD:main");
    expect(readFileSync(join(project.sandbox.root, "pushed"), "utf8")).toMatch(/^\S+ [0-9a-f]{40} refs\/heads\/main 0{40}\n$/);
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(project.read(".husky/pre-push")).toBe(own);
  });

  it("are not called armed where their line is commented out, and are armed again", () => {
    const project = committed();
    spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    project.ok(["hooks", "install"]);
    const armed = project.read(".husky/pre-push");
    project.write(".husky/pre-push", `  # ${armed}`);
    expect(project.fails(["hooks", "status"]).stdout).toMatch(/off {2}pre-push/);
    project.ok(["hooks", "install"]);
    expect(project.read(".husky/pre-push")).toBe(armed);
    expect(project.ok(["hooks", "status"]).stdout).toMatch(/on {3}pre-push/);
  });

  it("leave the files of a husky before version 9, where git looks for them itself, as they were", () => {
    const project = committed();
    const own = "#!/bin/sh\necho own >>../ran";
    project.write(".husky/pre-commit", own);
    chmodSync(project.path(".husky/pre-commit"), 0o755);
    project.git("config", "core.hooksPath", ".husky");
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(project.read(".husky/pre-commit")).toBe(own);
    expect(existsSync(project.path(".husky/pre-push"))).toBe(false);
  });

  it("are armed by the link that npm makes, too", () => {
    const project = sealedProject(FILES);
    mkdirSync(join(project.sandbox.root, "bin"));
    symlinkSync(CLI, join(project.sandbox.root, "bin/envseal"));
    const { status, stderr } = spawnSync(process.execPath, [join(project.sandbox.root, "bin/envseal"), "hooks", "install"], {
      cwd: project.folder,
      env: project.sandbox.env,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("are armed, and fire") });
    project.commitAll("first");
    expect(guards(project)).toBe(true);
  });

  it("say so where another manager keeps git from reaching them", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("package.json", '{"name":"app"}\n');
    project.install();
    spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    expect(project.fails(["hooks", "status"]).stdout).toContain("git does not reach them");
    expect(project.envseal(["doctor"]).stdout).toMatch(/fail\s+hooks[\s\S]*fix: envseal hooks install/);
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
  });

  it.each([
    ["9.1.7", "npx husky"],
    ["^8.0.3", "npx husky install"],
  ])(
    "in a fresh clone, where husky %s is not started yet, say the command that starts it, and commit what they wrote",
    (version, command) => {
      const project = sandbox().project();
      project.write(".env", FILES[".env"]);
      project.write("package.json", `{"name":"app","devDependencies":{"husky":"${version}"}}\n`);
      project.write(".husky/pre-commit", "true\n");
      const { stderr } = project.ok(["init", "--yes", "--no-recovery"]);
      expect(stderr).toContain(`git does not run it yet; now run: ${command}, then: envseal hooks status`);
      expect(stderr).toMatch(/^ {2}git add envseal\.json .*\.husky && git commit/m);
      expect(project.ok(["hooks", "install"]).stderr).toContain(`now run: ${command}, then`);
      spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
      project.ok(["hooks", "status"]);
    },
  );

  it("are not armed in a folder that other repositories share", () => {
    const project = committed();
    mkdirSync(join(project.sandbox.root, "global"));
    project.git("config", "core.hooksPath", join(project.sandbox.root, "global"));
    expect(project.fails(["hooks", "install"])).toMatchObject({
      code: 5,
      error: "GIT",
      stderr: expect.stringContaining("which other repositories use too"),
    });
  });
});
