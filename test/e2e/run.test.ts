import { spawn, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

const KEY = "sk_live_0123456789";
const posix = process.platform !== "win32";
const python = spawnSync("python3", ["--version"]).status === 0;

/** envseal without a terminal, and a way to send it signals. */
function start(project: Project, args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, "run", ...args], { cwd: project.folder, env: project.sandbox.env });
  const seen = { text: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    seen.text += chunk;
  });
  const waitFor = async (pattern: RegExp) => {
    for (const deadline = Date.now() + 20_000; !pattern.test(seen.text); await new Promise((done) => setTimeout(done, 20)))
      if (Date.now() > deadline) throw new Error(`waited in vain for ${pattern} in: ${seen.text}`);
  };
  const end = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.on("close", (code, signal) => done({ code, signal })),
  );
  return { child, seen, waitFor, end };
}

describe.runIf(posix)("run --redact", () => {
  it("masks secret values and their encodings in stdout and stderr, and leaves public ones", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\nNODE_ENV=production\n` });
    const script =
      'echo "key=$API_KEY port=$PORT $NODE_ENV"; printf %s "$API_KEY" | base64 >&2; printf %s "$API_KEY" | od -An -tx1 | tr -d " \\n"';
    const result = project.envseal(["run", "--redact", "--", "sh", "-c", script]);
    expect(result.stdout).toBe("key=[API_KEY redacted] port=3000 production\n[API_KEY redacted]");
    expect(result.stderr).toMatch(/^\[API_KEY redacted\]/);
    expect(result.code).toBe(0);
    expect(project.ok(["run", "--", "sh", "-c", 'echo "$API_KEY"']).stdout).toBe(`${KEY}\n`);
  });

  it("masks the value the child was given where a set variable wins, and a key it keeps", () => {
    const project = sealedProject();
    const key = project.ok(["deploy-key", "create", "ci"]).stdout.trim();
    const result = project.ok(["run", "--redact", "--keep-key", "--", "sh", "-c", 'echo "$API_KEY $ENVSEAL_KEY"'], {
      env: { API_KEY: "another-secret-98765", ENVSEAL_KEY: key },
    });
    expect(result.stdout).toBe("[API_KEY redacted] [ENVSEAL_KEY redacted]\n");
  });

  it("masks across writes that are apart in time, and shows an unfinished line at once", async () => {
    const project = sealedProject();
    const run = start(project, [
      "--redact",
      "--",
      "sh",
      "-c",
      'printf "name? "; printf sk_live_; sleep 1; printf "0123456789 on\\nlast sk"',
    ]);
    await run.waitFor(/^name\? $/);
    expect(await run.end).toEqual({ code: 0, signal: null });
    expect(run.seen.text).toBe("name? [API_KEY redacted] on\nlast sk");
  });

  it("shows a prompt that ends as a secret begins, while the child waits", async () => {
    const project = sealedProject();
    const run = start(project, ["--redact", "--", "sh", "-c", 'printf "ask"; read answer; echo " got $answer"']);
    await run.waitFor(/^ask$/);
    run.child.stdin.end(`${KEY}\n`);
    await run.end;
    expect(run.seen.text).toBe("ask got [API_KEY redacted]\n");
  });

  it.runIf(python)(`masks a value of several lines line by line${python ? "" : " (skipped: needs python3)"}`, () => {
    const project = sealedProject({ ".env": 'PEM_KEY="-----BEGIN KEY-----\nQUJDREVGR0hJSktMTU5PUA\n0PX2aZ81bQmLw9\n-----END KEY-----"\n' });
    const script = "import os\nfor n, l in enumerate(os.environ['PEM_KEY'].split('\\n')): print(n, l)";
    expect(project.ok(["run", "--redact", "--", "python3", "-c", script]).stdout).toBe(
      "0 -----BEGIN KEY-----\n1 [PEM_KEY redacted]\n2 [PEM_KEY redacted]\n3 -----END KEY-----\n",
    );
  });

  it("ends as the child ends, with stdin, large output and a reader that goes away as without it", async () => {
    const project = sealedProject();
    for (const code of [0, 1, 255]) expect(project.envseal(["run", "--redact", "--", "sh", "-c", `exit ${code}`]).code).toBe(code);
    const input = `${"0123456789abcdef".repeat(64)}\n`.repeat(3000);
    expect(project.ok(["run", "--redact", "--", "cat"], { input: `${input}${KEY}` }).stdout === `${input}[API_KEY redacted]`).toBe(true);
    const run = start(project, ["--redact", "--", "sh", "-c", "kill -TERM $$"]);
    expect(await run.end).toEqual({ code: null, signal: "SIGTERM" });
    const command = `"${process.execPath}" "${CLI}" run --redact -- sh -c 'yes; echo $? >ended' | head -n 1`;
    const piped = spawnSync("sh", ["-c", command], { cwd: project.folder, env: project.sandbox.env, timeout: 20_000 });
    expect(piped.stdout.toString()).toBe("y\n");
    expect(Number(project.read("ended"))).toBeGreaterThan(0);
  });

  it("can be interrupted while what the child left behind still prints", async () => {
    const project = sealedProject();
    const run = start(project, ["--redact", "--", "sh", "-c", "sleep 30 & echo left; exit 3"]);
    await run.waitFor(/left/);
    await new Promise((done) => setTimeout(done, 300));
    run.child.kill("SIGTERM");
    expect(await run.end).toEqual({ code: null, signal: "SIGTERM" });
  });
});

describe.runIf(posix)("run, without a terminal", () => {
  it("passes exit codes and stdin on", () => {
    const project = sealedProject();
    for (const code of [0, 1, 2, 127, 255]) expect(project.envseal(["run", "--", "sh", "-c", `exit ${code}`]).code).toBe(code);
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
    expect(project.ok(["run", "--", "sh", "-c", "cksum"], { input: bytes }).stdout).toBe(
      spawnSync("cksum", { input: bytes }).stdout.toString(),
    );
  });

  it.each(["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1"] as const)("passes %s on, once", async (signal) => {
    const project = sealedProject();
    const script = `n=0; trap 'n=$((n+1)); echo got $n' ${signal.slice(3)}; echo ready; while [ $n -lt 1 ]; do sleep 0.1; done; sleep 0.3; exit 9`;
    const run = start(project, ["--", "sh", "-c", script]);
    await run.waitFor(/ready/);
    run.child.kill(signal);
    expect(await run.end).toEqual({ code: 9, signal: null });
    expect(run.seen.text).toBe("ready\ngot 1\n");
  });

  it.each(["TERM", "HUP", "USR1"])("passes on a SIG%s that the child's first act brings about", (signal) => {
    const project = sealedProject();
    const script = `trap 'echo got; exit 9' ${signal}; kill -${signal} $PPID; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done`;
    for (let round = 0; round < 3; round++)
      expect(project.envseal(["run", "--", "sh", "-c", script])).toMatchObject({ code: 9, stdout: "got\n", stderr: "" });
  });

  it.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("dies of %s when the child does", async (signal) => {
    const project = sealedProject();
    const run = start(project, ["--", "sh", "-c", "echo ready; exec sleep 30"]);
    await run.waitFor(/ready/);
    run.child.kill(signal);
    expect(await run.end).toEqual({ code: null, signal });
  });
});

describe.runIf(terminalIsHere)(`run, in a real terminal${terminalNotice}`, () => {
  const COUNTING =
    "n=0; trap 'n=$((n+1)); echo got $n' INT; echo ready; while [ $n -lt 1 ]; do sleep 0.1; done; sleep 0.4; echo end $n; exit 255";

  it("gives the child the terminal itself, for stdin, stdout and stderr", async () => {
    const terminal = new Terminal(sealedProject(), [
      "run",
      "--",
      "sh",
      "-c",
      "test -t 0 && test -t 1 && test -t 2 && stty size && read x && echo read $x",
    ]);
    await terminal.waitFor(/40 100/);
    terminal.type("typed\r");
    await terminal.waitFor(/read typed/);
    expect(await terminal.end()).toBe(0);
  });

  it("with --redact, stdin stays the terminal", async () => {
    const terminal = new Terminal(sealedProject(), [
      "run",
      "--redact",
      "--",
      "sh",
      "-c",
      'test -t 0 && ! test -t 1 && read x && echo "key $API_KEY"',
    ]);
    terminal.type("go\r");
    await terminal.waitFor(/key \[API_KEY redacted\]/);
    expect(await terminal.end()).toBe(0);
  });

  it.each([
    ["as it is", COUNTING, ["run"]],
    ["with --redact", COUNTING, ["run", "--redact"]],
    ["where stdin is no terminal", COUNTING, ["run"]],
  ])("Ctrl-C reaches the child once, %s; 255 comes back", async (what, script, args) => {
    const project = sealedProject();
    const inner = [process.execPath, CLI, ...args, "--", "sh", "-c", script];
    const redirected = ["sh", "-c", 'exec "$@" </dev/null', "sh", ...inner];
    const terminal = new Terminal(project, [], {}, what.startsWith("where") ? redirected : inner);
    await terminal.waitFor(/ready/);
    terminal.type("\u0003");
    await terminal.waitFor(/end 1/);
    expect(await terminal.end()).toBe(255);
  });

  it("Ctrl-C ends a child that does not catch it, and a shell sees what it would without envseal", async () => {
    const terminal = new Terminal(sealedProject(), [], {}, [
      "sh",
      "-c",
      `trap : INT; "${process.execPath}" "${CLI}" run -- sh -c 'echo ready; exec sleep 30'; echo "code $?"`,
    ]);
    await terminal.waitFor(/ready/);
    terminal.type("\u0003");
    await terminal.waitFor(/code 130/);
  });

  it("the child hears of it when the terminal goes away", async () => {
    const project = sealedProject();
    const terminal = new Terminal(project, [
      "run",
      "--",
      "sh",
      "-c",
      "trap 'echo hup >gone; exit 0' HUP; echo ready; while :; do sleep 0.1; done",
    ]);
    await terminal.waitFor(/ready/);
    terminal.kill("SIGKILL");
    for (let tries = 0; tries < 200; tries++) {
      if (spawnSync("test", ["-s", project.path("gone")]).status === 0) break;
      await new Promise((done) => setTimeout(done, 25));
    }
    expect(project.read("gone")).toBe("hup\n");
  });
});
