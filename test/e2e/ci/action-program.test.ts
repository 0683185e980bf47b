import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../../support/runner.ts";
import { type Project, ROOT } from "../../support/sandbox.ts";
import { KEY, project, push, ZEROS } from "./repository.ts";

describe("the action's program", () => {
  const asked = (repo: Project) => readFileSync(join(repo.sandbox.root, "bin/asked"), "utf8").trim().split("\n");

  it("is node_modules' where there is one, else npx's: the version asked for, or the action's own", () => {
    const { repo, key } = project({ API_KEY: KEY });
    expect(runAction(repo, { key, check: "false" }).env).toEqual({ API_KEY: KEY });
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(asked(repo)).toEqual([expect.stringContaining(`--yes envseal@${version} export --if-key --mask`)]);
    runAction(repo, { key, check: "false", version: "1.2.3" });
    expect(asked(repo)[1]).toContain("--yes envseal@1.2.3 ");
    repo.install();
    expect(runAction(repo, { key, check: "false" }).env).toEqual({ API_KEY: KEY });
    expect(asked(repo)).toHaveLength(2);
    // The key is in no command line.
    expect(asked(repo).join()).not.toContain(key);
  });

  it("takes inputs as text, whatever they hold", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const evil = '"; echo INJECTED; $(echo INJECTED) `echo INJECTED` #';
    for (const input of ["environment", "file", "range", "version", "sarif"])
      expect(runAction(repo, { key, [input]: evil }, { event: push(ZEROS) }).stdout).not.toMatch(/^INJECTED/m);
    expect(runAction(repo, { key, "working-directory": "." }, { event: push(ZEROS) }).code).toBe(0);
    // One word of the command line each: what stands behind a space is no option.
    const two = runAction(repo, { key, environment: "default --format=json" }, { event: push(ZEROS) });
    expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining("default --format=json") });
  });
});
