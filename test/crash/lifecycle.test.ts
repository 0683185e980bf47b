import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { isNightly } from "../support/sample.ts";
import { CLI, type Options, type Project, sealedProject } from "../support/sandbox.ts";

/** 500 kills in `npm run nightly`, spread over six operations; a sample of each here. The delays walk over the whole run. */
const ROUNDS = isNightly ? 84 : 1;
/** Where a round kills once: the first may come too late, and what it learnt makes the second come in time. */
const SINGLE = Math.max(ROUNDS, 2);

/** Starts envseal and kills it after a delay that walks through how long the last whole run took. */
class Killer {
  private readonly project: Project;
  private lasted = 400;
  private round = 1;
  kills = 0;

  constructor(project: Project) {
    this.project = project;
  }

  run(args: readonly string[], { env = {}, input = "" }: Options = {}): Promise<void> {
    const delay = 40 + (this.lasted - 40) * ((this.round++ * 0.618) % 1);
    return new Promise((done) => {
      const started = Date.now();
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: this.project.folder,
        env: { ...this.project.sandbox.env, ...env } as NodeJS.ProcessEnv,
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
      const timer = setTimeout(() => child.kill("SIGKILL"), delay);
      child.on("close", (_code, signal) => {
        clearTimeout(timer);
        if (signal === "SIGKILL") this.kills++;
        else this.lasted = Date.now() - started;
        done();
      });
    });
  }
}

function start(): { project: Project; opens: (options?: Options) => void } {
  const project = sealedProject({ ".env": "A=secret-one\nB=2\n", "a/.env": "A=secret-two\n", ".env.production": "A=secret-three\n" });
  const opens = (options: Options = {}) => {
    const read = (file: string) => project.ok(["get", "A", "-f", file], options).stdout;
    expect([read(".env"), read("a/.env"), read(".env.production")]).toEqual(["secret-one\n", "secret-two\n", "secret-three\n"]);
  };
  return { project, opens };
}

describe("kill -9 at any instant", () => {
  it("of revoke and grant: every vault opens, nobody is left with half an access, and a re-run completes", async () => {
    const { project, opens } = start();
    const killer = new Killer(project);
    const bob = { env: project.sandbox.otherHome("bob") };
    project.ok(["join", "--name", "bob", "-q"], bob);
    for (let round = 0; round < ROUNDS; round++) {
      await killer.run(["grant", "bob", "--all", "--yes", "-q"]);
      opens();
      project.ok(["grant", "bob", "--all", "--yes", "-q"]);
      opens(bob);
      await killer.run(["revoke", "bob", "--yes", "-q"]);
      opens();
      if (project.read("envseal.json").includes('"bob"')) project.ok(["revoke", "bob", "--yes", "-q"]);
      const { environments, authority } = parseManifest(project.read("envseal.json"));
      for (const [name, { statement, access }] of Object.entries(environments)) {
        expect([Object.keys(access), statement.floor]).toEqual([["ada"], statement.active]);
        expect(authority.at(-1)?.environments[name]?.lowest).toBe(statement.revision);
      }
      opens();
      project.ok(["join", "--name", "bob", "-q"], bob);
    }
    expect(killer.kills).toBeGreaterThanOrEqual(ROUNDS / 2);
  }, 900_000);

  it("of encrypt: the vault is the old one or the new one, and a re-run completes", async () => {
    const { project, opens } = start();
    const killer = new Killer(project);
    for (let round = 0; round < SINGLE; round++) {
      project.write(".env", `A=secret-one\nB=${round}\nC_${round}=x\n`);
      await killer.run(["encrypt", "--yes", "-q"]);
      opens();
      project.ok(["encrypt", "--yes", "-q"]);
      expect(project.ok(["get", "B", "-e", "default"]).stdout).toBe(`${round}\n`);
      expect(project.ok(["decrypt", ".env", "--stdout"]).stdout).toBe(project.read(".env"));
    }
    expect(killer.kills).toBeGreaterThanOrEqual(SINGLE / 2);
  }, 900_000);

  it("of custody move: the identity is in at least one custody, and a re-run completes", async () => {
    const { project, opens } = start();
    const killer = new Killer(project);
    project.sandbox.env.XDG_RUNTIME_DIR = join(project.sandbox.root, "run");
    project.write("../phrase", "orbit velvet cactus mango quartz lantern");
    const phrase = ["--passphrase-file", join(project.sandbox.root, "phrase")];
    const kind = () => JSON.parse(project.ok(["custody", "show", "--json"]).stdout).kind;
    const openable = () => {
      if (kind() !== "file") project.ok(["unlock", "-q", ...phrase]);
      opens();
      project.ok(["lock", "-q"]);
    };
    for (let round = 0; round < ROUNDS; round++) {
      await killer.run(["custody", "move", "passphrase", "-q", ...phrase]);
      openable();
      if (kind() !== "passphrase") project.ok(["custody", "move", "passphrase", "-q", ...phrase]);
      openable();
      await killer.run(["custody", "move", "file", "--yes", "-q", ...phrase]);
      openable();
      if (kind() !== "file") project.ok(["custody", "move", "file", "--yes", "-q", ...phrase]);
      openable();
    }
    expect(killer.kills).toBeGreaterThanOrEqual(ROUNDS / 2);
  }, 900_000);

  it("of backup restore: the manifest is whole or not there, and a re-run completes", async () => {
    const { project, opens } = start();
    const killer = new Killer(project);
    const file = join(project.sandbox.root, "backup");
    const phrase = ["--passphrase-file", join(project.sandbox.root, "phrase")];
    project.ok(["backup", "create", file, "-q", ...phrase]);
    const restore = ["backup", "restore", file, "--yes", "-q", ...phrase];
    for (let round = 0; round < SINGLE; round++) {
      rmSync(project.path("envseal.json"));
      await killer.run(restore);
      if (existsSync(project.path("envseal.json"))) opens();
      project.ok(restore);
      opens();
    }
    expect(killer.kills).toBeGreaterThan(SINGLE / 3);
  }, 900_000);

  it("of keys destroy and rotate: every vault opens, and a re-run completes", async () => {
    const { project, opens } = start();
    const killer = new Killer(project);
    project.ok(["rotate", "--all", "-q"]);
    for (let round = 0; round < ROUNDS; round++) {
      project.ok(["rotate", "-e", "default", "-q"]);
      const { keys, active } = project.statement();
      const old = keys[active].version - 1;
      const destroy = ["keys", "destroy", `v${old}`, "-e", "default", "--yes", "-q", "--waive-backup", `destroy v${old} without a backup`];
      await killer.run(destroy);
      opens();
      const states = () =>
        Object.values(project.statement().keys) as {
          version: number;
          state: string;
        }[];
      if (states().find(({ version }) => version === old)?.state !== "destroyed") project.ok(destroy);
      opens();
      await killer.run(["rotate", "-e", "default", "--reason", "compromised", "-q"]);
      opens();
    }
    project.ok(["rotate", "--all", "--reason", "compromised", "-q"]);
    opens();
    expect(killer.kills).toBeGreaterThanOrEqual(ROUNDS / 2);
  }, 900_000);
});
