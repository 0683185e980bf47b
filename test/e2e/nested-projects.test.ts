import { describe, expect, it, onTestFinished } from "vitest";
import { envsealWithFault, Snapshot } from "../support/faults.ts";
import { KEY, run } from "../support/managers.ts";
import { type Project, sandbox } from "../support/sandbox.ts";

/** Several projects in one repository: whichever folder a guard starts in, it looks for the values of all. */

const ROOT_KEY = "another_value_7d2Fq9Lm";

/** `apps/web` has a manifest of its own; so has the top, with `top`. */
function monorepo({ top }: { top: boolean }): Project {
  const project = sandbox().project({ "apps/web/.env.production": `API_KEY=${KEY}\n`, "docs/a.md": "a\n" }, { git: false });
  project.ok(["init", "--yes", "-q", "--cwd", "apps/web"]);
  project.git("init", "-q");
  project.write(".gitignore", ".env\n.env.production\n.envseal\n");
  if (top) {
    const other = project.sandbox.project({ ".env": `ROOT_KEY=${ROOT_KEY}\n` }, { name: "other" });
    other.ok(["init", "--yes", "--no-hooks", "-q"]);
    for (const file of ["envseal.json", ".env.vault"]) project.write(file, other.bytes(file));
  }
  project.commitAll("first");
  project.ok(["hooks", "install", "-q"], { cwd: project.path("apps/web") });
  return project;
}

const leaks = { code: 1, stdout: expect.stringContaining("docs/a.md line 1 holds the value of API_KEY") };

describe("several projects in one repository", () => {
  it.each([{ top: true }, { top: false }])("with a project at the top: $top", ({ top }) => {
    const project = monorepo({ top });
    project.write("docs/a.md", `${KEY}\n`);
    project.git("add", "docs");
    for (const folder of ["", "docs", "apps", "apps/web"])
      for (const scope of ["--staged", "--all"])
        expect(project.envseal(["check", scope], { cwd: project.path(folder) })).toMatchObject(leaks);
    expect(run(project, "git", ["commit", "-qm", "x"]).output).toContain("pre-commit stopped");
    // As Magit starts it.
    expect(run(project, "git", ["--literal-pathspecs", "commit", "-qm", "x"]).output).toContain("pre-commit stopped");
    if (!top) return;
    // Each way around.
    project.write("apps/web/b.js", `'${ROOT_KEY}'\n`);
    project.git("add", "apps");
    expect(project.envseal(["check", "--staged"], { cwd: project.path("apps/web") }).stdout).toContain("the value of ROOT_KEY");
    // A vault is its own project's.
    const vault = project.read("apps/web/.env.production.vault");
    project.write(
      "apps/web/.env.production.vault",
      vault.replace(/^(# envseal:1 production )(.)/, (_all, start, one) => start + (one === "A" ? "B" : "A")),
    );
    project.git("add", "apps");
    expect(project.envseal(["check", "--staged"]).stdout).toContain("[forged-vault]");
  });

  it("lets findings of its own environments through, and none of the project at the top", () => {
    const project = monorepo({ top: true });
    const inside = { cwd: project.path("apps/web") };
    project.ok(["allow", "leak", "--name", "ROOT_KEY", "--reason", "another project", "-q"], inside);
    for (const path of ["docs/a.md", "apps/web/b.md"]) project.write(path, `${ROOT_KEY}\n`);
    project.git("add", ".");
    const { code, stdout } = project.envseal(["check", "--all"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining("docs/a.md line 1 holds the value of ROOT_KEY") });
    expect(stdout).toContain("apps/web/b.md line 1 holds the value of ROOT_KEY");
    project.ok(["allow", "leak", "--path", "apps/web/b.md", "--reason", "our own", "-q"]);
    project.git("add", ".");
    const { stdout: rest } = project.envseal(["check", "--all"]);
    expect(rest).toContain("docs/a.md line 1 holds the value of ROOT_KEY");
    expect(rest).not.toContain("apps/web/b.md");
  });

  it("tells of each vault that does not open, by its path from the top, whatever else is found; none is let through", () => {
    const project = monorepo({ top: true });
    project.write("x/.env.vault", "A=1\n");
    expect(project.fails(["allow", "broken-vault", "--path", "x/.env.vault", "--reason", "a fixture", "-q"]).error).toBe("USAGE");
    project.git("add", "x");
    const paths = () => {
      const { stdout } = project.envseal(["check", "--staged", "--json"]);
      return (JSON.parse(stdout).findings as { path: string }[]).map(({ path }) => path).sort();
    };
    for (const path of [".env.vault", "apps/web/.env.production.vault"])
      project.write(path, project.read(path).replace(/^(\w+_KEY)=.*$/m, "$1=in-clear"));
    expect(paths()).toEqual([".env.vault", "apps/web/.env.production.vault", "x/.env.vault"]);
    project.git("add", "apps");
    expect(paths()).toEqual([".env.vault", "apps/web/.env.production.vault", "x/.env.vault"]);
  });

  it("looks at a detached HEAD, notes and what pre-commit names, where a hook manager passes no lines of a push", () => {
    const project = monorepo({ top: false });
    const leak = () => {
      project.write("docs/a.md", `${KEY}\n`);
      project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "leak");
    };
    const push = (env = {}) => project.envseal(["hook", "pre-push", "origin", "../server.git"], { env });
    expect(push().code).toBe(0);
    project.git("checkout", "-q", "--detach");
    leak();
    const stopped = { code: 1, stderr: expect.stringContaining("pre-push stopped") };
    expect(push()).toMatchObject(stopped);
    const oid = project.git("rev-parse", "HEAD").trim();
    project.git("checkout", "-q", "main");
    expect(push().code).toBe(0);
    expect(push({ PRE_COMMIT_TO_REF: oid })).toMatchObject(stopped);
    project.git("notes", "add", "-m", KEY, "HEAD");
    expect(push()).toMatchObject(stopped);
  });

  it("looks for earlier values at a push that was started with literal pathspecs", () => {
    const project = monorepo({ top: false });
    project.ok(["set", "API_KEY", "-q", "-f", "apps/web/.env.production.vault"], { input: ROOT_KEY });
    project.commitAll("second");
    project.write("docs/a.md", `${KEY}\n`);
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "leak");
    project.git("init", "-q", "--bare", "../server.git");
    expect(run(project, "git", ["--literal-pathspecs", "push", "-q", "../server.git", "main"]).output).toContain("pre-push stopped");
  });

  it("finish a rotation that was interrupted as it was meant, whatever another one rotates in between", () => {
    const project = sandbox().project(
      { "a/.env": "A_KEY=value-of-a-0123456789\n", "b/.env": "B_KEY=value-of-b-0123456789\n" },
      { git: false },
    );
    for (const folder of ["a", "b"]) project.ok(["init", "--yes", "-q", "--cwd", folder]);
    project.git("init", "-q");
    const entry = () => JSON.parse(project.read("a/envseal.json")).environments.default.statement;
    const { active } = entry();
    const snapshot = new Snapshot(project.sandbox);
    onTestFinished(() => snapshot.remove());
    for (let at = 1; entry().active === active; at++) {
      snapshot.restore();
      envsealWithFault(project, ["rotate", "--reason", "offboarding", "-q", "--cwd", "a"], { at, mode: "kill" });
    }
    const second = entry();
    expect(second.floor).toBe(active);
    project.ok(["rotate", "-q", "--cwd", "b"]);
    project.ok(["rotate", "-q", "--cwd", "a"]);
    expect(entry().floor).toBe(second.active);
  });
});
