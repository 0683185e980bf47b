import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { ROOT, sandbox } from "../../support/sandbox.ts";
import { template } from "./repository.ts";

describe("init --ci", () => {
  const PLACES = [
    ["github", ".github/workflows/envseal.yml"],
    ["gitlab", ".gitlab-ci.yml"],
    ["circleci", ".circleci/config.yml"],
  ] as const;

  it.each(PLACES)("%s: plans and writes its file once, and leaves a foreign one alone", (system, path) => {
    const repo = sandbox().project({ ".env": "A=1\n" });
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const first = repo.ok(["init", "--yes", "--no-hooks", "--ci", system]);
    expect(first.stderr).toContain(`change    ${path}`);
    expect(repo.read(path)).toBe(template(`${system}.yml`).replaceAll("VERSION", version));
    const again = repo.ok(["init", "--yes", "--no-hooks", "--ci", system]);
    expect(again).toMatchObject({ stdout: "", stderr: expect.stringContaining("nothing to do") });
    repo.write(path, "# ours, no envseal check yet\nbuild:\n  script: make\n");
    const foreign = repo.ok(["init", "--yes", "--ci", system]);
    expect(parseYaml(foreign.stdout)).toEqual(parseYaml(template(`${system}.yml`).replaceAll("VERSION", version)));
    expect(foreign.stderr).toContain(`${path} is there already`);
    expect(repo.read(path)).toBe("# ours, no envseal check yet\nbuild:\n  script: make\n");
  });

  it("comes later too, from a project in a subfolder, at the top of the repository", () => {
    const app = sandbox().project({ ".env": "A=1\n" }, { git: false, name: "repo/app" });
    app.ok(["init", "--yes", "--no-hooks"]);
    app.git("init", "-q", "..");
    expect(app.fails(["init", "--yes", "--ci", "jenkins"])).toMatchObject({ code: 2, error: "USAGE" });
    app.ok(["init", "--yes", "--no-hooks", "--ci", "github"]);
    expect(app.read("../.github/workflows/envseal.yml")).toContain("check --ci");
  });
});
