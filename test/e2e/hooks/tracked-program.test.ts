import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALL, KEY, LEFTHOOK, run, stops } from "../../support/managers.ts";
import { sampled } from "../../support/sample.ts";
import { type Project, ROOT, sealedProject } from "../../support/sandbox.ts";

/** A pull request may track what `npm ci` installs: git writes it at a checkout, and must start none of it in an armed clone. */

const EVIL = [
  ...["hook.cjs", "hook-main.cjs", "cli.js"].map((name) => `node_modules/envseal/dist/bin/${name}`),
  "node_modules/envseal/hooks/run",
  "node_modules/.bin/envseal",
];
/** What hides programs of the system, where that folder is first in PATH: npm's scripts and husky put it there. */
const SHADOWS = ["sh", "readlink", "node", "git", "sed", "grep", "cmp", "tail", "awk", "cat"].map((name) => `node_modules/.bin/${name}`);

/** A project with a package of its own in node_modules, as npm installs it, that git ignores. */
function installed(files: Record<string, string> = {}): { project: Project; cli: string } {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "package.json": '{\n\t"name": "app"\n}\n', ...files });
  const folder = project.path("node_modules/envseal");
  for (const part of ["dist/bin", "hooks", "templates", "package.json"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  cpSync(join(ROOT, "node_modules/yaml"), project.path("node_modules/yaml"), { recursive: true });
  project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
  project.commitAll("first");
  return { project, cli: join(folder, "dist/bin/cli.js") };
}

/** A branch that tracks programs under these names; each leaves its name beside the repository. */
function hostileBranch(project: Project, ran: string, files: readonly string[]): void {
  const other = join(project.sandbox.root, "attacker");
  project.git("clone", "-q", project.folder, other);
  for (const path of files) {
    const mark = `${ran}/${path.replaceAll("/", "_")}`;
    mkdirSync(join(other, path, ".."), { recursive: true });
    const js = /js$/.test(path);
    const text = js ? `require("fs").writeFileSync(${JSON.stringify(mark)}, "");\n` : `#!/bin/sh\n: >"${mark}"\n`;
    writeFileSync(join(other, path), text, { mode: 0o755 });
  }
  const git = (...args: string[]) => expect(run(project, "git", ["-C", other, ...args])).toMatchObject({ code: 0 });
  git("checkout", "-qb", "evil");
  git("add", "-f", ...files);
  git("commit", "-qm", "evil");
  project.git("fetch", "-q", other, "evil:evil");
}

/** Everything git does with hooks and drivers on the branch. */
function work(project: Project): void {
  const bins = `node_modules/.bin${delimiter}${project.path("node_modules/.bin")}${delimiter}${project.sandbox.env.PATH}`;
  const env = { PATH: bins, ENVSEAL_REVEAL: "1" };
  const real = run(project, "sh", ["-c", "command -v git"]).output.trim();
  const git = (...args: string[]) => run(project, real, args, env);
  expect(git("checkout", "-q", "evil").code).toBe(0);
  project.write("a.js", `${Math.random()}\n`);
  git("add", "a.js");
  git("commit", "-qm", "see src/a.ts");
  git("diff", "HEAD~1", "HEAD", "--", ".env.vault");
  git("log", "-p", "--", ".env.vault");
  git("merge", "-q", "side", "-m", "merge");
  git("init", "-q", "--bare", "../origin.git");
  git("push", "-q", "../origin.git", "HEAD:main");
  // git's own script of it searches PATH.
  run(project, real, ["mergetool", "--no-prompt", "-t", "envseal"]);
  git("checkout", "-q", "main");
}

/** Both sides of a merge change the vault, so that the merge driver is asked. */
function sides(project: Project): void {
  project.git("checkout", "-qb", "side");
  project.ok(["set", "B", "-q"], { input: "two" });
  project.git("commit", "-qam", "side");
  project.git("checkout", "-q", "main");
  project.ok(["set", "A", "-q"], { input: "one" });
  project.git("commit", "-qam", "main");
}

const managers: readonly [string, (project: Project) => void, Record<string, string>][] = [
  ["files in git's hook folder", () => {}, {}],
  ["husky", (project) => run(project, process.execPath, [join(ROOT, "node_modules/husky/bin.js")]), { ".husky/pre-commit": "true\n" }],
  [
    "simple-git-hooks",
    (project) => run(project, process.execPath, [join(ROOT, "node_modules/simple-git-hooks/cli.js")]),
    { ".simple-git-hooks.json": '{ "pre-commit": "true" }\n' },
  ],
  [
    "lefthook",
    (project) => run(project, LEFTHOOK, ["install", "--force"]),
    { "lefthook.yml": 'pre-commit:\n  jobs:\n    - run: "true"\n' },
  ],
];

describe("a branch that tracks envseal's program", () => {
  /** The names of what was started of the branch's `files`, in a clone armed next to a manager. */
  function started([, install, own]: (typeof managers)[number], files: readonly string[]): string[] {
    const { project, cli } = installed(own);
    install(project);
    expect(project.node([cli, "hooks", "install", "-q"])).toMatchObject({ code: 0 });
    install(project);
    expect(project.node([cli, "hooks", "status"]).stdout).toContain("armed, and git reaches them");
    project.git("-c", "core.hooksPath=/dev/null", "add", "-A");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "hooks");
    sides(project);
    const ran = join(project.sandbox.root, "started");
    mkdirSync(ran);
    hostileBranch(project, ran, files);
    work(project);
    return readdirSync(ran);
  }

  it.each([...managers.slice(0, 1), ...sampled(managers.slice(1), 3)].map((manager) => [manager[0], manager] as const))(
    "has none of it started in an armed clone: %s",
    (_, manager) => expect(started(manager, EVIL)).toEqual([]),
  );

  it("has nothing started in the place of node, git and the system's programs", () =>
    expect(started(managers[0] as (typeof managers)[number], [...EVIL, ...SHADOWS])).toEqual([]));

  it("is none the less guarded, with the package gone, replaced or cut off", () => {
    const { project, cli } = installed();
    expect(project.node([cli, "hooks", "install", "-q"]).code).toBe(0);
    const ran = join(project.sandbox.root, "started");
    mkdirSync(ran);
    hostileBranch(project, ran, [...EVIL, ...SHADOWS]);
    project.git("checkout", "-q", "evil");
    expect(stops(project)).toEqual(ALL);
    rmSync(project.path("node_modules"), { recursive: true });
    expect(stops(project)).toEqual(ALL);
    expect(readdirSync(ran)).toEqual([]);
  });

  it("is not found through a link: node_modules, or the package, that leads into the tree", () => {
    for (const link of ["node_modules", "node_modules/envseal"]) {
      const { project, cli } = installed();
      renameSync(project.path(link), project.path("vendored"));
      symlinkSync(project.path("vendored"), project.path(link), "junction");
      expect(project.node([cli, "hooks", "install", "-q"]).code).toBe(0);
      const program = join(project.path("vendored"), link === "node_modules" ? "envseal/" : "", "dist/bin/hook.cjs");
      writeFileSync(program, `require("fs").writeFileSync(${JSON.stringify(project.path("../ran"))}, "");`);
      run(project, "git", ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"]);
      expect(existsSync(project.path("../ran"))).toBe(false);
    }
  });

  it("is not node, where the one that was recorded lies in the work tree and git tracks it", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    const bare = join(project.sandbox.root, "bare");
    mkdirSync(bare);
    for (const tool of ["git", "sh", "sed", "grep", "tr"])
      symlinkSync(run(project, "sh", ["-c", `command -v ${tool}`]).output.trim(), join(bare, tool));
    project.write("tools/node", `#!/bin/sh\n: >"${project.path("../ran")}"\nexec '${process.execPath}' "$@"\n`);
    run(project, "chmod", ["+x", "tools/node"]);
    project.git("config", "envseal.node", project.path("tools/node"));
    const commit = () => run(project, "git", ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"], { PATH: bare });
    commit();
    expect(existsSync(project.path("../ran"))).toBe(true);
    rmSync(project.path("../ran"));
    project.git("add", "tools/node");
    commit();
    expect(existsSync(project.path("../ran"))).toBe(false);
  });

  it("is not node, where a version manager's shim starts what the branch names", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    const shims = join(project.sandbox.root, "manager/shims");
    mkdirSync(shims, { recursive: true });
    // As the shims of mise and asdf read it, without a question.
    const asked = `path=$(sed -n 's/^node path://p' .tool-versions 2>/dev/null)\n[ -z "$path" ] || exec "$path/bin/node" "$@"\n`;
    writeFileSync(join(shims, "node"), `#!/bin/sh\n${asked}exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
    const PATH = [shims, project.sandbox.env.PATH].join(delimiter);
    const ran = project.path("../ran");
    project.git("checkout", "-q", "-b", "evil");
    project.write("evil/bin/node", `#!/bin/sh\n: >"${ran}"\nexec '${process.execPath}' "$@"\n`);
    run(project, "chmod", ["+x", "evil/bin/node"]);
    project.write(".tool-versions", "node path:./evil\n");
    project.git("add", "-f", "evil", ".tool-versions");
    project.git("commit", "-q", "-m", "x");
    rmSync(ran, { force: true });
    const start = () => {
      run(project, "git", ["checkout", "-q", "main"], { PATH });
      run(project, "git", ["checkout", "-q", "evil"], { PATH });
      expect(run(project, "git", ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"], { PATH })).toEqual({ code: 0, output: "" });
      expect(run(project, "git", ["commit", "--allow-empty", "-m", KEY], { PATH }).code).toBe(1);
    };
    // Outside git, the branch decides; the recorded node, and without one what the shim starts elsewhere, is none of the branch's.
    run(project, "node", ["-e", ""], { PATH });
    expect(existsSync(ran)).toBe(true);
    for (const recorded of [process.execPath, "/nowhere/node"]) {
      project.git("config", "envseal.node", recorded);
      rmSync(ran, { force: true });
      start();
      expect(existsSync(ran), recorded).toBe(false);
    }
  });
});

describe("the copy that git starts", () => {
  const copies = (project: Project) => readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("program-"));
  const commit = (project: Project) => run(project, "git", ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"]);

  it("is told of, and taken over, where another version is installed; git's own files are not recommended", () => {
    const { project, cli } = installed();
    expect(project.node([cli, "hooks", "install", "-q"]).code).toBe(0);
    const [first] = copies(project);
    expect(commit(project)).toEqual({ code: 0, output: "" });
    const manifest = project.path("node_modules/envseal/package.json");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"version": "[^"]+"/, '"version": "99.1.0"'));
    writeFileSync(join(cli, "../hook-main.cjs"), `${readFileSync(join(cli, "../hook-main.cjs"), "utf8")}// newer\n`);
    expect(commit(project)).toEqual({
      code: 0,
      output: expect.stringMatching(/and 99\.1\.0 is installed by now; .*npx envseal hooks install\n$/),
    });
    expect(project.node([cli, "hooks", "status"]).stdout).toContain("a copy of another envseal than this one");
    expect(project.node([cli, "doctor"]).stdout).toMatch(/fail\s+hooks: start a copy of another envseal/);
    project.git("add", "-f", "node_modules/envseal/package.json");
    expect(commit(project).output).toMatch(/git tracks files of .*look before you run it\n$/);
    expect(commit(project).output).not.toContain("hooks install");
    project.git("reset", "-q");
    project.node([cli, "hooks", "install", "-q"]);
    expect(copies(project)).toHaveLength(1);
    expect(copies(project)).not.toEqual([first]);
    expect(project.node([cli, "hooks", "status"]).stdout).not.toContain("another envseal");
    project.node([cli, "hooks", "uninstall", "-q"]);
    expect(copies(project)).toEqual([]);
  });

  it("names no version that is none, and nothing where the package is gone or no package", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    const manifest = project.path("node_modules/envseal/package.json");
    for (const text of ['{"version":"9\\u001b[31m"}', '{"version":7}', "{", "[]", "null", `{"version":"${"9".repeat(90)}"}`]) {
      writeFileSync(manifest, text);
      expect(commit(project)).toEqual({ code: 0, output: "" });
    }
    rmSync(project.path("node_modules"), { recursive: true });
    expect(commit(project)).toEqual({ code: 0, output: "" });
  });

  it("serves linked worktrees, and has no package to load", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    project.git("worktree", "add", "-q", "../tree");
    const leak = spawnSync("git", ["commit", "-q", "--allow-empty", "-m", `uses ${KEY}`], {
      cwd: project.path("../tree"),
      env: project.sandbox.env,
      encoding: "utf8",
    });
    expect(leak.stderr).toContain("commit-msg stopped");
    // A keychain's package would be looked for in the work tree.
    project.write("node_modules/@napi-rs/keyring/package.json", '{"main":"index.js"}');
    project.write("node_modules/@napi-rs/keyring/index.js", `require("fs").writeFileSync(${JSON.stringify(project.path("../ran"))}, "");`);
    const { project: id } = JSON.parse(project.read("envseal.json"));
    const record = join(project.sandbox.home, "config/envseal");
    const [file = ""] = readdirSync(record, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(id));
    expect(file).not.toBe("");
    const moved = project.node([cli, "resolve"]);
    expect(moved.code).toBe(0);
    const [copy = ""] = copies(project);
    const text = readFileSync(project.path(".git/envseal", copy, "cli.js"), "utf8");
    expect(text).not.toMatch(/require\(["'`](?!\.|node:|fs|path|os|url|tty|util|process|events|buffer|child_process)/);
  });

  it("is whole or not started: a file of another build is refused", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    const [copy = ""] = copies(project);
    const main = project.path(".git/envseal", copy, "hook-main.cjs");
    writeFileSync(main, `${readFileSync(main, "utf8")}// more\n`);
    expect(commit(project)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/is not the program that belongs.*[\s\S]*broke off[\s\S]*hooks install/),
    });
    // What was damaged is put right, under the same name.
    project.node([cli, "hooks", "install", "-q"]);
    expect(copies(project)).toEqual([copy]);
    expect(commit(project)).toEqual({ code: 0, output: "" });
  });

  it("is not made through a link, in the place of the folder or of the copy", () => {
    const { project, cli } = installed();
    project.node([cli, "hooks", "install", "-q"]);
    const [copy = ""] = copies(project);
    renameSync(project.path(".git/envseal", copy), project.path("tree-copy"));
    symlinkSync(project.path("tree-copy"), project.path(".git/envseal", copy), "junction");
    project.node([cli, "hooks", "install", "-q"]);
    expect(lstatSync(project.path(".git/envseal", copy)).isSymbolicLink()).toBe(false);
    renameSync(project.path(".git/envseal"), project.path("tree-envseal"));
    symlinkSync(project.path("tree-envseal"), project.path(".git/envseal"), "junction");
    expect(project.node([cli, "hooks", "install"])).toMatchObject({ code: 5, stderr: expect.stringMatching(/is a link.*\[GIT\]/) });
  });
});
