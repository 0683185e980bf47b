import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { SOME } from "./commands.ts";
import { Hostile } from "./hostile.ts";

describe("a hostile repository", () => {
  it("fetches nothing: no transport is started for an object that a promisor is said to have", () => {
    const hostile = new Hostile().arm();
    const { project } = hostile;
    hostile.config("core.repositoryFormatVersion", "1");
    hostile.config("extensions.partialClone", "evil");
    hostile.config("remote.evil.url", "ssh://nowhere.invalid/x");
    hostile.config("remote.evil.promisor", "true");
    hostile.config("remote.evil.uploadpack", hostile.program("uploadpack"));
    const old = project.git("rev-parse", "HEAD~1:.env.vault").trim();
    rmSync(project.path(".git/objects", old.slice(0, 2), old.slice(2)));
    hostile.fired();
    hostile.git("cat-file", "-p", old);
    expect(hostile.fired()).toContain("core.sshCommand");
    expect(hostile.startedBy([["log"], ["check", "--all"], ["scan", "--history"], ["exposure"], ["show", "HEAD~1:.env"]])).toEqual([]);
    // A git from before GIT_NO_LAZY_FETCH, as this one is where nothing is said of it.
    const shim = join(project.sandbox.root, "old-git");
    mkdirSync(shim);
    const real = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(shim, "git"), `#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec "${real}" "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${shim}${delimiter}${process.env.PATH}` };
    expect(hostile.startedBy([["log"], ["check", "--all"], ["scan", "--history"]], { env })).toEqual([]);
  });

  it("takes no bare repository in a folder for the repository", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    project.git("init", "-q", "--bare", "docs");
    for (const name of ["config", "HEAD"]) expect(existsSync(project.path("docs", name))).toBe(true);
    project.git("-C", "docs", "--git-dir=.", "config", "core.fsmonitor", hostile.program("embedded"));
    project.git("-C", "docs", "--git-dir=.", "config", "core.bare", "false");
    project.git("-C", "docs", "--git-dir=.", "config", "core.worktree", project.folder);
    hostile.fired();
    spawnSync("git", ["status"], { cwd: project.path("docs"), env: project.sandbox.env });
    expect(hostile.fired()).toEqual(["embedded"]);
    const commands = [["status"], ["check"], ["check", "--staged"], ["log"], ["diff"], ["doctor"]];
    expect(hostile.startedBy(commands, { cwd: project.path("docs") })).toEqual([]);
  });

  it("has submodules: theirs are their own affair", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    const sub = project.sandbox.project({ "x.txt": "x\n" }, { name: "sub" });
    sub.commitAll();
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", sub.folder, "vendor/sub");
    project.commitAll("submodule");
    const inner = project.path(".git/modules/vendor/sub");
    const evil = (key: string) =>
      spawnSync("git", ["--git-dir", inner, "config", key, hostile.program(`sub.${key}`)], { env: project.sandbox.env });
    evil("core.fsmonitor");
    evil("core.pager");
    hostile.config("submodule.vendor/sub.update", `!${hostile.program("submodule.update")}`);
    hostile.config("submodule.recurse", "true");
    hostile.config("diff.submodule", "log");
    hostile.config("status.submoduleSummary", "true");
    project.write("vendor/sub/x.txt", "y\n");
    hostile.fired();
    hostile.git("status");
    expect(hostile.fired()).toContain("sub.core.fsmonitor");
    expect(hostile.startedBy(SOME)).toEqual([]);
  });
});
