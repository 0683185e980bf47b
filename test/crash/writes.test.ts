import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envsealWithFault } from "../support/faults.ts";
import { isNightly } from "../support/sample.ts";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";

function leftovers(project: Project): string[] {
  const git = readdirSync(project.path(".git")).filter((name) => name.startsWith("envseal.lock"));
  const own = readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("tmp-"));
  const tree = readdirSync(project.folder).filter((name) => name.startsWith("tmp-") || name.includes(".tmp"));
  return [...git, ...own, ...tree];
}

describe("writes", () => {
  it("20 processes that set different names at once lose none", async () => {
    const project = sealedProject({ ".env": "A=1\n" });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => project.envsealAsync(["set", `N${index}`], { input: `v${index}` })),
    );
    expect(results.map(({ code, stderr }) => (code === 0 ? "" : stderr)).join("")).toBe("");
    expect(project.ok(["list", "-q"]).stdout.trim().split("\n").sort()).toEqual(
      ["A", ...Array.from({ length: 20 }, (_, index) => `N${index}`)].sort(),
    );
    expect(project.read(".env").trim().split("\n")).toHaveLength(21);
    expect(leftovers(project)).toEqual([]);
  });

  it("heals a lock whose owner died, and waits for one whose owner lives", async () => {
    const project = sealedProject({ ".env": "A=1\n" });
    const lock = project.path(".git/envseal.lock");
    const owner = { pid: 2 ** 22 - 1, started: "1", host: (await import("node:os")).hostname(), token: "dead" };
    writeFileSync(lock, JSON.stringify(owner));
    const results = await Promise.all(Array.from({ length: 6 }, (_, index) => project.envsealAsync(["set", `N${index}`], { input: "x" })));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(project.ok(["list", "-q"]).stdout.trim().split("\n")).toHaveLength(7);
    expect(leftovers(project)).toEqual([]);

    writeFileSync(lock, JSON.stringify({ ...owner, pid: process.pid, started: "" }));
    let done = false;
    const waiting = project.envsealAsync(["set", "LATE"], { input: "x" }).then((result) => {
      done = true;
      return result;
    });
    await new Promise((pass) => setTimeout(pass, 700));
    expect(done).toBe(false);
    (await import("node:fs")).rmSync(lock);
    expect((await waiting).code).toBe(0);
  });

  it("kill -9 at random instants leaves every vault readable, nothing half-written, and no plaintext", async () => {
    const project = sealedProject({ ".env": Array.from({ length: 50 }, (_, index) => `NAME_${index}=value-${index}\n`).join("") });
    const rounds = isNightly ? 300 : 10;
    for (let round = 0; round < rounds; round++) {
      await killedSet(project, `value-${round}-${"x".repeat(100)}`, (round * 37) % 160);
      const value = project.ok(["get", "NAME_7", "-n"]).stdout;
      expect(value).toMatch(/^value-\d+/);
    }
    project.ok(["set", "NAME_8"], { input: "done" });
    expect(leftovers(project)).toEqual([]);
    expect(project.ok(["list", "-q"]).stdout.trim().split("\n")).toHaveLength(50);
  });

  it("a full or read-only disk changes nothing and says so", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    const before = project.read(".env.vault");
    // A file where the folder for unfinished writes would be stands for a disk that takes nothing.
    const blocked = project.path(".git/envseal");
    // After its MAC (src/project/record.ts).
    const sync = readFileSync(join(blocked, "sync", readdirSync(join(blocked, "sync"))[0] as string)).subarray(32);
    expect(sync.toString()).toBe(before);
    (project as { git: Project["git"] }).git("config", "x.y", "z");
    project.node(["-e", "fs.rmSync('.git/envseal',{recursive:true});fs.writeFileSync('.git/envseal','')"]);
    expect(project.fails(["set", "A"], { input: "2" })).toMatchObject({ code: 5, error: "IO" });
    expect(project.read(".env.vault")).toBe(before);
    expect(existsSync(project.path(".git/envseal.lock"))).toBe(false);
  });

  it("works in a linked worktree and a submodule, each with its own lock", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.commitAll();
    project.git("worktree", "add", "-q", "../tree");
    mkdirSync(project.path("sub"), { recursive: true });
    const tree = project.sandbox.project({}, { git: false, name: "tree" });
    tree.ok(["set", "B"], { input: "2" });
    expect(tree.ok(["get", "B"]).stdout).toBe("2\n");
    expect(project.fails(["get", "B"]).error).toBe("NOT_SET");
    expect(readdirSync(project.path(".git/worktrees/tree"))).toContain("envseal");
  });

  it("adds all or nothing to a file that other steps of a job write too", () => {
    const project = sealedProject();
    const args = ["export", "--format", "github", "--output", "../step", "-q"];
    let struck = 0;
    for (let at = 1; at < 60; at++) {
      project.write("../step", "BEFORE=1");
      const { code, fired } = envsealWithFault(project, args, { at, mode: "ENOSPC" });
      if (fired === null) break;
      struck++;
      if (fired.startsWith("writeSync") && code !== 0) expect(project.read("../step"), fired).toBe("BEFORE=1");
      else expect(project.read("../step"), fired).toMatch(/^BEFORE=1(\nAPI_KEY<<(\w+)\n.*\n\2\nPORT<<(\w+)\n3000\n\3\n)?$/);
    }
    expect(struck).toBeGreaterThan(2);
  });
});

/** Starts `set` and kills it after `delay` ms, wherever it is then. */
function killedSet(project: Project, value: string, delay: number): Promise<void> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [CLI, "set", "NAME_7", "-q"], {
      cwd: project.folder,
      env: project.sandbox.env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => {});
    child.stdin.end(value);
    const timer = setTimeout(() => child.kill("SIGKILL"), delay);
    child.on("close", () => {
      clearTimeout(timer);
      done();
    });
  });
}
