import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, Project, ROOT, sandbox, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const FILES = { ".env": `API_KEY=${KEY}\n`, "README.md": "# app\n" };

function git(project: Project, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stderr, stdout } = spawnSync("git", args, {
    cwd: project.folder,
    env: { ...project.sandbox.env, ...env },
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

/** True if committing a secret value is stopped, and nothing else is. */
function guards(project: Project, env: Record<string, string> = {}): boolean {
  project.write("leak.js", `"${KEY}"\n`);
  project.git("add", "leak.js");
  const bad = git(project, ["commit", "-qm", "leak"], env);
  project.git("rm", "-qf", "--cached", "leak.js");
  rmSync(project.path("leak.js"));
  project.write("clean.js", `${Math.random()}\n`);
  project.git("add", "clean.js");
  const good = git(project, ["commit", "-qm", "clean"], env);
  expect(good.output).toBe("");
  return bad.code !== 0 && bad.output.includes("pre-commit stopped");
}

function committed(): Project {
  const project = sealedProject(FILES);
  project.commitAll("first");
  return project;
}

describe("hooks", () => {
  it("are armed, fire, are armed again without a change, and go without a trace", () => {
    const project = committed();
    const before = snapshot(project.path(".git/hooks"));
    expect(project.fails(["hooks", "status"]).stdout).toContain("not armed");
    project.ok(["hooks", "install"]);
    const armed = snapshot(project.path(".git/hooks"));
    project.ok(["hooks", "install"]);
    expect(snapshot(project.path(".git/hooks"))).toEqual(armed);
    expect(project.ok(["hooks", "status"]).stdout).toMatch(/armed, and git reaches them[\s\S]*on {3}pre-push/);
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(snapshot(project.path(".git/hooks"))).toEqual(before);
    expect(git(project, ["config", "--get-regexp", "envseal"]).code).toBe(1);
    expect(guards(project)).toBe(false);
  });

  it("keep and run what was there, with its own bytes, mode, arguments and standard input", () => {
    const project = committed();
    const own =
      '#!/bin/sh\necho "own $1 $2" >>"$(git rev-parse --show-toplevel)/../ran"\ncat >>"$(git rev-parse --show-toplevel)/../ran"\n';
    for (const event of ["pre-commit", "pre-push"]) {
      project.write(`.git/hooks/${event}`, own);
      chmodSync(project.path(".git/hooks", event), 0o750);
    }
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    project.git("push", "-q", "origin", "HEAD:main");
    const ran = readFileSync(join(project.sandbox.root, "ran"), "utf8");
    expect(ran).toMatch(/^own {2}\nown origin \.\.\/origin\.git\n\S+ [0-9a-f]{40} refs\/heads\/main 0{40}\n$/);
    project.ok(["hooks", "uninstall"]);
    for (const event of ["pre-commit", "pre-push"]) {
      expect(project.read(`.git/hooks/${event}`)).toBe(own);
      expect(statSync(project.path(".git/hooks", event)).mode & 0o777).toBe(0o750);
    }
  });

  it("take one line in each of husky's files, above what is there, whoever was installed first", () => {
    const project = committed();
    project.write("package.json", '{"name":"app"}\n');
    project.install();
    const husky = () =>
      spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    husky();
    const own = "echo own >>../ran\n";
    project.write(".husky/pre-commit", own);
    project.ok(["hooks", "install"]);
    expect(project.read(".husky/pre-commit")).toMatch(
      /^sh node_modules\/envseal\/hooks\/run pre-commit "\$@" \|\| exit \$\?; .*\necho own/,
    );
    project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
    project.commitAll("husky");
    expect(guards(project)).toBe(true);
    husky();
    expect(guards(project)).toBe(true);
    project.ok(["hooks", "uninstall"]);
    expect(project.read(".husky/pre-commit")).toBe(own);
    expect(existsSync(project.path(".husky/pre-push"))).toBe(false);
  });

  it("are armed by the link that npm makes, too", () => {
    const project = sealedProject(FILES);
    mkdirSync(join(project.sandbox.root, "bin"));
    symlinkSync(CLI, join(project.sandbox.root, "bin/envseal"));
    const { status, stderr } = spawnSync(process.execPath, [join(project.sandbox.root, "bin/envseal"), "hooks", "install"], {
      cwd: project.folder,
      env: project.sandbox.env,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("are armed, and fire") });
    project.commitAll("first");
    expect(guards(project)).toBe(true);
  });

  it("say so where another manager keeps git from reaching them", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("package.json", '{"name":"app"}\n');
    project.install();
    spawnSync(process.execPath, [join(ROOT, "node_modules/husky/bin.js")], { cwd: project.folder, env: project.sandbox.env });
    expect(project.fails(["hooks", "status"]).stdout).toContain("git does not reach them");
    expect(project.envseal(["doctor"]).stdout).toMatch(/fail\s+hooks[\s\S]*fix: envseal hooks install/);
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
  });

  it("work in a linked worktree, a submodule, a path with a space and ü, and where package.json is not at the root", () => {
    const box = sandbox();
    const project = box.project({ "apps/web/.env": `API_KEY=${KEY}\n`, "apps/web/package.json": "{}\n" }, { name: "mein repo ü" });
    project.ok(["init", "--yes", "--no-hooks", "-q", "--cwd", "apps/web"]);
    project.commitAll("first");
    project.ok(["hooks", "install", "--cwd", "apps/web"]);
    expect(guards(project)).toBe(true);
    project.git("worktree", "add", "-q", "../tree");
    const tree = new Project(box, join(box.root, "tree"));
    expect(git(tree, ["commit", "-q", "--allow-empty", "-m", `uses ${KEY}`]).output).toContain("commit-msg stopped");
    tree.write("apps/web/.env.local", "A=1\n");
    tree.git("add", "-f", "apps/web/.env.local");
    expect(git(tree, ["commit", "-qm", "x"]).output).toContain("pre-commit stopped");
    const outer = box.project({}, { name: "outer" });
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", project.folder, "sub");
    const sub = new Project(box, outer.path("sub"));
    sub.ok(["hooks", "install", "--cwd", "apps/web"]);
    sub.write(".env.local", "A=1\n");
    sub.git("add", "-f", ".env.local");
    expect(git(sub, ["commit", "-qm", "x"]).output).toContain("pre-commit stopped");
  });

  it("know the projects whose manifests lie below the top folder", () => {
    const box = sandbox();
    const project = box.project(
      { "apps/web/.env": `API_KEY=${KEY}\n`, "apps/api/.env": "TOKEN=pw_3fGh7Kl9Zx2Qw_other\n", "README.md": "# app\n" },
      { git: false },
    );
    for (const folder of ["apps/web", "apps/api"]) project.ok(["init", "--yes", "-q", "--cwd", folder]);
    project.git("init", "-q");
    project.write(".gitignore", ".env\n.envseal\n");
    project.commitAll("first");
    project.ok(["hooks", "install"]);
    expect(guards(project)).toBe(true);
    project.write("leak.js", '"pw_3fGh7Kl9Zx2Qw_other"\n');
    project.git("add", "leak.js");
    expect(git(project, ["commit", "-qm", "x"]).output).toContain("the value of TOKEN");
    project.git("rm", "-qf", "--cached", "leak.js");
    const vault = project.read("apps/api/.env.vault");
    project.write("apps/api/.env.vault", vault.replace(/:[\w-]{12}/, `:${"A".repeat(12)}`));
    project.git("add", "apps/api/.env.vault");
    expect(git(project, ["commit", "-qm", "x"]).output).toContain("forged-vault");
  });

  it("find node without PATH; without node or envseal they stop the commit and name what is staged", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const bare = join(project.sandbox.root, "bare");
    mkdirSync(bare);
    for (const tool of ["git", "sh", "cat", "grep", "sed", "tr", "dirname", "rm"])
      symlinkSync(spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim(), join(bare, tool));
    expect(guards(project, { PATH: bare })).toBe(true);
    project.git("config", "envseal.node", "/nowhere/node");
    project.git("add", "-f", ".env");
    const usual = ["/opt/homebrew/bin/node", "/usr/local/bin/node", "/usr/bin/node"].some(existsSync);
    if (!usual) {
      const stopped = git(project, ["commit", "-qm", "x"], { PATH: bare });
      expect(stopped).toMatchObject({
        code: 1,
        output: expect.stringMatching(/cannot find node[\s\S]*plaintext is staged: \.env\n[\s\S]*core\.hooksPath/),
      });
    }
    project.git("config", "envseal.node", process.execPath);
    project.git("config", "envseal.cli", "/nowhere/cli.js");
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/cannot find envseal[\s\S]*plaintext is staged: \.env\n/),
    });
  });

  it("stop where they cannot look: a broken manifest, an object that is gone, a time limit", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("a.js", "1\n");
    project.git("add", "a.js");
    const good = project.read("envseal.json");
    project.write("envseal.json", good.slice(0, -20));
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({ code: 1, output: expect.stringContaining("MALFORMED_MANIFEST") });
    project.write("envseal.json", good);
    expect(git(project, ["commit", "-qm", "x"], { ENVSEAL_HOOK_TIMEOUT: "0.001" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("[TIMEOUT]"),
    });
    const oid = project.git("rev-parse", ":a.js").trim();
    rmSync(project.path(".git/objects", oid.slice(0, 2), oid.slice(2)), { force: true });
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({ code: 1, output: expect.stringMatching(/cannot read|invalid object/) });
  });

  it("search with no key for names and forms only, and say what was not searched", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const keyless = { XDG_CONFIG_HOME: join(project.sandbox.root, "none"), XDG_STATE_HOME: join(project.sandbox.root, "none") };
    project.write("a.js", `"${KEY}"\n`);
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "x"], keyless)).toMatchObject({
      code: 0,
      output: expect.stringContaining("no key at hand for default: its values were not searched for"),
    });
    project.git("add", "-f", ".env");
    expect(git(project, ["commit", "-qm", "x"], keyless)).toMatchObject({ code: 1, output: expect.stringContaining("plaintext-file") });
  });

  it("tell after a pull that a vault is newer than the plaintext beside it", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.git("checkout", "-q", "-b", "side");
    const plaintext = project.read(".env");
    project.ok(["set", "API_KEY", "-q"], { input: "another_value_7d2Fq9" });
    project.commitAll("new value");
    project.git("checkout", "-q", "main");
    project.write(".env", plaintext);
    project.ok(["sync", "-q", "--yes"]);
    expect(git(project, ["merge", "-q", "side"])).toMatchObject({
      code: 0,
      output: expect.stringContaining(".env.vault is newer than the plaintext beside it: envseal decrypt"),
    });
  });

  it("tell at a commit that the plaintext has changes which are not sealed", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("a.js", "1\n");
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "nothing to tell"])).toEqual({ code: 0, output: "" });
    project.write(".env", `${project.read(".env")}NEW=value\n`);
    project.write("a.js", "2\n");
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({
      code: 0,
      output: expect.stringContaining(".env.vault lacks changes of the plaintext beside it: envseal encrypt"),
    });
    project.ok(["encrypt", "-q"]);
    project.git("add", ".env.vault");
    expect(git(project, ["commit", "-qm", "sealed"])).toEqual({ code: 0, output: "" });
  });

  it("are not armed in a folder that other repositories share", () => {
    const project = committed();
    mkdirSync(join(project.sandbox.root, "global"));
    project.git("config", "core.hooksPath", join(project.sandbox.root, "global"));
    expect(project.fails(["hooks", "install"])).toMatchObject({
      code: 5,
      error: "GIT",
      stderr: expect.stringContaining("which other repositories use too"),
    });
  });
});

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
    project.ok(["hooks", "uninstall"]);
    expect(snapshot(project.path(".git/hooks"))).toEqual(before);
    expect(git(project, ["add", "-f", ".env"]).code).toBe(0);
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

  it("the loader and status remind a developer whose clone is not armed, and nobody else", () => {
    const project = committed();
    project.install();
    const boot = (env: Record<string, string> = {}) => project.node(["-r", "envseal/config", "-p", "1"], { env }).stderr;
    project.ok(["get", "API_KEY"]);
    expect(boot()).toContain("git hooks are not armed in this clone");
    expect(project.ok(["status"]).stdout).toContain("git hooks are not armed");
    expect(boot({ CI: "1" })).toBe("");
    expect(boot({ NODE_ENV: "production" })).toBe("");
    project.ok(["hooks", "install"]);
    expect(boot()).toBe("");
    expect(project.ok(["status"]).stdout).not.toContain("not armed");
    project.git("worktree", "add", "-q", "../tree");
    expect(
      project.node(["-r", "envseal/config", "-p", "1"], {
        cwd: join(project.sandbox.root, "tree"),
        env: { NODE_PATH: project.path("node_modules") },
      }).stderr,
    ).not.toContain("not armed");
  });
});

describe("allow", () => {
  it("lets a finding through for a reason, until a date, and only by a key holder's word", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("docs/example.md", `${KEY}\n`);
    project.git("add", "docs");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    expect(project.fails(["allow", "leak", "--path", "docs/example.md"]).error).toBe("USAGE");
    expect(project.fails(["allow", "leak", "--reason", "all of it"]).error).toBe("USAGE");
    expect(project.fails(["allow", "everything", "--name", "A", "--reason", "x"]).error).toBe("USAGE");
    project.ok(["allow", "leak", "--path", "docs/example.md", "--reason", "a test key", "--expires", "2020-01-01"]);
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    project.ok(["allow", "leak", "--path", "docs/example.md", "--reason", "a test key"]);
    project.git("add", "envseal.json");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(0);
    project.write("other.md", `${KEY}\n`);
    project.git("add", "other.md");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    const forged = JSON.parse(project.read("envseal.json"));
    forged.environments.default.allow.push({ rule: "leak", path: "other.md", reason: "mine" });
    project.write("envseal.json", JSON.stringify(forged, null, 2));
    expect(git(project, ["commit", "-qm", "x"]).code).not.toBe(0);
  });
});

/** path → mode and content of every file of a folder. */
function snapshot(folder: string): string {
  return spawnSync("sh", ["-c", 'for f in *; do [ -f "$f" ] && stat -c "%a %n" "$f" && cat "$f"; done'], { cwd: folder, encoding: "utf8" })
    .stdout;
}
