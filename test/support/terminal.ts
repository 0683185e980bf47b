import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { CLI, type Project } from "./sandbox.ts";

/** `script` of util-linux gives a child a real pseudo-terminal; other systems' differs. */
export const terminalIsHere = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
export const terminalNotice = terminalIsHere ? "" : " (skipped: needs script of util-linux)";

/** envseal in a real terminal: what it prints is awaited, what is typed reaches it as keys. */
export class Terminal {
  private readonly child: ChildProcess;
  private text = "";
  private seen = 0;
  private readonly ended: Promise<number>;

  /** @param command what runs instead of envseal with `args` */
  constructor(
    project: Project,
    args: readonly string[],
    env: Record<string, string> = {},
    command: readonly string[] = [process.execPath, CLI],
  ) {
    const quoted = [...command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    this.child = spawn("script", ["-qefc", `stty cols 100 rows 40; exec ${quoted}`, "/dev/null"], {
      cwd: project.folder,
      env: { ...project.sandbox.env, TERM: "xterm", SHELL: "/bin/sh", ...env },
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.ended = new Promise((done) => this.child.on("close", (code) => done(code ?? -1)));
  }

  /** Everything printed so far, without escape sequences. */
  get screen(): string {
    return this.text.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b[78=>]/g, "").replaceAll("\r", "");
  }

  get raw(): string {
    return this.text;
  }

  /** Waits until something new that was printed matches; gives the match. */
  async waitFor(pattern: RegExp, timeout = 20_000): Promise<RegExpExecArray> {
    for (const deadline = Date.now() + timeout; ; ) {
      const found = pattern.exec(this.screen.slice(this.seen));
      if (found !== null) {
        this.seen += found.index + found[0].length;
        return found;
      }
      if (Date.now() > deadline) throw new Error(`waited in vain for ${pattern} in:\n${this.screen}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Answers whatever is asked, in whatever order, until the program ends. */
  async answering(
    answers: readonly (readonly [RegExp, (asked: RegExpExecArray, screen: string) => string])[],
    timeout = 150_000,
  ): Promise<number> {
    const deadline = Date.now() + timeout;
    let code: number | null = null;
    void this.ended.then((ended) => {
      code = ended;
    });
    while (code === null) {
      if (Date.now() > deadline) {
        this.child.kill("SIGKILL");
        throw new Error(`it did not end:\n${this.screen}`);
      }
      for (const [pattern, answer] of answers) {
        const asked = pattern.exec(this.screen.slice(this.seen));
        if (asked === null) continue;
        this.seen += asked.index + asked[0].length;
        this.type(answer(asked, this.screen));
        break;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
    return code;
  }

  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  end(): Promise<number> {
    return this.ended;
  }
}
