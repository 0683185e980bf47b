// A person at a terminal: a real shell in a real pseudo-terminal (by script of util-linux), typed into as people type.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const COLUMNS = 100;
const ROWS = 40;
/** Unseen by a terminal, printed before each prompt: the end of the command before, and its exit code. */
const DONE = /\u001b\]777;(\d+)\u0007/g;

export class Shell {
  #child;
  #raw = "";
  #seen = 0;
  #hidden = [];
  /** What each command took, in milliseconds. */
  times = [];

  /** @param {string} home a folder for a home of its own @param {Record<string, string>} env */
  constructor(home, cwd, env) {
    writeFileSync(
      join(home, "gitconfig"),
      "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n",
    );
    writeFileSync(join(home, "bashrc"), "bind 'set enable-bracketed-paste off'\nPS1='$ '\nPROMPT_COMMAND='printf \"\\033]777;$?\\007\"'\n");
    const own = {
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_STATE_HOME: join(home, "state"),
      GIT_CONFIG_GLOBAL: join(home, "gitconfig"),
    };
    const kept = Object.fromEntries(["PATH", "LANG"].map((name) => [name, process.env[name] ?? "C.UTF-8"]));
    this.#child = spawn(
      "script",
      ["-qefc", `stty cols ${COLUMNS} rows ${ROWS}; exec bash --noprofile --rcfile '${home}/bashrc' -i`, "/dev/null"],
      {
        cwd,
        env: {
          ...kept,
          ...own,
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_PAGER: "cat",
          PAGER: "cat",
          TERM: "xterm-256color",
          SHELL: "/bin/bash",
          ...env,
        },
      },
    );
    this.#child.stdout.on("data", (chunk) => {
      this.#raw += chunk;
    });
  }

  /** What the terminal was sent, without what was typed quietly. */
  get shown() {
    let [text, at] = ["", 0];
    for (const [from, to] of this.#hidden) [text, at] = [text + this.#raw.slice(at, from), to];
    return text + this.#raw.slice(at);
  }

  async #wait(pattern) {
    for (const deadline = Date.now() + 120_000; ; ) {
      const found = new RegExp(pattern, "g");
      found.lastIndex = this.#seen;
      const match = found.exec(this.#raw);
      if (match !== null) {
        this.#seen = match.index + match[0].length;
        return match;
      }
      if (Date.now() > deadline) throw new Error(`waited in vain for ${pattern} in:\n${this.#raw}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** The first prompt is there. */
  async #ready() {
    if (this.#seen === 0) await this.#wait(/\u001b\]777;0\u0007\$ /);
  }

  /**
   * Types a command and answers what it asks.
   * @param {[RegExp, string | ((match: RegExpExecArray, raw: string) => string)][]} answers in the order of the questions
   * @returns what it printed
   */
  async run(command, { answers = [], fails = false } = {}) {
    await this.#ready();
    const from = this.#raw.length;
    const began = Date.now();
    this.#child.stdin.write(`${command}\r`);
    for (const [question, answer] of answers) {
      const match = await this.#wait(question);
      this.#child.stdin.write(`${typeof answer === "string" ? answer : answer(match, this.#raw)}\r`);
    }
    const [, code] = await this.#wait(DONE);
    this.times.push(Date.now() - began);
    const printed = this.#raw.slice(from);
    if ((code !== "0") !== fails) throw new Error(`${command} ended with ${code}:\n${printed}`);
    return printed;
  }

  /** What is so on that machine, and nobody types. */
  async quietly(command) {
    await this.#ready();
    const from = this.#raw.length;
    await this.run(command);
    this.times.pop();
    await this.#wait(/\$ /);
    this.#hidden.push([from, this.#raw.length]);
  }

  end() {
    this.#child.stdin.end("exit\r");
    return new Promise((done) => this.#child.on("close", done));
  }
}
