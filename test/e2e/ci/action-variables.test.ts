import { existsSync, symlinkSync } from "node:fs";
import { delimiter } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../../support/runner.ts";
import type { Project } from "../../support/sandbox.ts";
import { head, KEY, project, push } from "./repository.ts";

/** What a member of the environment seals, with a file of the pull request's that says whether it was run, and with what. */
function steered(): { repo: Project; key: string; ran: string; vault: Record<string, string> } {
  const { repo, key } = project({ API_KEY: KEY });
  const ran = repo.path("../ran");
  repo.write("lint.sh", `env >"${ran}"\n`);
  repo.write("lint.cjs", `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "node");\n`);
  const quiet = repo.clone("quiet");
  const vault = {
    BASH_ENV: "./lint.sh",
    ENV: "./lint.sh",
    LD_PRELOAD: "./lint.so",
    SHELLOPTS: "xtrace",
    PS4: "$(./lint.sh)",
    NODE_OPTIONS: "--require=./lint.cjs",
    GIT_DIR: quiet.path(".git"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: "./lint.sh",
    HOME: quiet.path("nobody"),
    PATH: repo.path("bin"),
    XDG_STATE_HOME: "/proc/self/cwd",
    ENVSEAL_KEY: "esk_another",
    ENVSEAL_BASE: head(repo),
    CI_COMMIT_BEFORE_SHA: head(repo),
  };
  return { repo, key, ran, vault };
}

describe("variables that would steer the action", () => {
  it("stay in the vault, and are named; what an app needs goes on", () => {
    const { repo, key, vault } = steered();
    for (const [name, value] of Object.entries({ ...vault, GIT_TOKEN: "tok_4eC39HqLyjWDarjtT1" }))
      repo.ok(["set", name, "-q"], { input: `${value}\n` });
    const result = runAction(repo, { key, check: "false" });
    expect(result).toMatchObject({ code: 0, env: { API_KEY: KEY, GIT_TOKEN: "tok_4eC39HqLyjWDarjtT1" } });
    expect(Object.keys(result.env).sort()).toEqual(["API_KEY", "GIT_TOKEN"]);
    expect(result.stderr).toContain(`left out ${Object.keys(vault).sort().join(", ")}: they decide what code runs`);
    expect(result.stderr).not.toContain("lint.sh");
  });

  it.runIf(process.platform !== "win32")("decide nothing where another step set them: no code beside the key, and the same check", () => {
    const { repo, key, ran, vault } = steered();
    const base = head(repo);
    repo.write("leak.js", `"${KEY}"\n`);
    repo.commitAll("leak");
    const { PATH: _path, HOME: _home, ...env } = vault;
    const result = runAction(repo, { key }, { event: push(base), env });
    expect(existsSync(ran)).toBe(false);
    expect(result).toMatchObject({ code: 1, env: {}, stdout: expect.stringMatching(/^::error file=leak\.js/m) });
    expect(result.stderr).not.toMatch(/preload|^\+/m);
    expect(runAction(repo, { key, check: "false", file: "x.env" }, { env })).toMatchObject({ code: 0, env: { API_KEY: KEY } });
    expect(existsSync(ran)).toBe(false);
  });

  it.runIf(process.platform !== "win32")("lead to no program of the checkout, however PATH spells its folder", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const ran = repo.path("../ran");
    for (const tool of ["node", "git"]) {
      repo.write(`tools/${tool}`, `#!/bin/sh\necho ${tool} >"${ran}"\nexit 1\n`);
      repo.execute(["chmod", "+x", `tools/${tool}`]);
    }
    symlinkSync(repo.folder, repo.path("../link"));
    const tools = repo.path("tools");
    const spellings = [
      tools,
      `${repo.folder}/../${repo.folder.split("/").at(-1)}/tools`,
      repo.path("../link/tools"),
      `/${tools}`,
      `${tools}/`,
      `${repo.folder}//tools/.`,
      "tools",
      "",
    ];
    for (const spelling of spellings) {
      const env = { PATH: [spelling, repo.sandbox.env.PATH].join(delimiter) };
      expect(runAction(repo, { key }, { event: push(head(repo)), env }), spelling).toMatchObject({ code: 0, env: { API_KEY: KEY } });
      expect(existsSync(ran), spelling).toBe(false);
    }
  });

  it("is started nowhere where there is no workspace to compare with", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const result = runAction(repo, { key }, { workspace: repo.path("none") });
    expect(result).toMatchObject({ code: 2, env: {}, stderr: expect.stringContaining("there is no folder") });
  });
});
