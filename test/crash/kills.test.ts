import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { afterAll, expect, it } from "vitest";
import { isNightly, SEED } from "../support/sample.ts";
import { CLI, type Project } from "../support/sandbox.ts";
import { faultProject, SECRETS } from "./faults/project.ts";
import { exposed, leftovers, valuesOf } from "./invariants.ts";

/** Commands of every kind in one project, each killed at a random instant. By night a thousand. */
const ROUNDS = Number(process.env.FAULT_KILLS ?? (isNightly ? 1000 : 30));

/** Mulberry32: the same seed, the same commands and instants. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Act {
  args: string[];
  input?: string;
  before?: () => void;
}

class Killing {
  readonly project: Project = faultProject(false);
  readonly secrets = new Set(Object.values(SECRETS));
  /** What .env may say: before the command under way, and after it. */
  private readonly possible = new Set([SECRETS.key]);
  private readonly next = random(SEED);
  private readonly lasted = new Map<string, number>();
  private readonly editor: string;
  kills = 0;

  constructor() {
    this.editor = join(this.project.sandbox.root, "editor");
    this.project.ok(["join", "--name", "bob", "-q"], { env: this.project.sandbox.otherHome("bob") });
  }

  /** The commands, with a value of this round for those that write one. */
  private acts(round: number): Act[] {
    const value = `sk_live_round_${round}_${"x".repeat(round % 50)}9876543210`;
    const takes = () => {
      this.possible.add(value);
      this.secrets.add(value);
    };
    const write = (path: string, text: string) => {
      takes();
      writeFileSync(path, text);
      chmodSync(path, 0o600);
    };
    return [
      { args: ["set", "API_KEY", "-e", "default", "-f", ".env", "-q"], input: value, before: takes },
      { args: ["encrypt", ".env", "--yes", "-q"], before: () => write(this.project.path(".env"), `API_KEY=${value}\nPORT=3000\n`) },
      { args: ["edit", "-f", ".env", "-q"], before: () => write(this.editor, `sed -i 's/^API_KEY=.*/API_KEY=${value}/' "$1"\n`) },
      { args: ["decrypt", "--yes", "-q"] },
      // Sealing that was killed has left a plaintext which is ahead of the vault: sync takes what it says.
      { args: ["sync", "-q"], before: () => this.possible.add(parse(this.project.read(".env")).API_KEY as string) },
      { args: ["rotate", "-e", "production", "-q"] },
      { args: ["rotate", "-e", "default", "--reason", "compromised", "-q"] },
      { args: ["grant", "bob", "--all", "--yes", "-q"] },
      { args: ["revoke", "bob", "--yes", "-q"] },
      { args: ["join", "--name", "bob", "-q"] },
      { args: ["require", "DB_PASSWORD", "-e", "production", "-q"] },
      { args: ["export", "-f", ".env", "--output", "../exported", "-q"] },
      { args: ["example", "-f", ".env", "-q"] },
      { args: ["scan", "--history", "-q"] },
      { args: ["hooks", "install", "-q"] },
    ];
  }

  async round(number: number): Promise<void> {
    const acts = this.acts(number);
    const act = acts[Math.floor(this.next() * acts.length)] as Act;
    act.before?.();
    await this.killed(act);
    this.expectWhole(act);
    if (number % 10 === 9) this.expectMended();
  }

  /** After a delay that lies anywhere in how long such a command took the last time, past the start of node. */
  private killed({ args, input = "" }: Act): Promise<void> {
    const [command = ""] = args;
    const delay = 30 + this.next() * (this.lasted.get(command) ?? 300);
    const home = command === "join" ? this.project.sandbox.otherHome("bob") : {};
    return new Promise((done) => {
      const started = performance.now();
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: this.project.folder,
        env: { ...this.project.sandbox.env, ...home, EDITOR: `sh ${this.editor}` },
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.stdin.on("error", () => {});
      child.stdin.end(input);
      const timer = setTimeout(() => child.kill("SIGKILL"), delay);
      child.on("close", (_code, signal) => {
        clearTimeout(timer);
        if (signal === "SIGKILL") this.kills++;
        else this.lasted.set(command, performance.now() - started);
        done();
      });
    });
  }

  private expectWhole({ args }: Act): void {
    const values = valuesOf(this.project);
    const label = args.join(" ");
    expect([...this.possible], label).toContain(values[".env.vault"]?.API_KEY);
    this.possible.clear();
    this.possible.add(values[".env.vault"]?.API_KEY as string);
    expect(values[".env.vault"]?.PORT, label).toBe("3000");
    expect(values[".env.production.vault"], label).toEqual({ DB_PASSWORD: SECRETS.password });
    expect(values["pkg/.env.vault"], label).toEqual({ TOKEN: SECRETS.package });
    expect(exposed(this.project, [...this.secrets]), label).toEqual([]);
  }

  /** The next commands that write sweep what the killed ones left. */
  expectMended(): void {
    this.project.ok(["decrypt", "--yes", "-q"]);
    this.project.ok(["export", "-f", ".env", "--output", "../exported", "-q"]);
    this.project.envseal(["join", "--name", "bob", "-q"], { env: this.project.sandbox.otherHome("bob") });
    this.project.ok(["rotate", "--all", "-q"]);
    expect(leftovers(this.project)).toEqual([]);
    for (const vault of Object.keys(valuesOf(this.project))) this.project.git("add", "-f", vault);
    this.project.git("add", "envseal.json");
    this.project.git(
      "-c",
      "core.hooksPath=/dev/null",
      "commit",
      "-qm",
      `round with ${valuesOf(this.project)[".env.vault"]?.API_KEY?.length}`,
    );
  }

  /** Every commit opens, to the value that its message tells the length of. */
  expectHistory(): void {
    for (const row of this.project.git("log", "--format=%H %s").trim().split("\n")) {
      const [commit, , , length] = row.split(" ");
      const text = this.project.ok(["show", `${commit}:.env.vault`]).stdout;
      if (length !== undefined) expect(/API_KEY=(.*)/.exec(text)?.[1]).toHaveLength(Number(length));
      else expect(text).toContain(SECRETS.key);
    }
  }
}

const killing = new Killing();
afterAll(() => killing.project.sandbox.remove());

it(`${ROUNDS} kills at random instants lose nothing, and leave nothing unreadable and no plaintext`, async () => {
  for (let round = 0; round < ROUNDS; round++) await killing.round(round);
  killing.expectHistory();
  expect(killing.kills).toBeGreaterThan(ROUNDS / 3);
}, 7_200_000);
