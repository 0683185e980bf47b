import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { isNightly } from "../support/sample.ts";
import { type Options, type Project, sealedProject } from "../support/sandbox.ts";
import { Terminal, terminalIsHere, terminalNotice } from "../support/terminal.ts";

/**
 * A repository from a stranger, unpacked with its `.git` in it: git takes the configuration in there for the owner's own.
 * Every program it names leaves a file when it is started. Plain git starts them; envseal must start none.
 */
class Hostile {
  readonly project: Project;
  private readonly marks: string;

  constructor() {
    this.project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\nPORT=3000\n", "a.txt": "one\n" });
    this.marks = join(this.project.sandbox.root, "fired");
    mkdirSync(this.marks);
    this.project.commitAll("first");
    this.project.ok(["set", "API_KEY", "-q"], { input: "sk_live_9876543210" });
    this.project.commitAll("second");
    this.sign();
  }

  /** A program of the repository's; the name says what starts it. */
  program(name: string): string {
    const path = this.project.path(".git/evil", name);
    mkdirSync(this.project.path(".git/evil"), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n: >"${join(this.marks, name)}"\nexit 1\n`, { mode: 0o755 });
    return path;
  }

  config(key: string, value: string): void {
    this.project.git("config", "--local", key, value);
  }

  /** Configuration and attributes with a program wherever git takes one. */
  arm(): this {
    for (const key of ["core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy"])
      this.config(key, this.program(key));
    for (const key of ["gpg.program", "gpg.ssh.program", "sequence.editor", "credential.helper", "interactive.diffFilter", "diff.external"])
      this.config(key, this.program(key));
    for (const key of ["status", "log", "diff", "show", "blame"]) {
      this.config(`pager.${key}`, this.program(`pager.${key}`));
      this.config(`alias.${key}`, `!${this.program(`alias.${key}`)}`);
    }
    this.config("log.showSignature", "true");
    for (const part of ["clean", "smudge", "process"]) this.config(`filter.evil.${part}`, this.program(`filter.${part}`));
    this.config("filter.evil.required", "true");
    this.config("diff.evil.textconv", this.program("diff.textconv"));
    this.config("diff.evil.command", this.program("diff.command"));
    this.config("merge.evil.driver", this.program("merge.driver"));
    this.config("diff.envseal.textconv", this.program("diff.envseal.textconv"));
    this.config("merge.envseal.driver", this.program("merge.envseal.driver"));
    this.config("merge.envseal-manifest.driver", this.program("merge.envseal-manifest.driver"));
    this.config("mergetool.envseal.cmd", this.program("mergetool.cmd"));
    this.config("envseal.node", this.program("envseal.node"));
    this.config("envseal.cli", this.program("envseal.cli"));
    writeFileSync(this.project.path(".git/included"), `[core]\n\tfsmonitor = ${this.program("include")}\n`);
    this.config("include.path", "included");
    this.project.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    writeFileSync(this.project.path(".git/info/attributes"), "* filter=evil diff=evil merge=evil\n");
    this.hooks();
    return this;
  }

  /** Every hook of git's, some of them pretending to be ours, in a folder of the work tree. */
  hooks(): void {
    mkdirSync(this.project.path("hooks"));
    const events = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-index-change", "pre-push", "reference-transaction"];
    for (const event of [...events, "post-checkout", "fsmonitor-watchman", "pre-auto-gc"]) {
      const text = `#!/bin/sh\n# envseal hook (envseal hooks uninstall removes it)\n"${this.program(`hook.${event}`)}"\nexit 0\n`;
      writeFileSync(this.project.path("hooks", event), text, { mode: 0o755 });
    }
    this.config("core.hooksPath", "hooks");
    mkdirSync(this.project.path(".git/envseal"), { recursive: true });
    writeFileSync(this.project.path(".git/envseal/run"), `#!/bin/sh\n"${this.program("runner")}"\n`, { mode: 0o755 });
  }

  /** Signed commits make git ask a program, where log.showSignature says so. */
  private sign(): void {
    const { project } = this;
    const text = project.git("cat-file", "commit", "HEAD");
    const signed = text.replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\n");
    const options = { cwd: project.folder, env: project.sandbox.env, input: signed, encoding: "utf8" as const };
    const { stdout } = spawnSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], options);
    project.git("update-ref", "refs/heads/main", stdout.trim());
  }

  private time = 1_700_000_000;

  /** git, whatever it ends with. */
  git(...args: string[]): void {
    spawnSync("git", args, { cwd: this.project.folder, env: this.project.sandbox.env, timeout: 20_000 });
  }

  /** What was started since the last time somebody asked. */
  fired(): string[] {
    const names = readdirSync(this.marks).sort();
    for (const name of names) rmSync(join(this.marks, name));
    return names;
  }

  /** What commands started of the repository, and whatever they called a bug. */
  startedBy(commands: readonly (readonly string[])[], options: Options = {}): unknown[] {
    this.fired();
    return commands.flatMap((args) => {
      this.touch();
      const { code, stderr } = this.project.envseal(args, options);
      const started = this.fired();
      return started.length === 0 && code !== 70 ? [] : [{ args: args.join(" "), started, code, stderr }];
    });
  }

  /** Files whose times git has to look behind: others than in the index, and older than the index itself. */
  touch(): void {
    this.time += 10;
    for (const name of [".env.vault", "envseal.json", "a.txt"]) utimesSync(this.project.path(name), this.time, this.time);
  }
}

const READING: readonly (readonly string[])[] = [
  ["status"],
  ["status", "--json"],
  ["get", "API_KEY"],
  ["list"],
  ["run", "--", "true"],
  ["export", "--format", "json"],
  ["check"],
  ["check", "--staged"],
  ["check", "--all"],
  ["check", "--range", "HEAD~1..HEAD"],
  ["scan"],
  ["scan", "--history"],
  ["log"],
  ["log", "API_KEY"],
  ["log", "--keys"],
  ["show", "HEAD:.env.vault"],
  ["show", "HEAD~1:.env"],
  ["diff"],
  ["diff", "HEAD~1"],
  ["diff", "HEAD~1..HEAD", "--reveal"],
  ["blame", ".env.vault"],
  ["exposure"],
  ["keys"],
  ["recipients"],
  ["doctor"],
  ["hooks", "status"],
  ["resolve"],
  ["join", "--print"],
  ["custody", "show"],
  ["deploy-key", "list"],
  ["textconv", ".env.vault"],
];

/** One of each way to ask git, where the rest would ask in the same way again. */
const SOME = isNightly ? READING : [["status"], ["get", "API_KEY"], ["check", "--staged"], ["log"], ["diff"], ["doctor"]];

const WRITING: readonly (readonly string[])[] = [
  ["set", "PORT", "-q"],
  ["decrypt", ".env", "--stdout"],
  ["encrypt", ".env"],
  ["sync"],
  ["example"],
  ["types"],
  ["require", "PORT"],
  ["rotate", "-q"],
];

describe("a hostile repository", () => {
  it("its programs are such that plain git starts them", () => {
    const hostile = new Hostile().arm();
    hostile.fired();
    const starts = (...args: string[]) => {
      hostile.touch();
      hostile.git(...args);
      return hostile.fired();
    };
    expect(starts("status")).toEqual(expect.arrayContaining(["filter.process", "include"]));
    // A filter that fails may stop git before it writes the index, where files are as young as that.
    const lenient = ["-c", "filter.evil.process=", "-c", "filter.evil.required=false"];
    expect(starts(...lenient, "update-index", "--force-write-index")).toContain("hook.post-index-change");
    expect(starts("hook", "run", "pre-commit")).toEqual(["hook.pre-commit"]);
    expect(starts("fetch", "ssh://nowhere.invalid/x")).toContain("core.sshCommand");
    hostile.git("config", "--unset", "filter.evil.process");
    hostile.git("config", "filter.evil.required", "false");
    expect(starts("add", "a.txt")).toContain("filter.clean");
    hostile.project.write("a.txt", "two\n");
    expect(starts("diff")).toContain("diff.command");
    hostile.git("config", "--unset", "diff.evil.command");
    expect(starts("-c", "diff.external=", "log", "-1", "-p", "HEAD")).toEqual(expect.arrayContaining(["diff.textconv", "gpg.program"]));
  });

  it.each([
    ["by somebody who holds the key", READING, true],
    ["by somebody who holds none", SOME, false],
  ])("starts nothing when it is read, %s", { timeout: 120_000 }, (_who, commands, member) => {
    const hostile = new Hostile().arm();
    const env = member ? {} : hostile.project.sandbox.otherHome("stranger");
    expect(hostile.startedBy(commands, { env })).toEqual([]);
  });

  it("starts nothing when it is written to", { timeout: 120_000 }, () => {
    const hostile = new Hostile().arm();
    hostile.project.write(".env", "API_KEY=sk_live_9876543210\nPORT=3001\n");
    expect(hostile.startedBy(WRITING, { input: "4000" })).toEqual([]);
    expect(hostile.project.ok(["get", "PORT"]).stdout).toBe("4000\n");
    const plain = hostile.project.git("hash-object", "-w", "--no-filters", ".env").trim();
    hostile.project.git("update-index", "--add", "--cacheinfo", `100644,${plain},.env`);
    hostile.fired();
    expect(hostile.startedBy([["init", "--yes", "--no-hooks", "-q"]])).toEqual([]);
    expect(hostile.project.git("ls-files", ".env")).toBe("");
  });

  it("starts nothing when a merge in it is resolved", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    project.git("branch", "side");
    project.ok(["set", "API_KEY", "-q"], { input: "ours-0123456789" });
    project.commitAll("ours");
    project.git("checkout", "-q", "side");
    project.ok(["set", "API_KEY", "-q"], { input: "theirs-0123456789" });
    project.commitAll("theirs");
    hostile.git("merge", "-q", "main");
    hostile.arm().fired();
    expect(hostile.startedBy([["status"], ["diff"], ["check"], ["resolve", "--theirs", "--yes"]])).toEqual([]);
    expect(project.git("ls-files", "--unmerged")).toBe("");
    expect(project.git("show", ":.env.vault")).toBe(project.read(".env.vault"));
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("ours-0123456789\n");
  });

  it.runIf(terminalIsHere)(`starts no pager of its own choice${terminalNotice}`, async () => {
    const hostile = new Hostile().arm();
    hostile.fired();
    const starts = async (command: string[] | undefined, ...args: string[]) => {
      const terminal = new Terminal(hostile.project, args, { PAGER: "cat" }, command);
      await terminal.end();
      return { shown: terminal.screen, started: hostile.fired() };
    };
    expect((await starts(["git"], "-c", "log.showSignature=false", "log")).started).toContain("pager.log");
    for (const args of [["log"], ["diff", "HEAD~1"], ["show", "HEAD:.env.vault"], ["blame", ".env.vault"]]) {
      const { shown, started } = await starts(undefined, ...args);
      expect({ args, started }).toEqual({ args, started: [] });
      expect(shown).toContain("API_KEY");
    }
  });

  it("fetches nothing: no transport is started for an object that a promisor is said to have", () => {
    const hostile = new Hostile().arm();
    const { project } = hostile;
    hostile.config("core.repositoryFormatVersion", "1");
    hostile.config("extensions.partialClone", "evil");
    hostile.config("remote.evil.url", "ssh://nowhere.invalid/x");
    hostile.config("remote.evil.promisor", "true");
    hostile.config("remote.evil.uploadpack", hostile.program("uploadpack"));
    const old = project.git("rev-parse", "HEAD~1:.env.vault").trim();
    rmSync(project.path(".git/objects", old.slice(0, 2), old.slice(2)));
    hostile.fired();
    hostile.git("cat-file", "-p", old);
    expect(hostile.fired()).toContain("core.sshCommand");
    expect(hostile.startedBy([["log"], ["check", "--all"], ["scan", "--history"], ["exposure"], ["show", "HEAD~1:.env"]])).toEqual([]);
    // A git from before GIT_NO_LAZY_FETCH, as this one is where nothing is said of it.
    const shim = join(project.sandbox.root, "old-git");
    mkdirSync(shim);
    const real = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(shim, "git"), `#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec "${real}" "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${shim}${delimiter}${process.env.PATH}` };
    expect(hostile.startedBy([["log"], ["check", "--all"], ["scan", "--history"]], { env })).toEqual([]);
  });

  it("takes no bare repository in a folder for the repository", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    project.git("init", "-q", "--bare", "docs");
    for (const name of ["config", "HEAD"]) expect(existsSync(project.path("docs", name))).toBe(true);
    project.git("-C", "docs", "--git-dir=.", "config", "core.fsmonitor", hostile.program("embedded"));
    project.git("-C", "docs", "--git-dir=.", "config", "core.bare", "false");
    project.git("-C", "docs", "--git-dir=.", "config", "core.worktree", project.folder);
    hostile.fired();
    spawnSync("git", ["status"], { cwd: project.path("docs"), env: project.sandbox.env });
    expect(hostile.fired()).toEqual(["embedded"]);
    const commands = [["status"], ["check"], ["check", "--staged"], ["log"], ["diff"], ["doctor"]];
    expect(hostile.startedBy(commands, { cwd: project.path("docs") })).toEqual([]);
  });

  it("runs no program that only lies in it", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    for (const name of ["git", "node", "envseal", "sh", "less", "age", "vi", "sed", "envseal-custody"]) {
      const from = hostile.program(`program.${name}`);
      for (const folder of ["", "node_modules/.bin", "bin"]) {
        mkdirSync(project.path(folder), { recursive: true });
        writeFileSync(project.path(folder, name), `#!/bin/sh\n"${from}"\n`, { mode: 0o755 });
      }
    }
    const script = `"${hostile.program("script")}"`;
    const scripts = Object.fromEntries(["preinstall", "prepare", "envseal", "pretest"].map((name) => [name, script]));
    project.write("package.json", JSON.stringify({ name: "x", scripts, envseal: { editor: script, pager: script, custody: script } }));
    project.write("node_modules/envseal/package.json", JSON.stringify({ name: "envseal", main: "evil.js" }));
    const evil = `require("node:fs").writeFileSync(${JSON.stringify(join(project.sandbox.root, "fired/module"))}, "")`;
    project.write("node_modules/envseal/evil.js", evil);
    for (const name of ["dotenv", "cac", "simple-git", "@napi-rs/keyring"]) {
      project.write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "evil.js" }));
      project.write(`node_modules/${name}/evil.js`, evil);
    }
    for (const name of [".envsealrc", ".envsealrc.json", "envseal.config.js", "envseal.config.mjs", ".env.js", ".envsealrc.js"])
      project.write(name, `${evil}\n`);
    project.write(".npmrc", `script-shell=${hostile.program("npmrc")}\n`);
    project.write(".envrc", `"${hostile.program("envrc")}"\n`);
    project.write(".nvmrc", "0\n");
    expect(hostile.startedBy(SOME)).toEqual([]);
  });

  it("names no program: a custody in the manifest is a word, and whoever writes more is refused", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    const program = hostile.program("custody");
    const manifest = JSON.parse(project.read("envseal.json"));
    for (const custody of [{ kind: "command", command: [program] }, { kind: "command", program }, { kind: program }]) {
      manifest.recipients.ada.custody = custody;
      project.write("envseal.json", JSON.stringify(manifest));
      expect(project.fails(["get", "API_KEY"]).error).toBe("MALFORMED_MANIFEST");
    }
    manifest.recipients.ada.custody = { kind: "command" };
    project.write("envseal.json", JSON.stringify(manifest));
    expect(hostile.startedBy([["get", "API_KEY"], ["custody", "show"], ["doctor"]])).toEqual([]);
  });

  it("has submodules: theirs are their own affair", () => {
    const hostile = new Hostile();
    const { project } = hostile;
    const sub = project.sandbox.project({ "x.txt": "x\n" }, { name: "sub" });
    sub.commitAll();
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", sub.folder, "vendor/sub");
    project.commitAll("submodule");
    const inner = project.path(".git/modules/vendor/sub");
    const evil = (key: string) =>
      spawnSync("git", ["--git-dir", inner, "config", key, hostile.program(`sub.${key}`)], { env: project.sandbox.env });
    evil("core.fsmonitor");
    evil("core.pager");
    hostile.config("submodule.vendor/sub.update", `!${hostile.program("submodule.update")}`);
    hostile.config("submodule.recurse", "true");
    hostile.config("diff.submodule", "log");
    hostile.config("status.submoduleSummary", "true");
    project.write("vendor/sub/x.txt", "y\n");
    hostile.fired();
    hostile.git("status");
    expect(hostile.fired()).toContain("sub.core.fsmonitor");
    expect(hostile.startedBy(SOME)).toEqual([]);
  });

  it("hides nothing from a guard or a history by settings of how git shows things", { timeout: 120_000 }, () => {
    const { project } = new Hostile();
    project.write("apps/notes.txt", "sk_live_0123456789\n");
    project.commitAll("a value of the first commit");
    const commands = [
      ["log"],
      ["blame", ".env.vault"],
      ["diff", "HEAD~2"],
      ["exposure"],
      ["check", "--all"],
      ["check", "--range", "HEAD~1..HEAD"],
    ];
    const answers = () => commands.map((args) => project.envseal([...args, "--json"], { cwd: project.path("apps") }).stdout);
    const before = answers();
    expect(before[4]).toContain("leak");
    const settings =
      "log.showRoot=false log.follow=true diff.relative=true diff.renames=copies diff.noprefix=true color.ui=always log.diffMerges=off";
    const more =
      "log.date=raw log.decorate=full format.pretty=oneline diff.ignoreSubmodules=all core.quotePath=false diff.orderFile=/dev/null log.mailmap=false";
    for (const setting of `${settings} ${more} core.abbrev=4 diff.context=0 core.ignoreCase=true`.split(" ")) {
      const at = setting.indexOf("=");
      project.git("config", "--local", setting.slice(0, at), setting.slice(at + 1));
    }
    expect(answers()).toEqual(before);
  });

  it("counts the first commit in, although git's log is told to leave it out", () => {
    const project = sealedProject();
    project.write("notes.env", "A=1\n");
    project.git("add", "-A");
    project.git("add", "-f", "notes.env");
    project.git("commit", "-q", "--no-verify", "-m", "first");
    project.git("rm", "-q", "notes.env");
    project.git("commit", "-q", "--no-verify", "-m", "second");
    const answers = () =>
      [
        ["log", "--json"],
        ["blame", ".env", "--json"],
        ["scan", "--history"],
      ].map((args) => project.envseal(args).stdout);
    const before = answers();
    expect(before[0]).toContain("API_KEY");
    expect(before[2]).toContain("notes.env was recorded in clear");
    project.git("config", "log.showRoot", "false");
    expect(answers()).toEqual(before);
  });
});
