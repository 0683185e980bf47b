import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

function armed(): Project {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "a.js": "1\n", "b.js": "1\n" });
  project.commitAll("first");
  project.ok(["hooks", "install"]);
  return project;
}

/** The events that node was started for, by a stand-in for it. */
function started(project: Project, ...args: string[]): string[] {
  const log = join(project.sandbox.root, "started");
  const node = join(project.sandbox.root, "node");
  writeFileSync(node, `#!/bin/sh\necho "$2" >>'${log}'\nexec '${process.execPath}' "$@"\n`);
  chmodSync(node, 0o755);
  rmSync(log, { force: true });
  const env = { ...project.sandbox.env, ENVSEAL_NODE: node };
  const { status, stderr } = spawnSync("git", args, { cwd: project.folder, env, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

function commit(project: Project, ...args: string[]): { status: number | null; stderr: string } {
  return spawnSync("git", ["commit", "-qm", "x", ...args], { cwd: project.folder, env: project.sandbox.env, encoding: "utf8" });
}

describe("an ordinary commit", () => {
  it("starts node once, however it is made", () => {
    const project = armed();
    for (const args of [[], ["-a"], ["a.js"], ["-i", "a.js"]]) {
      project.write("a.js", `${Math.random()}\n`);
      if (args.length === 0) project.git("add", "a.js");
      expect(started(project, "commit", "-qm", "x", ...args)).toEqual(["pre-commit"]);
    }
    project.git("worktree", "add", "-q", "../tree");
    project.write("../tree/a.js", "2\n");
    expect(started(project, "-C", "../tree", "commit", "-qam", "x")).toEqual(["pre-commit"]);
  });

  it("is not spared a look where git writes no checksum of the index", () => {
    const project = armed();
    project.write("a.js", "2\n");
    project.git("add", "a.js");
    const index = readFileSync(project.path(".git/index"));
    writeFileSync(project.path(".git/index"), Buffer.concat([index.subarray(0, -20), Buffer.alloc(20)]));
    expect(started(project, "hook", "run", "pre-commit")).toEqual(["pre-commit"]);
    expect(existsSync(project.path(".git/envseal/checked"))).toBe(false);
  });
});

describe("the mark of the index that was looked at", () => {
  it("lets nothing through that was staged after it", () => {
    const project = armed();
    project.write(".git/hooks/pre-commit.before-envseal", "#!/bin/sh\nexit 1\n");
    chmodSync(project.path(".git/hooks/pre-commit.before-envseal"), 0o755);
    project.write("a.js", "2\n");
    project.git("add", "a.js");
    expect(commit(project).status).toBe(1);
    expect(existsSync(project.path(".git/envseal/checked"))).toBe(true);
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    expect(commit(project, "--no-verify").stderr).toContain("prepare-commit-msg stopped");
  });

  it("holds what another hook staged to be new", () => {
    const project = armed();
    project.write("leak.txt", `"${KEY}"\n`);
    project.write(".git/hooks/pre-commit.before-envseal", "#!/bin/sh\ngit add leak.txt\n");
    chmodSync(project.path(".git/hooks/pre-commit.before-envseal"), 0o755);
    project.write("a.js", "2\n");
    project.git("add", "a.js");
    expect(commit(project).stderr).toContain("prepare-commit-msg stopped");
  });

  it("serves one commit", () => {
    const project = armed();
    project.write("a.js", "2\n");
    expect(started(project, "commit", "-qam", "x")).toHaveLength(1);
    expect(readFileSync(project.path(".git/envseal/checked"))).toHaveLength(0);
    expect(started(project, "commit", "--allow-empty", "--no-verify", "-qm", "x")).toEqual(["prepare-commit-msg"]);
  });
});

describe("the mark for a message of plain words", () => {
  const change = (project: Project) => {
    project.write("a.js", `${Math.random()}\n`);
    project.git("add", "a.js");
  };

  it.each([`see ${KEY}`, `body\n\n\t${KEY}.`, Buffer.from(KEY).toString("base64"), "esk_x_".padEnd(60, "A1")])(
    "does not spare %j a look",
    (message) => {
      const project = armed();
      change(project);
      const { status, stderr } = commit(project, "-m", message);
      expect({ status, stopped: stderr.includes("commit-msg stopped") }).toEqual(
        message.startsWith("esk") ? { status: 0, stopped: false } : { status: 1, stopped: true },
      );
      change(project);
      expect(started(project, "commit", "-qm", "see src/a.js")).toEqual(["pre-commit", "commit-msg"]);
    },
  );

  it("is not made where a value can stand among plain words", () => {
    const project = armed();
    project.write(".env", `API_KEY=${KEY}\nADMIN_PASSWORD=correct horse battery staple\n`);
    project.ok(["encrypt"]);
    project.git("add", "-A");
    expect(commit(project, "-m", "it is correct horse battery staple").stderr).toContain("the value of ADMIN_PASSWORD");
    change(project);
    expect(started(project, "commit", "-qm", "plain words")).toEqual(["pre-commit", "commit-msg"]);
  });

  it("serves the commit alone that it was made for", () => {
    const project = armed();
    change(project);
    const abandoned = spawnSync("git", ["commit"], { cwd: project.folder, env: { ...project.sandbox.env, GIT_EDITOR: "false" } });
    expect(abandoned.status).toBe(1);
    expect(readFileSync(project.path(".git/envseal/words"), "utf8")).toBe("plain\n");
    project.git("commit", "-qm", "takes the mark of the index, not that of the words", "--no-verify");
    project.ok(["set", "NEW_PASSWORD"], { input: "correct horse battery staple" });
    project.write("message", "it is correct horse battery staple");
    const hook = (event: string) =>
      spawnSync("git", ["hook", "run", event, "--", "message"], { cwd: project.folder, env: project.sandbox.env, encoding: "utf8" });
    expect(hook("prepare-commit-msg").status).toBe(0);
    expect(hook("commit-msg").stderr).toContain("the value of NEW_PASSWORD");
  });

  it("holds no value, and is its owner's alone", () => {
    const project = armed();
    change(project);
    expect(commit(project).status).toBe(0);
    expect(statSync(project.path(".git/envseal/words")).mode & 0o777).toBe(0o600);
    expect(readFileSync(project.path(".git/envseal/words"), "utf8")).toBe("");
  });
});

describe("the compiled program that a clone keeps", () => {
  const kept = (project: Project) => project.path(".git/envseal/compiled");
  const stopped = (project: Project) => {
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    return commit(project).stderr;
  };

  it("is its owner's alone, serves again, and goes with the hooks", () => {
    const project = armed();
    expect(stopped(project)).toContain("pre-commit stopped");
    const { mtimeMs, mode } = statSync(kept(project));
    expect(mode & 0o777).toBe(0o600);
    expect(stopped(project)).toContain("pre-commit stopped");
    expect(statSync(kept(project)).mtimeMs).toBe(mtimeMs);
    project.ok(["hooks", "uninstall"]);
    expect(existsSync(kept(project))).toBe(false);
  });

  it.each<[string, (path: string, bytes: Buffer) => void]>([
    ["damaged", (path, bytes) => writeFileSync(path, bytes.fill(0x41, bytes.length - 5000))],
    ["cut off", (path, bytes) => writeFileSync(path, bytes.subarray(0, 20))],
    ["of another person's key", (path, bytes) => writeFileSync(path, bytes.fill(0x41, 0, 32))],
  ])("is made anew where it is %s", (_how, spoil) => {
    const project = armed();
    expect(stopped(project)).toContain("pre-commit stopped");
    const bytes = readFileSync(kept(project));
    spoil(kept(project), Buffer.from(bytes));
    expect(stopped(project)).toContain("pre-commit stopped");
    expect(readFileSync(kept(project)).length).toBeGreaterThan(10_000);
    expect(statSync(kept(project)).mode & 0o777).toBe(0o600);
  });
});
