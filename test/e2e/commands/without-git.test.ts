import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

/** A project on a machine that has node and no git, as slim images are. */
function slim({ repository }: { repository: boolean }) {
  const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n" });
  project.commitAll("first");
  if (!repository) rmSync(project.path(".git"), { recursive: true });
  const bin = project.path("../bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, `${bin}/node`);
  return { project, env: { PATH: bin } };
}

const NEEDS_GIT = [
  ["check", "--all"],
  ["check", "--staged"],
  ["check", "--ci"],
  ["check", "--range", "HEAD~1..HEAD"],
  ["scan"],
  ["scan", "--history"],
  ["hook", "pre-commit"],
  ["hooks", "install"],
  ["hooks", "status"],
  ["resolve"],
];

describe.runIf(process.platform !== "win32").each([{ repository: true }, { repository: false }])("without git (%j)", (where) => {
  it("what needs it says so, and lets nothing pass", () => {
    const { project, env } = slim(where);
    for (const args of NEEDS_GIT)
      expect({ args, ...project.fails(args, { env }) }).toMatchObject({
        args,
        code: 5,
        error: "GIT",
        stderr: expect.stringContaining("git is not installed, or not in PATH"),
      });
  });

  it.runIf(where.repository)("init plans nothing for a repository that it cannot ask", () => {
    const { project, env } = slim(where);
    for (const path of ["envseal.json", ".env.vault", ".gitignore"]) rmSync(project.path(path));
    expect(project.fails(["init", "--yes"], { env })).toMatchObject({ code: 5, error: "GIT" });
    expect(existsSync(project.path("envseal.json"))).toBe(false);
  });

  it("what does not need it works", () => {
    const { project, env } = slim(where);
    expect(project.ok(["get", "API_KEY"], { env }).stdout).toBe("sk_live_0123456789\n");
    expect(project.ok(["run", "--", "node", "-p", "process.env.API_KEY"], { env }).stdout).toBe("sk_live_0123456789\n");
    for (const args of [["status"], ["list"], ["export"], ["decrypt"]]) project.ok(args, { env });
  });
});
