import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../support/sandbox.ts";
import { committed, git, KEY, snapshot } from "./repository.ts";

describe("further doors", () => {
  it("strict: no plaintext is written, no ref moves to a secret, and uninstall takes it all away", () => {
    const project = committed();
    const before = snapshot(project.path(".git/hooks"));
    project.ok(["hooks", "install", "--strict"]);
    expect(git(project, ["add", "-f", ".env"])).toMatchObject({ code: 128, output: expect.stringContaining("is plaintext; seal it") });
    project.write("apps/.env.production", `API_KEY=${KEY}\n`);
    expect(git(project, ["add", "-f", "apps/.env.production"]).code).toBe(128);
    project.write("apps/.env.example", "API_KEY=\n");
    expect(git(project, ["add", "apps/.env.example", ".env.vault"]).code).toBe(0);
    expect(git(project, ["commit", "-qm", "example"]).output).toBe("");
    expect(git(project, ["tag", "-a", "v1", "-m", KEY])).toMatchObject({
      output: expect.stringContaining("reference-transaction stopped"),
    });
    expect(git(project, ["branch", `fix-${KEY}`]).output).toContain("reference-transaction stopped");
    expect(git(project, ["notes", "add", "-m", KEY]).output).toContain("reference-transaction stopped");
    const made = spawnSync("git", ["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", KEY], {
      cwd: project.folder,
      env: project.sandbox.env,
      encoding: "utf8",
    }).stdout.trim();
    expect(git(project, ["update-ref", "refs/heads/main", made]).output).toContain("reference-transaction stopped");
    expect(git(project, ["branch", "fine"])).toMatchObject({ code: 0, output: "" });
    project.write("a.js", `"${KEY}"\n`);
    project.git("add", "a.js");
    git(project, ["-c", "core.hooksPath=/dev/null", "commit", "-qm", "unguarded"]);
    expect(git(project, ["commit", "-q", "--amend", "-m", "again"]).output).toContain("reference-transaction stopped");
    git(project, ["-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "HEAD~1"]);
    expect(git(project, ["tag", "-l"]).output).toBe("");
    const attributes = ".git/info/attributes";
    project.write(attributes, `${project.read(attributes)}*.bin -diff\n`);
    project.ok(["hooks", "uninstall"]);
    expect(project.read(attributes)).toBe("*.bin -diff\n");
    expect(snapshot(project.path(".git/hooks"))).toEqual(before);
    expect(git(project, ["add", "-f", ".env"]).code).toBe(0);
  });

  it("strict: what a file is called is run by no shell, also where an earlier version armed the clone", () => {
    const project = committed();
    const named = ".env.$(cd .. && touch ran).local";
    project.write(named, "A=1\n");
    const add = () => git(project, ["add", "-f", named]);
    project.ok(["hooks", "install", "--strict", "-q"]);
    expect(add()).toMatchObject({ code: 128, output: expect.stringContaining("is plaintext; seal it") });
    expect(existsSync(project.path("../ran"))).toBe(false);
    project.git("config", "filter.envseal-guard.clean", 'echo "envseal: %f is plaintext" >&2; exit 1; cat');
    project.ok(["hooks", "install", "-q"]);
    expect(add().code).toBe(128);
    expect(existsSync(project.path("../ran"))).toBe(false);
  });

  it("strict: templates are let in, wherever in its name a file says that it is one", () => {
    const project = committed();
    const attributes = ".git/info/attributes";
    const rows = [".env", ".env.*", "*.env"].map((row) => `${row} filter=envseal-guard\n`).join("");
    project.write(attributes, `*.bin -diff\n# envseal hook (envseal hooks uninstall removes it)\n${rows}.env.example -filter\n`);
    project.ok(["hooks", "install", "--strict", "-q"]);
    const names = [".env.dev.example", ".env.example.docker", ".env-sample", "example.env", "docker.dist.env"];
    for (const name of names) project.write(`apps/${name}`, "API_KEY=\n");
    expect(git(project, ["add", "-f", ...names.map((name) => `apps/${name}`)])).toEqual({ code: 0, output: "" });
    for (const name of [".env.example.local", ".env.examples", "counterexample.env"]) {
      project.write(name, "A=1\n");
      expect(git(project, ["add", "-f", name]).code, name).toBe(128);
    }
    project.ok(["hooks", "uninstall"]);
    expect(project.read(attributes)).toBe("*.bin -diff\n");
  });

  it("a server refuses what a client let through", () => {
    const project = committed();
    project.git("clone", "-q", "--bare", ".", "../server.git");
    const hook = join(project.sandbox.root, "server.git/hooks/pre-receive");
    mkdirSync(join(hook, ".."), { recursive: true });
    const cli = join(project.sandbox.root, "envseal");
    project.write("../envseal", `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "dist/bin/cli.js")}" "$@"\n`);
    chmodSync(cli, 0o755);
    project.write("../server.git/hooks/pre-receive", readFileSync(join(ROOT, "templates/pre-receive"), "utf8"));
    chmodSync(hook, 0o755);
    project.git("remote", "add", "origin", "../server.git");
    project.git("add", "-f", ".env");
    project.git("commit", "-qm", "plain");
    const env = { ENVSEAL_CLI: cli };
    expect(git(project, ["push", "-q", "origin", "HEAD:main"], env)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/\.env holds environment variables in clear[\s\S]*pre-receive stopped/),
    });
    project.git("reset", "-q", "--hard", "HEAD~1");
    project.write("a.js", "1\n");
    project.git("add", "a.js");
    project.git("commit", "-qm", "fine");
    expect(git(project, ["push", "-q", "origin", "HEAD:main", "HEAD:new"], env).code).toBe(0);
  });
});
