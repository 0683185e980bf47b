import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyTree } from "../support/copy.ts";
import { sampled } from "../support/sample.ts";
import { Project, Sandbox } from "../support/sandbox.ts";
import { Attempt, KEY, type Layer } from "./evasions/attempt.ts";
import { COMMITS } from "./evasions/commits.ts";
import { HISTORY } from "./evasions/history.ts";
import { PUSHES } from "./evasions/pushes.ts";

/**
 * Ways for a secret into git, and the first layer that stops each: a client-side hook, or the check of what was pushed.
 * Everything is real: git, its hooks as `hooks install` arms them, a bare remote.
 */

const rows = [...COMMITS, ...HISTORY, ...PUSHES];
let sandbox: Sandbox;
let number = 0;

beforeAll(() => {
  sandbox = new Sandbox();
  const seed = sandbox.project({ ".env": `API_KEY=${KEY}\nOTHER=pw_3fGh7Kl9Zx2Qw\n`, "README.md": "# app\n" }, { name: "seed" });
  seed.ok(["init", "--yes", "--no-hooks", "-q"]);
  seed.commitAll("first");
  const folder = join(sandbox.root, "armed/repo");
  const run = (...args: string[]) => spawnSync("git", args, { cwd: join(folder, ".."), env: sandbox.env });
  mkdirSync(join(folder, ".."));
  run("clone", "-q", "--bare", "../seed", "origin.git");
  run("clone", "-q", "origin.git", "repo");
  const project = new Project(sandbox, folder);
  project.git("remote", "set-url", "origin", "../origin.git");
  writeFileSync(project.path(".env"), `API_KEY=${KEY}\nOTHER=pw_3fGh7Kl9Zx2Qw\n`);
  chmodSync(project.path(".env"), 0o600);
  project.ok(["hooks", "install", "-q"]);
});

afterAll(() => sandbox.remove());

/** A clone with its own remote, the hooks armed. */
function start(): Project {
  const folder = join(sandbox.root, `case-${++number}`);
  copyTree(join(sandbox.root, "armed"), folder);
  return new Project(sandbox, join(folder, "repo"));
}

describe("a secret on its way into git", () => {
  it.each(sampled(rows, 3))("$name: $layer", ({ act, layer, push }) => {
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
