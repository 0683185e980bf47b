import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Project, Sandbox } from "../support/sandbox.ts";

/**
 * Ways for a secret into git, and the first layer that stops each: a client-side hook, or the check of what was pushed.
 * Everything is real: git, its hooks as `hooks install` arms them, a bare remote.
 */

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const CODE = `const stripe = "${KEY}";\n`;

type Layer = "pre-commit" | "pre-merge-commit" | "prepare-commit-msg" | "commit-msg" | "pre-push" | "check --range" | "nothing";

class Attempt {
  readonly project: Project;
  stoppedBy: Layer | null = null;
  output = "";

  constructor(project: Project) {
    this.project = project;
  }

  write(path: string, content: string | Buffer = CODE): this {
    this.project.write(path, content);
    return this;
  }

  /** Runs git as a person would; what stops it is remembered. Nothing more is done after that. */
  git(...args: string[]): this {
    return this.raw(["git", ...args]);
  }

  raw([program = "", ...args]: string[], env: Record<string, string> = {}, input = ""): this {
    if (this.stoppedBy !== null) return this;
    const { status, stderr, stdout } = spawnSync(program, args, {
      cwd: this.project.folder,
      env: { ...this.project.sandbox.env, GIT_EDITOR: "true", ...env },
      input,
      encoding: "utf8",
    });
    this.output += stdout + stderr;
    this.stoppedBy = (/envseal: ([a-z-]+) stopped/.exec(stderr)?.[1] as Layer | undefined) ?? null;
    if (status !== 0 && this.stoppedBy === null && !args.includes("merge") && !args.includes("rebase") && !args.includes("cherry-pick"))
      throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
    return this;
  }

  out(...args: string[]): string {
    return this.project.git(...args).trim();
  }
}

interface Row {
  name: string;
  act: (attempt: Attempt) => void;
  layer: Layer;
  /** What is pushed, where it is not the branch. */
  push?: string[];
}

const commit = (attempt: Attempt, ...flags: string[]) => attempt.git("add", "-A").git("commit", "-qm", "change", ...flags);
const unguarded = (attempt: Attempt, ...args: string[]) => attempt.raw(["git", "-c", "core.hooksPath=/dev/null", ...args]);
const quietly = (attempt: Attempt) => unguarded(attempt.git("add", "-A"), "commit", "-qm", "change");

/** A branch `side` that holds the value, made unguarded; back on main. */
const dirtySide = (attempt: Attempt) => {
  attempt.git("checkout", "-qb", "side");
  quietly(attempt.write("a.js"));
  unguarded(attempt, "checkout", "-q", "main");
};
const blobOf = (attempt: Attempt, input: string) =>
  spawnSync("git", ["hash-object", "-w", "--stdin"], { cwd: attempt.project.folder, input, encoding: "utf8" }).stdout.trim();

const rows: Row[] = [
  { name: "git add -f .env", act: (a) => a.git("add", "-f", ".env").git("commit", "-qm", "x"), layer: "pre-commit" },
  { name: "a value in code", act: (a) => commit(a.write("a.js")), layer: "pre-commit" },
  { name: "in a subfolder with a space and ü", act: (a) => commit(a.write("über uns/a b.js")), layer: "pre-commit" },
  { name: "a file with a newline in its name", act: (a) => commit(a.write("a\nb.js")), layer: "pre-commit" },
  { name: "a file with a leading dash", act: (a) => commit(a.write("-rf.js")), layer: "pre-commit" },
  { name: "the value as a file name", act: (a) => commit(a.write(`${KEY}.txt`, "x")), layer: "pre-commit" },
  { name: "base64", act: (a) => commit(a.write("a.yml", `auth: ${Buffer.from(`user:${KEY}`).toString("base64")}\n`)), layer: "pre-commit" },
  { name: "hex", act: (a) => commit(a.write("a.txt", Buffer.from(KEY).toString("hex"))), layer: "pre-commit" },
  { name: "UTF-16", act: (a) => commit(a.write("a.txt", Buffer.from(CODE, "utf16le"))), layer: "pre-commit" },
  {
    name: "a binary file",
    act: (a) => commit(a.write("a.bin", Buffer.concat([Buffer.alloc(100), Buffer.from(KEY), Buffer.alloc(9)]))),
    layer: "pre-commit",
  },
  {
    name: "a file of 20 MB, across a part's end",
    act: (a) => commit(a.write("a.bin", Buffer.concat([Buffer.alloc((8 << 20) - 10, 65), Buffer.from(KEY), Buffer.alloc(12 << 20, 66)]))),
    layer: "pre-commit",
  },
  {
    name: "-diff attribute",
    act: (a) => commit(a.write(".gitattributes", "*.js -diff\n.env.vault text eol=lf\n").write("a.js")),
    layer: "pre-commit",
  },
  {
    name: "a textconv that masks",
    act: (a) => commit(a.git("config", "diff.mask.textconv", "true").write(".gitattributes", "*.js diff=mask\n").write("a.js")),
    layer: "pre-commit",
  },
  {
    name: "commit -a",
    act: (a) => commit(a.write("a.js", "1\n")).valueOf() && a.write("a.js").git("commit", "-qam", "x"),
    layer: "pre-commit",
  },
  {
    name: "commit PATH",
    act: (a) => commit(a.write("a.js", "1\n")).valueOf() && a.write("a.js").git("commit", "-qm", "x", "a.js"),
    layer: "pre-commit",
  },
  {
    name: "the index has it, the work tree is clean",
    act: (a) => a.write("a.js").git("add", "a.js").write("a.js", "clean\n").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: "intent to add, then commit -a",
    act: (a) => a.write("a.js").git("add", "-N", "a.js").git("commit", "-qam", "x"),
    layer: "pre-commit",
  },
  {
    name: "a symbolic link's target",
    act: (a) => {
      symlinkSync(KEY, a.project.path("link"));
      commit(a);
    },
    layer: "pre-commit",
  },
  {
    name: "a symbolic link named .env",
    act: (a) => {
      rmSync(a.project.path(".env"));
      symlinkSync("elsewhere", a.project.path(".env"));
      a.git("add", "-f", ".env").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "a rename of a file that holds it",
    act: (a) => {
      quietly(a.write("a.js", `${CODE}${"x\n".repeat(50)}`));
      a.git("mv", "a.js", "b.js").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "update-index --cacheinfo",
    act: (a) => {
      const oid = blobOf(a, CODE);
      a.git("update-index", "--add", "--cacheinfo", `100644,${oid},a.js`).git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  {
    name: "a clean filter that injects it",
    act: (a) =>
      commit(
        a
          .git("config", "filter.inject.clean", `sh -c 'cat; echo ${KEY}'`)
          .write(".gitattributes", "*.js filter=inject\n")
          .write("a.js", "1\n"),
      ),
    layer: "pre-commit",
  },
  {
    name: "a Git LFS pointer",
    act: (a) => {
      const oid = "a".repeat(64);
      a.write(`.git/lfs/objects/aa/aa/${oid}`);
      commit(a.write("a.bin", `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 40\n`));
    },
    layer: "pre-commit",
  },
  {
    name: "a deploy key string",
    act: (a) => commit(a.write("deploy.sh", a.project.ok(["deploy-key", "create", "ci"]).stdout)),
    layer: "pre-commit",
  },
  {
    name: "an age identity",
    act: (a) => commit(a.write("key.txt", "AGE-SECRET-KEY-1" + "GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n")),
    layer: "pre-commit",
  },
  {
    name: "plaintext in a vault",
    act: (a) => commit(a.write(".env.vault", a.project.read(".env.vault").replace(/API_KEY=.*/, "API_KEY=plain"))),
    layer: "pre-commit",
  },
  {
    name: "a vault with conflict markers",
    act: (a) => commit(a.write(".env.vault", `<<<<<<< ours\n${a.project.read(".env.vault")}`)),
    layer: "pre-commit",
  },
  {
    name: "a vault with two lines swapped",
    act: (a) => commit(a.write(".env.vault", a.project.read(".env.vault").replace(/(API_KEY=\S+)\n\n(OTHER=\S+)/, "$2\n\n$1"))),
    layer: "pre-commit",
  },
  {
    name: "a forged manifest",
    act: (a) =>
      commit(a.write("envseal.json", a.project.read("envseal.json").replace('"public": []', '"public": [\n        "*"\n      ]'))),
    layer: "pre-commit",
  },
  {
    name: ".env.local",
    act: (a) => a.write(".env.local", "A=1\n").git("add", "-f", ".env.local").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  { name: ".envrc", act: (a) => commit(a.write(".envrc", "export A=1\n")), layer: "pre-commit" },
  { name: ".dev.vars", act: (a) => commit(a.write("worker/.dev.vars", "A=1\n")), layer: "pre-commit" },
  {
    name: "prod.env",
    act: (a) => a.write("prod.env", "A=1\n").git("add", "-f", "prod.env").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: ".ENV in capitals",
    act: (a) => a.write(".ENV.PRODUCTION", "A=1\n").git("add", "-f", ".ENV.PRODUCTION").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: ".env.keys of dotenvx",
    act: (a) => a.write(".env.keys", "DOTENV_PRIVATE_KEY=1\n").git("add", "-f", ".env.keys").git("commit", "-qm", "x"),
    layer: "pre-commit",
  },
  {
    name: "an earlier value, after a new one was set",
    act: (a) => {
      a.project.ok(["set", "API_KEY", "-q"], { input: "another_value_7d2Fq9" });
      a.git("add", "-A").git("commit", "-qm", "new value");
      a.project.envseal(["check", "--all", "-q"]);
      commit(a.write("a.js"));
    },
    layer: "pre-commit",
  },
  { name: "commit --no-verify", act: (a) => commit(a.write("a.js"), "--no-verify"), layer: "prepare-commit-msg" },
  {
    name: "commit --amend --no-edit of a commit that holds it",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("commit", "-q", "--amend", "--no-edit");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "commit --amend -m of a commit that holds it",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("commit", "-q", "--amend", "-m", "again");
    },
    layer: "pre-push",
  },
  {
    name: "cherry-pick",
    act: (a) => {
      dirtySide(a);
      a.git("cherry-pick", "side");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "revert of its removal",
    act: (a) => {
      quietly(a.write("a.js"));
      rmSync(a.project.path("a.js"));
      quietly(a);
      a.git("revert", "--no-edit", "HEAD");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "rebase",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      unguarded(a, "checkout", "-q", "side");
      a.git("rebase", "main");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "a merge, no conflict",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      a.git("merge", "-q", "-m", "merge", "side");
    },
    layer: "pre-merge-commit",
  },
  {
    name: "merge --no-verify",
    act: (a) => {
      dirtySide(a);
      quietly(a.write("b.js", "1\n"));
      a.git("merge", "-q", "--no-verify", "-m", "merge", "side");
    },
    layer: "prepare-commit-msg",
  },
  {
    name: "only in the resolution of a conflict",
    act: (a) => {
      quietly(a.write("a.js", "1\n"));
      a.git("checkout", "-qb", "side");
      quietly(a.write("a.js", "2\n"));
      unguarded(a, "checkout", "-q", "main");
      quietly(a.write("a.js", "3\n"));
      a.git("merge", "-q", "side");
      commit(a.write("a.js"));
    },
    layer: "pre-commit",
  },
  {
    name: "merge --squash, then commit",
    act: (a) => {
      dirtySide(a);
      a.git("merge", "-q", "--squash", "side").git("commit", "-qm", "x");
    },
    layer: "pre-commit",
  },
  { name: "in the commit message", act: (a) => a.git("commit", "-q", "--allow-empty", "-m", `uses ${KEY}`), layer: "commit-msg" },
  {
    name: "in the message, with --no-verify",
    act: (a) => a.git("commit", "-q", "--no-verify", "--allow-empty", "-m", `uses ${KEY}`),
    layer: "pre-push",
  },
  {
    name: "as the author's name",
    act: (a) => a.git("commit", "-q", "--allow-empty", "-m", "x", `--author=${KEY} <a@b.c>`),
    layer: "pre-push",
  },
  {
    name: "a fast-forward merge",
    act: (a) => {
      dirtySide(a);
      a.git("merge", "-q", "--ff-only", "side");
    },
    layer: "pre-push",
  },
  {
    name: "git am",
    act: (a) => {
      quietly(a.write("a.js"));
      const patch = a.out("format-patch", "--stdout", "HEAD~1");
      unguarded(a, "reset", "-q", "--hard", "HEAD~1");
      a.raw(["git", "am", "-q"], {}, `${patch}\n\n`);
    },
    layer: "pre-push",
  },
  {
    name: "commit-tree and update-ref",
    act: (a) => {
      a.write("a.js").git("add", "a.js");
      const tree = a.out("write-tree");
      const made = a.out("commit-tree", tree, "-p", "HEAD", "-m", "x");
      a.git("update-ref", "refs/heads/main", made);
    },
    layer: "pre-push",
  },
  {
    name: "fast-import",
    act: (a) => {
      a.raw(
        ["git", "fast-import", "--quiet"],
        {},
        `commit refs/heads/imported\ncommitter A <a@b.c> 1700000000 +0000\ndata 1\nx\nM 100644 inline a.js\ndata ${CODE.length}\n${CODE}\n`,
      );
    },
    layer: "pre-push",
    push: ["imported"],
  },
  { name: "git notes", act: (a) => a.git("notes", "add", "-m", `see ${KEY}`), layer: "pre-push", push: ["refs/notes/commits"] },
  {
    name: "a stash, pushed",
    act: (a) => a.write("README.md", CODE).git("add", "README.md").git("stash", "-q"),
    layer: "pre-push",
    push: ["refs/stash:refs/heads/stash"],
  },
  { name: "an annotated tag's message", act: (a) => a.git("tag", "-a", "v1", "-m", `key ${KEY}`), layer: "pre-push", push: ["v1"] },
  {
    name: "a tag on a blob",
    act: (a) => {
      const oid = blobOf(a, CODE);
      a.git("tag", "blob", oid);
    },
    layer: "pre-push",
    push: ["blob"],
  },
  { name: "a tag's name", act: (a) => a.git("tag", KEY), layer: "pre-push", push: [KEY] },
  { name: "a branch's name", act: (a) => a.git("branch", `fix/${KEY}`), layer: "pre-push", push: [`fix/${KEY}`] },
  {
    name: "added, then removed, in one push",
    act: (a) => {
      quietly(a.write("a.js"));
      rmSync(a.project.path("a.js"));
      quietly(a);
    },
    layer: "pre-push",
  },
  {
    name: "two refs in one push, in the second",
    act: (a) => {
      a.git("branch", "clean");
      a.git("checkout", "-qb", "dirty");
      quietly(a.write("a.js"));
    },
    layer: "pre-push",
    push: ["clean", "dirty"],
  },
  {
    name: "refs/replace to a clean twin",
    act: (a) => {
      quietly(a.write("a.js"));
      const dirty = a.out("rev-parse", "HEAD:a.js");
      const clean = blobOf(a, "clean\n");
      a.git("replace", dirty, clean);
    },
    layer: "pre-push",
  },
  {
    name: "already on another remote",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("init", "-q", "--bare", "../other.git")
        .git("remote", "add", "other", "../other.git")
        .git("push", "-q", "--no-verify", "other", "HEAD:main");
    },
    layer: "pre-push",
  },
  { name: "hooks switched off, then pushed", act: (a) => quietly(a.write("a.js")), layer: "pre-push" },
  {
    name: "push --no-verify",
    act: (a) => {
      quietly(a.write("a.js"));
      a.git("push", "-q", "--no-verify", "origin", "HEAD:main");
    },
    layer: "check --range",
  },
  { name: "gzip", act: (a) => commit(a.write("a.gz", spawnSync("gzip", ["-c"], { input: CODE }).stdout)), layer: "nothing" },
  {
    name: "double base64",
    act: (a) => commit(a.write("a.txt", Buffer.from(Buffer.from(KEY).toString("base64")).toString("base64"))),
    layer: "nothing",
  },
  { name: "a split literal", act: (a) => commit(a.write("a.js", `"${KEY.slice(0, 12)}" + "${KEY.slice(12)}"\n`)), layer: "nothing" },
];

let sandbox: Sandbox;
let number = 0;

beforeAll(() => {
  sandbox = new Sandbox();
  const seed = sandbox.project({ ".env": `API_KEY=${KEY}\nOTHER=pw_3fGh7Kl9Zx2Qw\n`, "README.md": "# app\n" }, { name: "seed" });
  seed.ok(["init", "--yes", "--no-hooks", "-q"]);
  seed.commitAll("first");
});

afterAll(() => sandbox.remove());

/** A clone with its own remote, the hooks armed. */
function start(): Project {
  const folder = join(sandbox.root, `case-${++number}`, "repo");
  mkdirSync(join(folder, ".."));
  const run = (...args: string[]) => spawnSync("git", args, { cwd: sandbox.root, env: sandbox.env });
  run("clone", "-q", "--bare", "seed", join(folder, "../origin.git"));
  run("clone", "-q", join(folder, "../origin.git"), folder);
  const project = new Project(sandbox, folder);
  writeFileSync(project.path(".env"), `API_KEY=${KEY}\nOTHER=pw_3fGh7Kl9Zx2Qw\n`);
  chmodSync(project.path(".env"), 0o600);
  project.ok(["hooks", "install", "-q"]);
  return project;
}

describe("a secret on its way into git", () => {
  it.each(rows)("$name: $layer", ({ act, layer, push }) => {
    const attempt = new Attempt(start());
    act(attempt);
    if (attempt.stoppedBy === null && layer !== "check --range") attempt.git("push", "-q", "origin", ...(push ?? ["HEAD:main"]));
    let stopped: Layer = attempt.stoppedBy ?? "nothing";
    if (stopped === "nothing" && attempt.project.envseal(["check", "--range", "origin/HEAD~1..HEAD", "-q"]).code === 1)
      stopped = "check --range";
    if (layer === "check --range")
      stopped = attempt.project.envseal(["check", "--range", "HEAD~1..HEAD"]).code === 1 ? "check --range" : stopped;
    expect(stopped, attempt.output).toBe(layer);
    expect(attempt.output.replaceAll(/ref name \S+|file name \S+/g, "")).not.toMatch(/sk_live_4eC39HqLyjWDarjtT1zdp7dc(?!\.txt)/);
  });

  it("are sixty and more", () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });
});
