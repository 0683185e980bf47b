import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { isNightly } from "./sample.ts";
import { Project, type Result, ROOT, Sandbox, sandbox } from "./sandbox.ts";

/** Why what needs an installation does not run here, or null. */
export function noRegistry(): string | null {
  return spawnSync("npm", ["view", "express", "version", "--fetch-retries=0", "--fetch-timeout=5000"]).status === 0
    ? null
    : "skipped: needs the npm registry";
}

/** As `noRegistry`, for what takes minutes: it runs with NIGHTLY=1 or ENVSEAL_EXAMPLES=1. */
export function notHeavy(): string | null {
  const asked = isNightly || process.env.ENVSEAL_EXAMPLES === "1";
  return asked ? noRegistry() : "skipped: needs NIGHTLY=1 or ENVSEAL_EXAMPLES=1";
}

let packed: string | undefined;
// Of the process, not of a file: files share it, and this module with it.
process.once("exit", () => packed !== undefined && rmSync(dirname(packed), { recursive: true, force: true }));

/** The package as npm would publish it. */
export function tarball(): string {
  if (packed !== undefined) return packed;
  const folder = mkdtempSync(join(tmpdir(), "envseal-pack-"));
  packed = execFileSync(process.execPath, [join(ROOT, "scripts/package.mjs"), folder], { encoding: "utf8" }).trim();
  return packed;
}

const installed = new Map<string, string>();

/** What stands in `.env` unless a test says otherwise. */
export const SECRET = "sk_live_4f9aQ2xLw8Zr0TmB";
const PLAINTEXT = `API_KEY=${SECRET}\nGREETING='it is $HOME, literally'\nVITE_GREETING=hello\nNEXT_PUBLIC_GREETING=hello\nPUBLIC_GREETING=hello\nPORT=3000\n`;
export const GREETING = "it is $HOME, literally";

/** A machine that has nothing but what is injected. */
const SERVER = { HOME: "/nonexistent", XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };

/** A copy of one of `examples/`, sealed, with the packed envseal and its own dependencies installed from the registry. */
export class Example extends Project {
  /** What the server is given. */
  key = "";

  /**
   * @param without dependencies that a test goes without, for their weight
   * @param keep for whoever removes the sandbox, since several tests use it
   */
  static async of(name: string, { without = [] as string[], keep = false } = {}): Promise<Example> {
    const box = keep ? new Sandbox() : sandbox();
    const example = new Example(box, join(box.root, name));
    cpSync(join(ROOT, "examples", name), example.folder, { recursive: true });
    example.git("init", "-q");
    example.write(".gitignore", "node_modules\n.env\n");
    example.write(".env", PLAINTEXT);
    await example.installAll(without);
    example.seal();
    return example;
  }

  /** npm with this machine's cache; two examples that need the same share one installation. */
  async installAll(without: readonly string[]): Promise<void> {
    const manifest = JSON.parse(this.read("package.json"));
    for (const name of without) delete manifest.dependencies[name];
    manifest.dependencies.envseal = `file:${tarball()}`;
    this.write("package.json", JSON.stringify(manifest));
    const wanted = JSON.stringify([manifest.dependencies, manifest.devDependencies]);
    const earlier = installed.get(wanted);
    if (earlier !== undefined) return cpSync(earlier, this.path("node_modules"), { recursive: true, verbatimSymlinks: true });
    const result = await this.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], {
      env: { npm_config_cache: join(homedir(), ".npm") },
    });
    if (result.code !== 0) throw new Error(`npm install ended with ${result.code}:\n${result.stderr}`);
    const kept = mkdtempSync(join(dirname(tarball()), "installed-"));
    cpSync(this.path("node_modules"), kept, { recursive: true, verbatimSymlinks: true });
    installed.set(wanted, kept);
  }

  /** As a user would: by the installed program. The plaintext is removed, as on any other machine. */
  seal(): void {
    const program = "node_modules/envseal/dist/bin/cli.js";
    for (const args of [
      ["init", "--yes", "--no-hooks", "-q"],
      ["deploy-key", "create", "server", "-e", "default"],
    ]) {
      const { code, stdout, stderr } = this.node([program, ...args]);
      if (code !== 0) throw new Error(`envseal ${args[0]} ended with ${code}:\n${stderr}`);
      this.key = stdout.trim();
    }
    rmSync(this.path(".env"));
  }

  /** What a server's processes get: the key and nothing of a person's. */
  serverEnv(env: Record<string, string | undefined> = {}): Record<string, string> {
    const path = [join(this.folder, "node_modules/.bin"), dirname(process.execPath), this.sandbox.env.PATH].join(delimiter);
    const all = { ...this.sandbox.env, ...SERVER, PATH: path, ENVSEAL_KEY: this.key, ...env };
    return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Runs a command to its end, with the deploy key and no home. */
  run([command = "", ...args]: readonly string[], { env = {}, cwd = this.folder } = {}): Promise<Result> {
    return new Promise((done) => {
      const child = spawn(command, args, { cwd, env: this.serverEnv(env), stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk) => (stdout += chunk));
      child.stderr.on("data", (chunk) => (stderr += chunk));
      child.on("close", (code) => done({ code: code ?? 128, stdout, stderr }));
    });
  }

  /** Starts a server and waits until it answers or ends. It ends with the test. */
  async serve(command: (port: number) => readonly string[], { env = {}, cwd = this.folder } = {}): Promise<Server> {
    const port = await freePort();
    const [program = "", ...args] = command(port);
    const given = this.serverEnv({ PORT: String(port), HOST: "127.0.0.1", HOSTNAME: "127.0.0.1", ...env });
    const child = spawn(program, args, { cwd, env: given, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const server = new Server(child, port);
    onTestFinished(() => server.stop());
    await server.answers();
    return server;
  }

  /** Every file below a folder as one text, for what must or must not be in it. */
  texts(folder: string): string {
    const files = readdirSync(this.path(folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map((entry) => this.read(join(folder, entry.parentPath.slice(this.path(folder).length), entry.name))).join("\n");
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }
}

export class Server {
  private readonly child: ChildProcess;
  private readonly port: number;
  log = "";

  constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
    child.stdout?.on("data", (chunk) => (this.log += chunk));
    child.stderr?.on("data", (chunk) => (this.log += chunk));
  }

  /** @throws what it said, where it ended before it answered */
  async answers(): Promise<void> {
    for (let left = 600; left > 0; left--) {
      if (this.child.exitCode !== null) throw new Error(`the server ended with ${this.child.exitCode}:\n${this.log}`);
      try {
        await fetch(`http://127.0.0.1:${this.port}/`, { signal: AbortSignal.timeout(30_000) });
        return;
      } catch {
        await new Promise((done) => setTimeout(done, 100));
      }
    }
    throw new Error(`the server never answered:\n${this.log}`);
  }

  async get(path = "/"): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}${path}`)).text();
  }

  /** With its children: a group of its own. */
  stop(): void {
    try {
      process.kill(-(this.child.pid as number), "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
