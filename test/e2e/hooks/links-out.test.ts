import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sandbox } from "../../support/sandbox.ts";
import { committed, KEY } from "./repository.ts";

/** A repository may hold links, in its tree or its `.git`: nothing is written through one into what is the person's own. */

/** A file beside the repository, such as one that a shell reads when it starts. */
function precious(project: Project, text = "echo mine\n"): () => void {
  project.write("../precious", text);
  const { mode } = statSync(project.path("../precious"));
  return () => {
    expect(project.read("../precious")).toBe(text);
    expect(statSync(project.path("../precious")).mode).toBe(mode);
  };
}

describe("a link out of the project", () => {
  it.each([
    [".husky/pre-commit", "echo mine\n"],
    ["lefthook.yml", "mine: 1\n"],
    [".pre-commit-config.yaml", "repos: []\n"],
    [".simple-git-hooks.json", "{}\n"],
  ])("is not followed where a hook manager's file should be: %s", (path, text) => {
    const project = committed();
    const unchanged = precious(project, text);
    mkdirSync(join(project.path(path), ".."), { recursive: true });
    symlinkSync(project.path("../precious"), project.path(path));
    const failed = project.fails(["hooks", "install"]);
    expect(failed).toMatchObject({ error: "IO", code: 5 });
    expect(failed.stderr).toMatch(/leads to \S+\/precious, out of the project/);
    unchanged();
  });

  it("is followed inside the project, where a committed file may be one", () => {
    const project = committed();
    project.write("config/pre-commit.sh", "true\n");
    mkdirSync(project.path(".husky"));
    symlinkSync("../config/pre-commit.sh", project.path(".husky/pre-commit"));
    project.node([CLI, "hooks", "install", "-q"]);
    expect(project.read("config/pre-commit.sh")).toMatch(/envseal hook[\s\S]*\ntrue\n$/);
  });

  it("is not followed as git's hook folder, nor as a file beside the program's copy", () => {
    const project = committed();
    project.ok(["hooks", "install", "-q"]);
    const unchanged = precious(project);
    const origin = join(project.copy(), "origin");
    rmSync(origin);
    symlinkSync(project.path("../precious"), origin);
    project.ok(["hooks", "install", "-q"]);
    unchanged();
    project.ok(["hooks", "uninstall", "-q"]);
    renameSync(project.path(".git/hooks"), project.path("../bin"));
    symlinkSync(project.path("../bin"), project.path(".git/hooks"));
    const before = readdirSync(project.path("../bin"));
    expect(project.fails(["hooks", "install"])).toMatchObject({ error: "GIT" });
    expect(readdirSync(project.path("../bin"))).toEqual(before);
  });

  it("is not followed in the place of a folder that holds a vault or its plaintext", () => {
    const box = sandbox();
    const project = box.project({ "apps/web/.env": `API_KEY=${KEY}\n` });
    project.ok(["init", "--yes", "-q"]);
    project.commitAll("first");
    renameSync(project.path("apps/web"), project.path("../web"));
    rmSync(project.path("../web/.env"));
    symlinkSync(project.path("../web"), project.path("apps/web"));
    expect(project.fails(["decrypt", "apps/web/.env"])).toMatchObject({ error: "IO" });
    expect(existsSync(project.path("../web/.env"))).toBe(false);
    const vault = readFileSync(project.path("../web/.env.vault"), "utf8");
    expect(project.fails(["set", "B", "-f", "apps/web/.env.vault"], { input: "two" })).toMatchObject({ error: "IO" });
    expect(readFileSync(project.path("../web/.env.vault"), "utf8")).toBe(vault);
  });

  it("leaves the copy no file that is not its own", () => {
    const project = committed();
    project.ok(["hooks", "install", "-q"]);
    mkdirSync(join(project.copy(), "node_modules/yaml"), { recursive: true });
    project.ok(["hooks", "install", "-q"]);
    expect(readdirSync(project.copy())).not.toContain("node_modules");
  });
});
