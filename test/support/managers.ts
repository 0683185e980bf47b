import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Project, ROOT, sealedProject } from "./sandbox.ts";

/** Real hook managers. Each writes its name to a file beside the repository when its pre-commit hook runs. */

export const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

export interface Manager {
  name: string;
  /** Sets it up and installs it, as its documentation says. */
  install: (project: Project) => void;
  /** The file that envseal takes a place in. */
  file?: string;
}

export const python = ["pre-commit", "/opt/python-tools/bin/pre-commit"].find((program) => spawnSync(program, ["--version"]).status === 0);

/** The program, or nothing where it cannot be installed. */
export const LEFTHOOK = spawnSync(process.execPath, [join(ROOT, "scripts/install-lefthook.mjs")], { encoding: "utf8" }).stdout.trim();

const says = (name: string) => `echo ${name} >>../ran`;

const plain: Manager = {
  name: "a hook file",
  install: (project) => {
    project.write(".git/hooks/pre-commit", `#!/bin/sh\n${says("a hook file")}\n`);
    chmodSync(project.path(".git/hooks/pre-commit"), 0o755);
  },
};

const husky: Manager = {
  name: "husky",
  file: ".husky/pre-commit",
  install: (project) => {
    if (!existsSync(project.path(".husky/pre-commit"))) project.write(".husky/pre-commit", `${says("husky")}\n`);
    run(project, process.execPath, [join(ROOT, "node_modules/husky/bin.js")]);
  },
};

const lefthook: Manager = {
  name: "lefthook",
  file: "lefthook.yml",
  install: (project) => {
    if (!existsSync(project.path("lefthook.yml")))
      project.write(
        "lefthook.yml",
        `# ours\npre-commit:\n  jobs:\n    - name: own   # keep it\n      run: ${says("lefthook")}\npre-push:\n  jobs:\n    - run: "true"\n`,
      );
    run(project, LEFTHOOK, ["install"]);
  },
};

const simple: Manager = {
  name: "simple-git-hooks",
  file: ".simple-git-hooks.json",
  install: (project) => {
    if (!existsSync(project.path(".simple-git-hooks.json")))
      project.write(".simple-git-hooks.json", `{\n\t"pre-commit": "${says("simple-git-hooks")}"\n}\n`);
    run(project, process.execPath, [join(ROOT, "node_modules/simple-git-hooks/cli.js")]);
  },
};

const preCommit: Manager = {
  name: "pre-commit",
  file: ".pre-commit-config.yaml",
  install: (project) => {
    if (!existsSync(project.path(".pre-commit-config.yaml")))
      project.write(
        ".pre-commit-config.yaml",
        `# ours\nrepos:\n  - repo: local\n    hooks:\n      - id: own\n        name: own\n        entry: sh -c '${says("pre-commit")}'\n        language: system\n        always_run: true\n        pass_filenames: false\n`,
      );
    run(project, python as string, ["install"]);
  },
};

/** Those that this machine has; a hook file of one's own comes first, since installing it is writing the file. */
export const MANAGERS: readonly Manager[] = [
  plain,
  husky,
  ...(LEFTHOOK !== "" ? [lefthook] : []),
  simple,
  ...(python === undefined ? [] : [preCommit]),
];
const lacking = [...(LEFTHOOK !== "" ? [] : ["lefthook of npm"]), ...(python === undefined ? ["pre-commit of PyPI"] : [])];
export const managersNotice = lacking.length === 0 ? "" : ` (skipped: needs ${lacking.join(", and ")})`;

export function run(project: Project, program: string, args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: project.folder, env: { ...project.sandbox.env, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { code: status, output: stdout + stderr };
}

/** A committed project with envseal in node_modules. */
export function start(files: Record<string, string> = {}, options = {}): Project {
  const project = sealedProject({ ".env": `API_KEY=${KEY}\n`, "package.json": '{\n\t"name": "app"\n}\n', ...files }, options);
  project.install();
  project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
  project.commitAll("first");
  return project;
}

/** Who runs at a commit of something harmless. */
export function firing(project: Project, env: Record<string, string> = {}): string[] {
  const ran = join(project.sandbox.root, "ran");
  rmSync(ran, { force: true });
  project.write("clean.js", `${Math.random()}\n`);
  project.git("add", "clean.js");
  const { code, output } = run(project, "git", ["commit", "-qm", "clean"], env);
  if (code !== 0) throw new Error(output);
  return existsSync(ran) ? [...new Set(readFileSync(ran, "utf8").trim().split("\n"))].sort() : [];
}

/** Which layers stop a secret: in a file, in a message, in a push. */
export function stops(project: Project, env: Record<string, string> = {}): string[] {
  const off = ["-c", "core.hooksPath=/dev/null", ...["pre-commit", "prepare-commit-msg", "commit-msg"].flatMap(disabled)];
  const git = (...args: string[]) => run(project, "git", args, env).output;
  const stopped: string[] = [];
  project.write("leak.js", `"${KEY}"\n`);
  project.git("add", "leak.js");
  if (git("commit", "-qm", "x").includes("pre-commit stopped")) stopped.push("pre-commit");
  else git(...off, "reset", "-q", "--soft", "HEAD~1");
  project.git("rm", "-qf", "leak.js");
  if (git("commit", "-q", "--allow-empty", "-m", KEY).includes("commit-msg stopped")) stopped.push("commit-msg");
  else git(...off, "reset", "-q", "--soft", "HEAD~1");
  project.git("init", "-q", "--bare", "../origin.git");
  git("remote", "add", "origin", "../origin.git");
  git(...off, "commit", "-q", "--allow-empty", "-m", KEY);
  if (git("push", "-q", "origin", "HEAD:main").includes("pre-push stopped")) stopped.push("pre-push");
  git(...off, "reset", "-q", "--soft", "HEAD~1");
  return stopped;
}

const disabled = (event: string) => ["-c", `hook.envseal-${event}.enabled=false`];

export const ALL = ["pre-commit", "commit-msg", "pre-push"];

/** path → mode and content of every file of a folder. */
export function snapshot(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith(".sample"));
  return Object.fromEntries(found.map(({ name }) => [name, readFileSync(join(folder, name), "utf8")]));
}
