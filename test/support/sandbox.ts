import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { copyTree } from "./copy.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
export const CLI = join(ROOT, "dist/bin/cli.js");

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Options {
  env?: Record<string, string | undefined>;
  input?: string | Uint8Array;
  cwd?: string;
}

/**
 * A temporary folder with a person's own home, cut off from this machine: no variable of git's, of envseal's or of the
 * user's reaches what runs in it.
 */
export class Sandbox {
  readonly root: string;
  readonly home: string;
  readonly env: Record<string, string>;

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "envseal-test-")));
    this.home = join(this.root, "home");
    mkdirSync(this.home);
    this.env = {
      PATH: process.env.PATH ?? "",
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, "config"),
      XDG_STATE_HOME: join(this.home, "state"),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: join(this.home, "gitconfig"),
      LANG: "C.UTF-8",
    };
    writeFileSync(
      join(this.home, "gitconfig"),
      "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[commit]\n\tgpgSign = false\n",
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** A second person or machine: the same folder tree, another home. */
  otherHome(name: string): Record<string, string> {
    const home = join(this.root, name);
    mkdirSync(home, { recursive: true });
    return { HOME: home, XDG_CONFIG_HOME: join(home, "config"), XDG_STATE_HOME: join(home, "state") };
  }

  /** A git repository (or a plain folder) with these files. */
  project(files: Record<string, string | Uint8Array> = {}, { git = true, name = "repo" } = {}): Project {
    const folder = join(this.root, name);
    mkdirSync(folder, { recursive: true });
    const project = new Project(this, folder);
    if (git) project.git("init", "-q");
    for (const [path, content] of Object.entries(files)) project.write(path, content);
    return project;
  }
}

export class Project {
  readonly sandbox: Sandbox;
  readonly folder: string;

  constructor(sandbox: Sandbox, folder: string) {
    this.sandbox = sandbox;
    this.folder = folder;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  manifest() {
    return JSON.parse(this.read("envseal.json"));
  }

  /** What is signed about an environment's keys. */
  statement(environment = "default") {
    return this.manifest().environments[environment].statement;
  }

  bytes(path: string): Buffer {
    return readFileSync(this.path(path));
  }

  private environment({ env = {} }: Options): Record<string, string> {
    return Object.fromEntries(
      Object.entries({ ...this.sandbox.env, ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  /** Runs the built CLI. */
  envseal(args: readonly string[], options: Options = {}): Result {
    return this.node([CLI, ...args], options);
  }

  /** As `envseal`, and throws unless it ends with 0. */
  ok(args: readonly string[], options: Options = {}): Result {
    const result = this.envseal(args, options);
    if (result.code !== 0) throw new Error(`envseal ${args.join(" ")} ended with ${result.code}:\n${result.stderr}`);
    return result;
  }

  /** The code of the typed error, with the whole result for more. */
  fails(args: readonly string[], options: Options = {}): Result & { error: string } {
    const result = this.envseal(args, options);
    if (result.code === 0) throw new Error(`envseal ${args.join(" ")} succeeded:\n${result.stdout}${result.stderr}`);
    return { ...result, error: /\[([A-Z_]+)\]/.exec(result.stderr)?.[1] ?? "none" };
  }

  /**
   * Somebody on another machine, who asked for access, was given it, and confirmed the pin: the environment of what they run.
   * @param given to `grant`, such as `-e default` or `--admin`
   */
  teammate(name: string, ...given: string[]): Record<string, string> {
    const env = this.sandbox.otherHome(name);
    this.ok(["join", "--name", name, "-q"], { env });
    this.ok(["grant", name, "--yes", "-q", ...given]);
    this.ok(["pin", "confirm", "--yes", "-q"], { env });
    return env;
  }

  node(args: readonly string[], options: Options = {}): Result {
    return this.execute([process.execPath, ...args], options);
  }

  execute([program = "", ...args]: readonly string[], options: Options = {}): Result {
    return toResult(
      spawnSync(program, args, {
        cwd: options.cwd ?? this.folder,
        env: this.environment(options),
        input: options.input ?? "",
        maxBuffer: 1 << 28,
      }),
    );
  }

  envsealAsync(args: readonly string[], options: Options = {}): Promise<Result> {
    return new Promise((done) => {
      const child = spawn(process.execPath, [CLI, ...args], { cwd: options.cwd ?? this.folder, env: this.environment(options) });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk) => (stdout += chunk));
      child.stderr.on("data", (chunk) => (stderr += chunk));
      child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
      child.stdin.end(options.input ?? "");
    });
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, env: this.environment({}), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  commitAll(message = "change"): void {
    this.git("add", "-A");
    this.git("commit", "-qm", message);
  }

  clone(name: string): Project {
    execFileSync("git", ["clone", "-q", this.folder, join(this.sandbox.root, name)], { env: this.environment({}) });
    return new Project(this.sandbox, join(this.sandbox.root, name));
  }

  /** The folder of the program that git starts, where hooks are armed. */
  copy(): string {
    const name = readdirSync(this.path(".git/envseal")).find((entry) => entry.startsWith("program-"));
    if (name === undefined) throw new Error("git starts no copy here");
    return this.path(".git/envseal", name);
  }

  /** Makes `envseal` and what it needs importable from this project, as an install would. */
  install(): void {
    mkdirSync(this.path("node_modules"), { recursive: true });
    symlinkSync(ROOT, this.path("node_modules/envseal"), "junction");
  }
}

function toResult({ status, stdout, stderr, signal }: SpawnSyncReturns<Buffer>): Result {
  return { code: status ?? (signal === null ? -1 : 128), stdout: stdout.toString(), stderr: stderr.toString() };
}

/** A sandbox that goes with the test. */
export function sandbox(): Sandbox {
  const made = new Sandbox();
  onTestFinished(() => made.remove());
  return made;
}

/** What `init` made of the same files before, in this test file; taken once in a test, since two projects have two keys. */
const made = new Map<string, { sandbox: Sandbox; folder: string }>();
const taken = new Set<string>();
process.once("exit", () => {
  for (const { sandbox } of made.values()) sandbox.remove();
});

/** An initialised project: `.env` (and whatever else), sealed by Ada. */
export function sealedProject(
  files: Record<string, string | Uint8Array> = { ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n" },
  options = {},
): Project {
  const key = JSON.stringify([files, options]);
  if (taken.has(key)) return sealed(sandbox(), files, options);
  taken.add(key);
  onTestFinished(() => {
    taken.delete(key);
  });
  let first = made.get(key);
  if (first === undefined) {
    const project = sealed(new Sandbox(), files, options);
    first = { sandbox: project.sandbox, folder: relative(project.sandbox.root, project.folder) };
    made.set(key, first);
  }
  const own = sandbox();
  copyTree(first.sandbox.root, own.root);
  return new Project(own, join(own.root, first.folder));
}

function sealed(own: Sandbox, files: Record<string, string | Uint8Array>, options: object): Project {
  const project = own.project(files, options);
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  return project;
}
