import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Options, type Project, sealedProject } from "../../support/sandbox.ts";

/**
 * A repository from a stranger, unpacked with its `.git` in it: git takes the configuration in there for the owner's own.
 * Every program it names leaves a file when it is started. Plain git starts them; envseal must start none.
 */
export class Hostile {
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
