import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { KEY, run } from "../../support/managers.ts";
import { type Project, sealedProject } from "../../support/sandbox.ts";

/** The node that hooks start is none that a branch picks, by whatever way the name `node` leads there. */

/** A program that leaves a mark beside the repository, and is node for the rest. */
const marking = (project: Project) => `#!/bin/sh\n: >"${project.path("../ran")}"\nexec '${process.execPath}' "$@"\n`;

function program(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}

function armed(): Project {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n` });
  project.commitAll("first");
  project.ok(["hooks", "install", "-q"]);
  return project;
}

/** What hooks need beside node. */
function bare(project: Project): string {
  const folder = join(project.sandbox.root, "bare");
  mkdirSync(folder);
  for (const tool of ["git", "sh", "sed", "grep", "tr", "readlink"])
    symlinkSync(run(project, "sh", ["-c", `command -v ${tool}`]).output.trim(), join(folder, tool));
  return folder;
}

/** A branch with these files; HEAD stays where it is. */
function branch(project: Project, files: Record<string, string>): void {
  const unguarded = (...args: string[]) => project.git("-c", "core.hooksPath=/dev/null", ...args);
  unguarded("checkout", "-q", "-b", "evil");
  for (const [path, text] of Object.entries(files)) program(project.path(path), text);
  unguarded("add", "-f", ...Object.keys(files));
  unguarded("commit", "-q", "-m", "x");
  unguarded("checkout", "-q", "main");
}

/** Whether the branch's program is started while hooks do their work there. */
function starts(project: Project, PATH: string): boolean {
  rmSync(project.path("../ran"), { force: true });
  run(project, "git", ["checkout", "-q", "main"], { PATH });
  run(project, "git", ["checkout", "-q", "evil"], { PATH });
  expect(run(project, "git", ["commit", "-q", "--allow-empty", "-m", "see src/a.ts"], { PATH })).toEqual({ code: 0, output: "" });
  expect(run(project, "git", ["commit", "--allow-empty", "-m", KEY], { PATH }).code).toBe(1);
  return existsSync(project.path("../ran"));
}

/** As managers' shims do: they start what a file of the current folder names, and else their own node. */
const shim = `#!/bin/sh\n[ ! -f .picked ] || exec "$(cat .picked)" "$@"\nexec '${process.execPath}' "$@"\n`;

describe("hooks start no node that a branch picks", () => {
  it.each([
    ["Volta's", ".volta/bin/node", null],
    ["Volta's, at another place", "tools/volta/node", "volta-shim"],
    ["mise's, by a link outside its own folder", "local/bin/node", "share/mise/shims/node"],
    ["mise's, by a link to mise itself", "local/bin/node", "../bin/mise"],
    ["aqua's", "aqua/bin/node", "../aqua-proxy"],
  ])("through a shim: %s", (_, name, target) => {
    const project = armed();
    const path = join(project.sandbox.root, "manager", name);
    program(target === null ? path : join(path, "..", target), shim);
    mkdirSync(join(path, ".."), { recursive: true });
    if (target !== null) symlinkSync(target, path);
    branch(project, { "evil/node": marking(project), ".picked": "./evil/node\n" });
    const PATH = [join(path, ".."), project.sandbox.env.PATH].join(delimiter);
    for (const recorded of [process.execPath, "/nowhere/node"]) {
      project.git("config", "envseal.node", recorded);
      expect(starts(project, PATH), recorded).toBe(false);
    }
  });

  it("through a folder that a branch made a link of, or a work tree in which git is not right now", () => {
    const project = armed();
    const PATH = bare(project);
    project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
    project.commitAll("ignore");
    program(project.path("node_modules/node/bin/node"), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
    project.git("config", "envseal.node", project.path("node_modules/node/bin/node"));
    branch(project, { "evil/node/bin/node": marking(project) });
    project.git("-c", "core.hooksPath=/dev/null", "checkout", "-q", "evil");
    rmSync(project.path("node_modules"), { recursive: true });
    symlinkSync("evil", project.path("node_modules"));
    project.git("add", "-f", "node_modules");
    const commit = (folder: string, env = {}) => {
      rmSync(project.path("../ran"), { force: true });
      run(project, "git", ["-C", folder, "commit", "-q", "--allow-empty", "-m", "see src/a.ts"], { PATH, ...env });
      return existsSync(project.path("../ran"));
    };
    expect(commit(".")).toBe(false);
    project.git("-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "../tree", "main");
    expect(commit("../tree")).toBe(false);
    project.git("config", "envseal.node", project.path("evil/node/bin/node"));
    expect(commit(".", { GIT_LITERAL_PATHSPECS: "1" })).toBe(false);
  });

  it("by a link of the person's own into the work tree, once git tracks what it leads to", () => {
    const project = armed();
    branch(project, { "tools/node": marking(project) });
    const folder = join(project.sandbox.root, "own");
    mkdirSync(folder);
    symlinkSync(project.path("tools/node"), join(folder, "node"));
    expect(starts(project, [folder, project.sandbox.env.PATH].join(delimiter))).toBe(false);
  });

  it("as Bun, which runs what the work tree's bunfig.toml names", () => {
    const project = armed();
    const bun = `#!/bin/sh\n[ ! -f bunfig.toml ] || : >"${project.path("../ran")}"\nexec '${process.execPath}' -r '${project.path("../bun.cjs")}' "$@"\n`;
    project.write("../bun.cjs", 'Object.defineProperty(process.versions, "bun", { value: "1.4.0" });\n');
    program(join(project.sandbox.root, "bun/bun"), bun);
    symlinkSync("bun", project.path("../bun/node"));
    branch(project, { "bunfig.toml": 'preload = ["./evil.js"]\n' });
    const PATH = [project.path("../bun"), project.sandbox.env.PATH].join(delimiter);
    expect(starts(project, PATH)).toBe(false);
    project.git("config", "envseal.node", project.path("../bun/node"));
    expect(starts(project, PATH)).toBe(false);
  });
});
