import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALL, firing, KEY, MANAGERS, type Manager, run, snapshot, start, stops } from "../support/managers.ts";
import { Project } from "../support/sandbox.ts";

/** Hooks in git's configuration, as git 2.54 and newer run them. ENVSEAL_NEW_GIT: the folder of such a git. */

const PATH = [process.env.ENVSEAL_NEW_GIT ?? "", process.env.PATH ?? ""].filter(Boolean).join(delimiter);
const version = spawnSync("git", ["version"], { env: { PATH }, encoding: "utf8" }).stdout;
const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(version) ?? [];
const isNew = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 54);

/** A project whose every command finds the new git first. */
function begin(options = {}): Project {
  const project = start({ "README.md": "# app\n" }, options);
  project.sandbox.env.PATH = PATH;
  return project;
}

const git = (project: Project, ...args: string[]) => run(project, "git", args);

describe.runIf(isNew)(`hooks in git's configuration${isNew ? "" : " (skipped: needs git >= 2.54)"}`, () => {
  it.each(["repo", "mein repo 'ü'"])("are armed, fire, and go without a trace: %s", (name) => {
    const project = begin({ name });
    const before = { config: project.read(".git/config"), hooks: snapshot(project.path(".git/hooks")) };
    expect(project.fails(["hooks", "status"]).stdout).toContain("not armed in this clone");
    expect(project.ok(["hooks", "install"]).stderr).toContain("git's configuration of this clone");
    const armed = project.read(".git/config");
    project.ok(["hooks", "install"]);
    expect(project.read(".git/config")).toBe(armed);
    expect(project.ok(["hooks", "status"]).stdout).toMatch(/armed, and git reaches them[\s\S]*on {3}pre-push/);
    expect(stops(project)).toEqual(ALL);
    git(project, "remote", "remove", "origin");
    project.ok(["hooks", "uninstall"]);
    expect({ config: project.read(".git/config"), hooks: snapshot(project.path(".git/hooks")) }).toEqual(before);
    expect(stops(project)).toEqual([]);
  });

  it("fire beside husky, lefthook, pre-commit and hook files, which go on firing, whoever comes first", () => {
    const project = begin();
    const [own, husky, lefthook, , preCommit] = MANAGERS as Manager[];
    const add = (manager: Manager | undefined) => {
      const fired = manager === preCommit ? firing(project) : [];
      manager?.install(project);
      if (manager !== undefined) expect(firing(project)).toEqual([...new Set([...fired, manager.name])].sort());
      expect(stops(project)).toEqual(ALL);
    };
    project.ok(["hooks", "install"]);
    for (const manager of [own, lefthook, preCommit, husky]) add(manager);
    const fired = firing(project);
    project.ok(["hooks", "uninstall"]);
    expect(firing(project)).toEqual(fired);
    project.ok(["hooks", "install"]);
    expect(firing(project)).toEqual(fired);
    expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
  });

  it("are proven without running anybody's hook file", () => {
    const project = begin();
    MANAGERS[0]?.install(project);
    project.ok(["hooks", "install"]);
    project.ok(["hooks", "status"]);
    expect(existsSync(join(project.sandbox.root, "ran"))).toBe(false);
  });

  it("fire in a linked worktree that has no .husky/_, past core.hooksPath, and after the folder was moved", () => {
    const project = begin();
    MANAGERS[1]?.install(project);
    project.ok(["hooks", "install"]);
    project.git("worktree", "add", "-q", "../tree");
    const tree = new Project(project.sandbox, join(project.sandbox.root, "tree"));
    expect(git(tree, "commit", "-q", "--allow-empty", "-m", KEY).output).toContain("commit-msg stopped");
    expect(git(tree, "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", KEY).output).toContain("commit-msg stopped");
    expect(tree.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
    run(project, "mv", [project.folder, join(project.sandbox.root, "moved")]);
    const moved = new Project(project.sandbox, join(project.sandbox.root, "moved"));
    expect(stops(moved)).toEqual(ALL);
  });

  it("strict: no ref moves to a secret, and uninstall takes it all away", () => {
    const project = begin();
    const before = project.read(".git/config");
    project.ok(["hooks", "install", "--strict"]);
    expect(git(project, "tag", "-a", "v1", "-m", KEY).output).toContain("reference-transaction stopped");
    expect(git(project, "branch", `fix-${KEY}`).output).toContain("reference-transaction stopped");
    expect(git(project, "add", "-f", ".env").output).toContain("is plaintext; seal it");
    expect(git(project, "branch", "fine")).toEqual({ code: 0, output: "" });
    project.ok(["hooks", "uninstall"]);
    expect(project.read(".git/config")).toBe(before);
    expect(git(project, "add", "-f", ".env").code).toBe(0);
  });

  it("status tells what is switched off; a hook that cannot look says how to go on", () => {
    const project = begin();
    project.ok(["hooks", "install"]);
    for (const name of ["envseal-pre-push", "pre-push"]) {
      project.git("config", `hook.${name}.enabled`, "false");
      expect(project.fails(["hooks", "status"]).stdout).toMatch(/armed in part[\s\S]*off {2}pre-push/);
      project.git("config", "--unset", `hook.${name}.enabled`);
    }
    project.ok(["hooks", "status"]);
    rmSync(project.copy(), { recursive: true });
    rmSync(project.path("node_modules"), { recursive: true });
    project.write("a.js", "1\n");
    git(project, "add", "a.js");
    const { code, output } = git(project, "commit", "-qm", "x");
    expect(code).not.toBe(0);
    const [, way = ""] = /to go on all the same: git (.*) \.\.\./.exec(output) ?? [];
    expect(git(project, ...way.split(" "), "commit", "-qm", "x")).toEqual({ code: 0, output: "" });
  });

  it("an older git on the same clone is told that it does not reach them", () => {
    const project = begin();
    project.ok(["hooks", "install"]);
    const old = join(project.sandbox.root, "old");
    mkdirSync(old);
    const real = spawnSync("sh", ["-c", "command -v git"], { env: { PATH }, encoding: "utf8" }).stdout.trim();
    const script = `#!/bin/sh\nfor last; do :; done\n[ "$last" != version ] || { echo git version 2.40.0; exit; }\n[ "$3" != hook ] || exit 0\nexec '${real}' "$@"\n`;
    writeFileSync(join(old, "git"), script, { mode: 0o755 });
    expect(readFileSync(join(old, "git"), "utf8")).toContain(real);
    const status = project.fails(["hooks", "status"], { env: { PATH: `${old}${delimiter}${PATH}` } });
    expect(status.stdout).toContain("installed, but git does not reach them");
  });
});
