import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";
import { leftovers } from "./invariants.ts";

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const SECRET = "sk_live_signal_0123456789";
const start = () => sealedProject({ ".env": `API_KEY=${SECRET}\n` });

/** A shell that notes the terminal's settings before and after, and the program's process id; it ends as the program did. */
const SHELL = [
  "sh",
  "-c",
  `trap : INT QUIT; stty -a >../before; sh -c 'echo $$ >../pid; exec "$@"' sh "$@"; code=$?; stty -a >../after; exit $code`,
  "sh",
  process.execPath,
  CLI,
];

class Watched {
  readonly terminal: Terminal;
  private readonly project: Project;

  constructor(project: Project, args: readonly string[], env: Record<string, string> = {}) {
    this.project = project;
    this.terminal = new Terminal(project, args, env, SHELL);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(Number(this.project.read("../pid")), name);
  }

  /** The exit code, once it is sure that the terminal is as it was. */
  async end(): Promise<number> {
    const code = await this.terminal.end();
    expect(this.project.read("../after")).toBe(this.project.read("../before"));
    const { raw } = this.terminal;
    expect(raw.lastIndexOf("\u001b[?25h")).toBeGreaterThanOrEqual(raw.lastIndexOf("\u001b[?25l"));
    expect(raw.lastIndexOf("\u001b[?1049l")).toBeGreaterThanOrEqual(raw.lastIndexOf("\u001b[?1049h"));
    expect(leftovers(this.project)).toEqual([]);
    return code;
  }
}

/** Where the first process of a container reaps nobody, what ended stays in the table. */
const isRunning = (pid: string) => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

describe.runIf(terminalIsHere)(`a signal${terminalNotice}`, () => {
  it.each(ENDING)("%s during a hidden prompt ends it, gives the terminal back, and changes nothing", async (signal) => {
    const project = start();
    const before = project.read(".env.vault");
    const watched = new Watched(project, ["set", "NEW"]);
    await watched.terminal.waitFor(/value of NEW/);
    watched.terminal.type("tok-typed");
    watched.signal(signal);
    expect(await watched.end()).toBe(codeOf(signal));
    expect(project.read(".env.vault")).toBe(before);
  });

  it.each(ENDING)("%s while words are shown leaves the second screen, and no words on the first", async (signal) => {
    const project = start();
    const watched = new Watched(project, ["recovery", "create"]);
    await watched.terminal.waitFor(/press Enter/);
    watched.signal(signal);
    expect(await watched.end()).toBe(codeOf(signal));
    expect(watched.terminal.raw.split("\u001b[?1049l").at(-1)).not.toMatch(/1\. \w+/);
  });

  it("during a question that holds the lock releases it", async () => {
    const project = start();
    project.write(".env", `API_KEY=${SECRET}\nOTHER=value\n`);
    for (const record of readdirSync(project.path(".git/envseal/sync"))) writeFileSync(project.path(".git/envseal/sync", record), "");
    const watched = new Watched(project, ["decrypt"]);
    await watched.terminal.waitFor(/write the vault's content over it\?/);
    expect(existsSync(project.path(".git/envseal.lock"))).toBe(true);
    watched.signal("SIGTERM");
    expect(await watched.end()).toBe(143);
    expect(project.read(".env")).toContain("OTHER=value");
  });

  it.each(["SIGTERM", "SIGHUP", "SIGQUIT"] as const)(
    "%s during edit reaches the editor, and the values are gone from the disk",
    async (signal) => {
      const project = start();
      project.write("../editor", `echo $$ >../editor-pid\nprintf %s "$1" >../edited\necho editing\nexec sleep 60\n`);
      const watched = new Watched(project, ["edit"], { EDITOR: `exec sh ${join(project.sandbox.root, "editor")}` });
      await watched.terminal.waitFor(/editing/);
      expect(readFileSync(project.read("../edited"), "utf8")).toContain(SECRET);
      watched.signal(signal);
      expect(await watched.end()).toBe(codeOf(signal));
      expect(existsSync(project.read("../edited"))).toBe(false);
      expect(isRunning(project.read("../editor-pid").trim())).toBe(false);
    },
  );

  it("Ctrl-C during edit is the editor's", async () => {
    const project = start();
    project.write("../editor", `trap 'echo "TYPED=later" >>"$1"; exit 0' INT\necho editing\nwhile :; do sleep 0.1; done\n`);
    const watched = new Watched(project, ["edit"], { EDITOR: `exec sh ${join(project.sandbox.root, "editor")}` });
    await watched.terminal.waitFor(/editing/);
    watched.signal("SIGINT");
    watched.terminal.type("\u0003");
    expect(await watched.end()).toBe(0);
    expect(project.ok(["get", "TYPED"]).stdout).toBe("later\n");
  });

  it.each(ENDING)("%s during run reaches the child, whose end is ours", async (signal) => {
    const project = start();
    const name = signal.slice(3);
    const trapped = new Watched(project, [
      "run",
      "--",
      "sh",
      "-c",
      `trap 'echo caught; exit 7' ${name}; echo ready; while :; do sleep 0.1; done`,
    ]);
    await trapped.terminal.waitFor(/ready/);
    // What a terminal's Ctrl-C would send, it sends to the child itself.
    if (signal === "SIGINT") trapped.terminal.type("\u0003");
    else trapped.signal(signal);
    await trapped.terminal.waitFor(/caught/);
    expect(await trapped.end()).toBe(7);
    const plain = new Watched(project, ["run", "--", "sh", "-c", "echo ready; exec sleep 60"]);
    await plain.terminal.waitFor(/ready/);
    if (signal === "SIGINT") plain.terminal.type("\u0003");
    else plain.signal(signal);
    expect(await plain.end()).toBe(codeOf(signal));
  });
});
