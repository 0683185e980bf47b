import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { expect } from "vitest";
import { type Project, sealedProject } from "../../support/sandbox.ts";

export const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
export const FILES = { ".env": `API_KEY=${KEY}\n`, "README.md": "# app\n" };

export function git(project: Project, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stderr, stdout } = spawnSync("git", args, {
    cwd: project.folder,
    env: { ...project.sandbox.env, ...env },
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

/** True if committing a secret value is stopped, and nothing else is. */
export function guards(project: Project, env: Record<string, string> = {}): boolean {
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

export function committed(): Project {
  const project = sealedProject(FILES);
  project.commitAll("first");
  return project;
}

/** path → mode and content of every file of a folder. */
export function snapshot(folder: string): string {
  return spawnSync("sh", ["-c", 'for f in *; do [ -f "$f" ] && stat -c "%a %n" "$f" && cat "$f"; done'], { cwd: folder, encoding: "utf8" })
    .stdout;
}
