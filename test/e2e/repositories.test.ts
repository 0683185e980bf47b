import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KEY, run } from "../support/managers.ts";
import { CLI, Project, ROOT, sandbox, sealedProject } from "../support/sandbox.ts";

/** Repositories that lack something, or hold something large. */

/** Where a process reads how much memory it took. */
const hasProc = existsSync("/proc/self/status");

const SECOND = "another_value_7d2Fq9Lm";

/** A bare server with two versions of a vault, and clones of it. */
function server() {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "lib/a.js": "1\n", "apps/web/b.js": "2\n" });
  project.commitAll("first");
  project.ok(["set", "API_KEY", "-q"], { input: SECOND });
  project.commitAll("second");
  project.write("lib/a.js", "3\n");
  project.commitAll("third");
  project.git("clone", "-q", "--bare", ".", "../server.git");
  for (const name of ["allowFilter", "allowAnySHA1InWant"]) project.git("-C", "../server.git", "config", `uploadpack.${name}`, "true");
  const clone = (...args: string[]): Project => {
    project.git("clone", "-q", ...args, `file://${join(project.sandbox.root, "server.git")}`, "../clone");
    return new Project(project.sandbox, join(project.sandbox.root, "clone"));
  };
  return { project, clone };
}

const git = (project: Project, ...args: string[]) => run(project, "git", args);

/** An ordinary commit and push pass, a secret passes neither. */
function proveGuarded(clone: Project, said: RegExp): void {
  clone.ok(["hooks", "install", "-q"]);
  clone.write("new.js", "1\n");
  clone.git("add", "new.js");
  expect(git(clone, "commit", "-qm", "new").code).toBe(0);
  const pushed = git(clone, "push", "-q", "origin", "HEAD:main");
  expect(pushed).toMatchObject({ code: 0, output: expect.stringMatching(said) });
  clone.write("new.js", `"${SECOND}"\n`);
  expect(git(clone, "commit", "-qam", "x").output).toContain("pre-commit stopped");
  git(clone, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "x");
  expect(git(clone, "push", "-q", "origin", "HEAD:main").output).toContain("pre-push stopped");
}

describe("a clone that lacks objects", () => {
  it("without blobs: is guarded, and says what was not searched for", () => {
    const { clone } = server();
    const partial = clone("--filter=blob:none");
    proveGuarded(partial, /^warning: 1 earlier vault that this partial clone has not fetched/);
    expect(partial.git("rev-list", "--objects", "--all", "--missing=print")).toMatch(/^\?/m);
    expect(partial.envseal(["check", "--range", "HEAD~1..HEAD"]).stdout).toContain("[leak]");
  });

  it("without blobs: refuses a range that it cannot look at, and says how to fetch it", () => {
    const { project, clone } = server();
    project.write("lib/a.js", `'${SECOND}'\n`);
    project.commitAll("leak");
    project.write("lib/a.js", "4\n");
    project.commitAll("never happened");
    project.git("push", "-q", "../server.git", "main");
    const partial = clone("--filter=blob:none");
    expect(partial.fails(["check", "--range", "HEAD~2..HEAD"])).toMatchObject({
      code: 5,
      error: "GIT",
      stderr: expect.stringMatching(/1 object of the range was not fetched[\s\S]*git fetch --refetch --no-filter/),
    });
    partial.git("fetch", "-q", "--refetch", "--no-filter");
    expect(partial.envseal(["check", "--range", "HEAD~2..HEAD"]).stdout).toContain("lib/a.js line 1");
  });

  it("without blobs: what was not fetched passes to where it is, and to no other remote", () => {
    const partial = server().clone("--filter=blob:none", "--sparse");
    partial.ok(["hooks", "install", "-q"]);
    expect(partial.ok(["check", "--all"])).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/\d objects? that this partial clone/),
    });
    partial.git("init", "-q", "--bare", "../other.git");
    partial.git("remote", "add", "other", "../other.git");
    expect(git(partial, "push", "-q", "other", "HEAD:main")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/\[GIT\]/),
    });
    expect(git(partial, "push", "-q", "origin", "HEAD:other").code).toBe(0);
  });

  it("without trees: is guarded", () => {
    const treeless = server().clone("--filter=tree:0");
    // Names that it has not cannot be called clean.
    expect(treeless.fails(["scan", "--history"]).stderr).toContain("[GIT]");
    proveGuarded(treeless, /earlier versions of the vaults, which this partial clone has not fetched/);
  });

  it("shallow: is guarded, amended too", () => {
    const shallow = server().clone("--depth", "1");
    proveGuarded(shallow, /this clone is shallow: values of earlier commits are not searched for/);
    expect(git(shallow, "commit", "-q", "--amend", "--no-edit").output).toContain("prepare-commit-msg stopped");
  });

  it("sparse, its vault left out: looks for the values of the one in the index", () => {
    const { clone } = server();
    const sparse = clone();
    sparse.git("sparse-checkout", "set", "--no-cone", "/lib/", "/envseal.json", "/new.js");
    expect(existsSync(sparse.path(".env.vault"))).toBe(false);
    proveGuarded(sparse, /^$/);
  });

  it("many vaults left out or gone: git is not started for each", () => {
    const folders = Array.from({ length: 20 }, (_, index) => `d${index}`);
    const project = sealedProject(
      Object.fromEntries(folders.map((folder, at) => [`${folder}/.env`, `KEY_${at}=value_${at}_9ZqWxEcRvTbYnUm\n`])),
    );
    project.commitAll("vaults");
    const bin = join(project.sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), `#!/bin/sh\necho >>"${bin}/started"\nPATH='${process.env.PATH}' exec git "$@"\n`, { mode: 0o755 });
    const check = () => {
      writeFileSync(join(bin, "started"), "");
      const { stdout, stderr } = project.envseal(["check", "--all"], { env: { PATH: `${bin}:${process.env.PATH}` } });
      return { stdout, stderr, started: readFileSync(join(bin, "started"), "utf8").length };
    };
    const before = check().started;
    // As a sparse checkout leaves them out: the values are those of the index.
    for (const folder of folders) rmSync(project.path(folder), { recursive: true });
    project.write("leak.js", "value_7_9ZqWxEcRvTbYnUm\n");
    project.git("add", "leak.js");
    const sparse = check();
    expect(sparse.stdout).toContain("leak.js line 1 holds the value of KEY_7");
    expect(sparse.stderr).not.toContain("is not here");
    project.git("rm", "-rq", "--cached", ...folders.slice(1));
    const gone = check();
    expect(gone.stderr.match(/vault is not here/g)).toHaveLength(19);
    expect([before > 3, sparse.started < before + 5, gone.started < before + 5]).toEqual([true, true, true]);
  });

  it("sparse, its vault left out: no rotation leaves it behind under the old key", () => {
    const sparse = server().clone();
    sparse.git("sparse-checkout", "set", "--no-cone", "/lib/", "/envseal.json");
    const before = sparse.read("envseal.json");
    for (const args of [["rotate"], ["rotate", "--fence"], ["keys", "compromise", "v1", "--yes"]])
      expect(sparse.fails(args)).toMatchObject({ error: "NO_VAULT", stderr: expect.stringContaining("git has .env.vault") });
    expect(sparse.read("envseal.json")).toBe(before);
    sparse.git("sparse-checkout", "disable");
    sparse.ok(["rotate", "--fence", "-q"]);
    expect(sparse.ok(["get", "API_KEY"]).stdout).toBe(`${SECOND}\n`);
    // One that is gone for good stops nothing.
    sparse.git("rm", "-qf", ".env.vault");
    expect(sparse.ok(["rotate"]).stderr).toContain("0 vaults sealed");
  });

  it("sparse, its project left out: is guarded by names, and says so; a manifest that is merely gone stops", () => {
    const seed = sandbox().project({ "web/.env": `API_KEY=${KEY}\n`, "docs/a.md": "a\n" }, { git: false });
    seed.ok(["init", "--yes", "-q", "--cwd", "web"]);
    seed.git("init", "-q");
    seed.write(".gitignore", ".env\n.envseal\n");
    seed.commitAll("first");
    const sparse = seed.clone("sparse");
    sparse.ok(["hooks", "install", "-q"]);
    sparse.git("sparse-checkout", "set", "docs");
    sparse.write("docs/b.md", "b\n");
    sparse.git("add", "docs");
    const { code, output } = git(sparse, "commit", "-qm", "x");
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("web/envseal.json is not checked out") });
    sparse.git("sparse-checkout", "disable");
    rmSync(sparse.path("web/envseal.json"));
    sparse.write("docs/b.md", "c\n");
    expect(git(sparse, "commit", "-qm", "x", "docs/b.md")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/the work tree has not[\s\S]*git checkout -- web\/envseal\.json/),
    });
  });
});

describe("a bare repository", () => {
  it("with a key: is checked, scanned, and refuses a push of a value, the first one too", () => {
    const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "README.md": "# app\n" });
    const key = project.ok(["deploy-key", "create", "server", "-e", "default"]).stdout.trim();
    project.commitAll("first");
    project.git("clone", "-q", "--bare", ".", "../server.git");
    const bare = new Project(project.sandbox, join(project.sandbox.root, "server.git"));
    const cli = join(project.sandbox.root, "envseal");
    writeFileSync(cli, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
    bare.write("hooks/pre-receive", readFileSync(join(ROOT, "templates/pre-receive"), "utf8"));
    chmodSync(bare.path("hooks/pre-receive"), 0o755);
    project.git("remote", "add", "origin", "../server.git");
    project.write("a.js", `"${KEY}"\n`);
    project.commitAll("oops");
    const env = { ENVSEAL_CLI: cli, ENVSEAL_KEY: key, ...project.sandbox.otherHome("server") };
    const push = () => run(project, "git", ["push", "-q", "origin", "HEAD:main"], env);
    expect(push()).toMatchObject({ code: 1, output: expect.stringMatching(/a\.js line 1 holds the value of API_KEY/) });
    // A value that comes with the very push that shows it.
    project.git("reset", "-q", "--hard", "HEAD~1");
    project.ok(["set", "API_KEY", "-q"], { input: SECOND });
    project.write("a.js", `"${SECOND}"\n`);
    project.commitAll("oops again");
    expect(push()).toMatchObject({ code: 1, output: expect.stringMatching(/a\.js line 1 holds the value of API_KEY/) });
    rmSync(bare.path("hooks/pre-receive"));
    expect(push().code).toBe(0);
    const inside = { env: { ...env, GIT_DIR: "." } };
    expect(bare.envseal(["check", "--range", "HEAD~1..HEAD"], inside)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("[leak]"),
    });
    expect(bare.envseal(["scan", "--history"], inside)).toMatchObject({ code: 1, stdout: expect.stringContaining("a.js (object") });
    expect(readdirSync(bare.folder)).not.toContain("envseal");
  });
});

describe("what is large or no file", () => {
  it.runIf(hasProc)(`a file of 100 MB is looked through in parts${hasProc ? "" : " (skipped: needs /proc)"}`, () => {
    const { project } = server();
    const used = join(project.sandbox.root, "used");
    mkdirSync(used);
    const tell = join(project.sandbox.root, "tell.cjs");
    // The peak of this program's own memory: resourceUsage() counts what the program was that started it, too.
    const peak = `Number(/VmHWM:\\s+(\\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1])`;
    const script = `const fs = require("node:fs"); process.on("exit", () => fs.writeFileSync(${JSON.stringify(used)} + "/" + process.pid, String(${peak})));`;
    writeFileSync(tell, script);
    project.ok(["hooks", "install", "-q"]);
    const large = Buffer.alloc(100 << 20, "envseal looks at this in parts\n");
    large.write(SECOND, 97 << 20);
    project.write("large.bin", large);
    project.git("-c", "core.compression=0", "add", "large.bin");
    // Hooks start node without NODE_OPTIONS.
    const node = project.path("../node");
    writeFileSync(node, `#!/bin/sh\nexec '${process.execPath}' '--require=${tell}' "$@"\n`, { mode: 0o755 });
    const env = { NODE_OPTIONS: `--require=${tell}` };
    expect(run(project, "git", ["commit", "-qm", "x"], { ENVSEAL_NODE: node }).output).toMatch(
      /large\.bin line \d+ holds the value of API_KEY/,
    );
    expect(project.envseal(["scan"], { env })).toMatchObject({ code: 1, stdout: expect.stringMatching(/large\.bin .*holds the value/) });
    const kilobytes = readdirSync(used).map((name) => Number(readFileSync(join(used, name), "utf8")));
    expect(kilobytes.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...kilobytes)).toBeLessThan(250 << 10);
  });

  it.each([9, 17])("a vault or manifest of %i MB is judged, too", (megabytes) => {
    const { project } = server();
    project.ok(["hooks", "install", "-q"]);
    const text = `${project.read(".env.vault")}\n${"# a comment\n".repeat(megabytes << 16)}`;
    project.write(".env.vault", text.slice(0, megabytes * 1_000_000).replace("\n\n", "\nPLAIN=in clear\n"));
    project.write("envseal.json", `${project.read("envseal.json")}${" ".repeat(megabytes << 20)}x`);
    project.git("add", ".env.vault", "envseal.json");
    for (const path of [".env.vault", "envseal.json"]) project.write(path, project.git("show", `HEAD:${path}`));
    const { code, output } = git(project, "commit", "-qm", "x");
    expect(code).toBe(1);
    for (const rule of ["broken-vault", "broken-manifest"]) expect(output).toContain(`[${rule}]`);
  });

  it("a vault of 10 MB is as good as a small one: for a commit, and for scan", () => {
    const project = sealedProject({ ".env": Array.from({ length: 9 }, (_, index) => `BIG_${index}=${"x".repeat(800_000)}\n`).join("") });
    expect(Buffer.byteLength(project.read(".env.vault"))).toBeGreaterThan(9 << 20);
    project.ok(["hooks", "install", "-q"]);
    project.git("add", ".env.vault");
    expect(git(project, "commit", "-qm", "x")).toEqual({ code: 0, output: "" });
    expect(project.ok(["scan", "-q"]).stdout).toBe("");
  });

  it("a submodule's commit, a deleted file and a change of mode are no findings", () => {
    const { project } = server();
    project.ok(["hooks", "install", "-q"]);
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "../server.git", "sub");
    project.git("rm", "-q", "lib/a.js");
    project.git("update-index", "--chmod=+x", "apps/web/b.js");
    expect(git(project, "commit", "-qm", "x")).toEqual({ code: 0, output: "" });
    expect(project.ok(["check", "--range", "HEAD~1..HEAD"]).stdout).toBe("");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
  });
});
