import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isNightly } from "../support/sample.ts";
import { CLI, type Project, ROOT, sealedProject } from "../support/sandbox.ts";
import { leftovers } from "./invariants.ts";

const DEAD = 2 ** 22 - 1;

const lockOf = (project: Project) => project.path(".git/envseal.lock");
const owner = (changes: object) =>
  JSON.stringify({ pid: DEAD, started: "1", host: hostname(), since: "2026-11-21T10:00:00.000Z", token: "abc", ...changes });

/** A lock that nobody may take over: `set` waits until it is deleted by hand, which is when `told` says so. */
function waitsFor(project: Project, lock: string, args: string[] = []) {
  writeFileSync(lockOf(project), lock);
  const child = spawn(process.execPath, [CLI, "set", "LATE", ...args], { cwd: project.folder, env: project.sandbox.env });
  child.stdin.end("x");
  let stderr = "";
  const told = new Promise<void>((done) =>
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      done();
    }),
  );
  const ended = new Promise<number | null>((done) => child.on("close", done));
  const release = async () => {
    expect(existsSync(lockOf(project))).toBe(true);
    rmSync(lockOf(project));
    expect(await ended).toBe(0);
    expect(project.ok(["get", "LATE"]).stdout).toBe("x\n");
    return stderr;
  };
  return { told, release };
}

describe("the lock", () => {
  it("of another machine, or of another container of the same name, is waited for, and the waiting is told once", async () => {
    const quiet = waitsFor(sealedProject(), owner({ host: "another-machine" }), ["-q"]);
    const elsewhere = waitsFor(sealedProject(), owner({ host: "another-machine" }));
    const container = waitsFor(sealedProject(), owner({ space: "0123456789ab" }));
    await Promise.all([elsewhere.told, container.told]);
    const told = `waiting for process ${DEAD} on another-machine (since 2026-11-21T10:00:00.000Z), which is writing to this project\n`;
    expect((await elsewhere.release()).split(told)).toHaveLength(2);
    expect(await container.release()).toContain(`waiting for process ${DEAD} (since`);
    expect(await quiet.release()).toBe("");
  });

  it("of a process whose number another one has now is taken over", () => {
    const project = sealedProject();
    writeFileSync(lockOf(project), owner({ pid: process.pid, started: "1" }));
    project.ok(["set", "NEW", "-q"], { input: "x" });
    expect(leftovers(project)).toEqual([]);
  });

  it.runIf(process.platform === "linux")("of a process that ended and was never reaped, as in many containers, is taken over", async () => {
    const project = sealedProject();
    const parent = spawn("sh", ["-c", "sh -c 'echo $$; exit' & exec sleep 60"]);
    const pid = Number(await new Promise((done) => parent.stdout.once("data", done)));
    const started = () => /\) Z(?: \S+){18} (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    while (started() === undefined) await new Promise((pass) => setTimeout(pass, 20));
    writeFileSync(lockOf(project), owner({ pid, started: started() }));
    project.ok(["set", "NEW", "-q"], { input: "x" });
    parent.kill();
  });

  it("that does not say whose it is is refused soon, by name, and never followed or deleted", async () => {
    const texts = [
      "",
      "null",
      owner({ token: "/../../../escaped" }),
      ...(isNightly ? ["{", "[]", "7", owner({ pid: -1 }), owner({ host: 3 })] : []),
    ];
    await Promise.all(
      texts.map(async (text) => {
        const project = sealedProject();
        writeFileSync(lockOf(project), text);
        const { code, stderr } = await project.envsealAsync(["set", "NEW"], { input: "x" });
        expect([code, stderr]).toEqual([
          5,
          expect.stringMatching(/envseal\.lock does not say whose it is.*\[LOCKED\]\n {2}hint: .*delete the file/),
        ]);
        expect(existsSync(lockOf(project))).toBe(true);
        rmSync(lockOf(project));
        project.ok(["set", "NEW", "-q"], { input: "x" });
      }),
    );
  });

  it("of somebody else is not released by one whose own was deleted by hand", async () => {
    const project = sealedProject();
    project.write("../editor", "exit 0\n");
    const other = owner({ host: "another-machine" });
    // A plaintext that differs, and no record of agreement: decrypt asks while it holds the lock. Here an answer is a file's deletion.
    const slow = join(project.sandbox.root, "slow.cjs");
    writeFileSync(
      slow,
      `const fs = require("node:fs"), real = fs.readdirSync; let once = true;
fs.readdirSync = (...args) => { if (once && String(args[0]).endsWith("envseal") && fs.existsSync(${JSON.stringify(lockOf(project))})) { once = false; fs.writeFileSync(${JSON.stringify(lockOf(project))}, ${JSON.stringify(other)}); } return real(...args); };
require("node:module").syncBuiltinESMExports();`,
    );
    project.node(["--require", slow, CLI, "set", "NEW", "-q"], { input: "x" });
    expect(project.read(".git/envseal.lock")).toBe(other);
  });
});

/** What a command, its secrets and its place in time are; `clock` sets the clock of one process, in days. */
const clock = (project: Project, days: number, args: string[], input = "") =>
  project.node(["--require", join(ROOT, "test/support/clock.cjs"), CLI, ...args], {
    input,
    env: { CLOCK_DAYS: String(days) },
  });

describe("a clock that goes backwards", () => {
  it("loses nothing: values, rotations, access and history go on", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n" });
    project.commitAll("first");
    for (const [days, args, input] of [
      [400, ["rotate", "-q"], ""],
      [-400, ["set", "LATER", "-q"], "tok-later-0123456789"],
      [-800, ["rotate", "--reason", "compromised", "-q"], ""],
      [-900, ["encrypt", "--yes", "-q"], ""],
    ] as const)
      expect(clock(project, days, [...args], input)).toMatchObject({ code: 0 });
    project.commitAll("second");
    expect(project.ok(["get", "LATER"]).stdout).toBe("tok-later-0123456789\n");
    expect(project.ok(["show", "HEAD~1:.env"]).stdout).toBe("API_KEY=sk_live_0123456789\n");
    for (const args of [["check", "--all"], ["keys", "--timeline"], ["log"], ["exposure", "--compromised"]])
      expect(clock(project, -1000, args).code).toBeLessThan(2);
    expect(leftovers(project)).toEqual([]);
  });

  it("lengthens no session: one from the future is none", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n" });
    project.sandbox.env.XDG_RUNTIME_DIR = join(project.sandbox.root, "run");
    project.write("../phrase", "orbit velvet cactus mango quartz lantern");
    const phrase = ["--passphrase-file", "../phrase"];
    project.ok(["custody", "move", "passphrase", "--kdf", "pbkdf2-sha256", "-q", ...phrase]);
    project.ok(["unlock", "--ttl", "5s", "-q", ...phrase]);
    expect(project.ok(["get", "API_KEY"]).code).toBe(0);
    expect(clock(project, -1, ["get", "API_KEY"]).code).not.toBe(0);
    project.ok(["lock", "-q"]);
  });
});

describe("many processes at once", () => {
  it("with commands of every kind lose nothing", async () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "DB=pw-production-0123456\n" });
    project.commitAll("first");
    for (const name of ["bob", "eve"]) project.ok(["join", "--name", name, "-q"], { env: project.sandbox.otherHome(name) });
    const values = isNightly ? 10 : 3;
    const sets = Array.from({ length: values }, (_, at) => ({
      args: ["set", `N${at}`, "-e", "default", "-q"],
      input: `tok-number-${at}-0123456789`,
    }));
    const others = [
      ["rotate", "--all", "-q"],
      ["grant", "bob", "--all", "--yes", "-q"],
      ["decrypt", "--yes", "-q"],
      ["require", "API_KEY", "-e", "default", "-q"],
      ...(isNightly
        ? [
            ["rotate", "-e", "default", "--reason", "compromised", "-q"],
            ["grant", "eve", "-e", "production", "--yes", "-q"],
            ["deploy-key", "create", "ci", "-e", "production", "-q"],
            ["sync", "-q"],
            ["example", "-q", "-e", "default"],
            ["unset", "DB", "-e", "production", "-q"],
          ]
        : []),
    ].map((args) => ({ args, input: "" }));
    const results = await Promise.all(
      [...sets, ...others].map(async ({ args, input }) => ({ args, ...(await project.envsealAsync(args, { input })) })),
    );
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const all = JSON.parse(project.ok(["export", "-e", "default", "--format", "json"]).stdout);
    expect(all).toEqual({
      API_KEY: "sk_live_0123456789",
      ...Object.fromEntries(Array.from({ length: values }, (_, at) => [`N${at}`, `tok-number-${at}-0123456789`])),
    });
    expect(project.ok(["get", "API_KEY", "-e", "default"], { env: project.sandbox.otherHome("bob") }).stdout).toBe("sk_live_0123456789\n");
    const { environments } = JSON.parse(project.read("envseal.json"));
    expect(environments.default.settings.required).toEqual(["API_KEY"]);
    expect(project.ok(["show", "HEAD:.env"]).stdout).toBe("API_KEY=sk_live_0123456789\n");
    expect(leftovers(project)).toEqual([]);
  });
});
