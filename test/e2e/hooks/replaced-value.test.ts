import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";
import { committed, git, KEY } from "./repository.ts";

const NEW = "another_value_7d2Fq9";

/** A clone whose hooks have seen no push, scan or check: nothing but commits. */
function armed() {
  const project = committed();
  project.ok(["hooks", "install", "-q"]);
  const commit = (file: string, content: string) => {
    project.write(file, content);
    project.git("add", "-A");
    return git(project, ["commit", "-qm", "x"]);
  };
  return { project, commit };
}

describe("a value that a commit replaced", () => {
  it("is stopped in that very commit, and in each after it", () => {
    const { project, commit } = armed();
    project.ok(["set", "API_KEY", "-q"], { input: NEW });
    expect(commit("a.js", `"${KEY}"\n`).output).toMatch(/a\.js line 1 holds the value of API_KEY \(\.env\.vault, an earlier value, v1\)/);
    expect(commit("a.js", "1\n")).toMatchObject({ code: 0 });
    expect(commit("b.js", `"${KEY}"\n`).output).toMatch(/b\.js line 1 holds the value of API_KEY \(\.env\.vault, an earlier value, v1\)/);
    project.write("b.js", "1\n");
    project.git("add", "-A");
    expect(git(project, ["commit", "-qm", `was ${KEY}`]).output).toContain("commit-msg stopped");
    expect(project.envseal(["check", "--staged"]).code).toBe(0);
  });

  it("is stopped where its name was removed, and where its vault was renamed", () => {
    const { project, commit } = armed();
    project.ok(["unset", "API_KEY", "-q"]);
    expect(commit("a.js", "1\n")).toMatchObject({ code: 0 });
    expect(commit("b.js", `"${KEY}"\n`).output).toContain("pre-commit stopped");
  });

  it("is no finding where it is public now, or where nothing of it is recorded", () => {
    const { project, commit } = armed();
    project.ok(["set", "API_KEY", "-q"], { input: NEW });
    expect(commit("a.js", "API_KEY\n")).toMatchObject({ code: 0 });
    project.ok(["set", "API_KEY", "-q"], { input: KEY });
    project.ok(["public", "API_KEY", "-q", "--yes"]);
    expect(commit("b.js", `"${KEY}"\n`)).toMatchObject({ code: 0 });
  });
});

describe("the value of the last commit, where set wrote another one that is not staged", () => {
  const alone = (project: ReturnType<typeof armed>["project"], text: string) => {
    project.write("leak.js", text);
    project.git("add", "leak.js");
    return git(project, ["commit", "-qm", "leak"]);
  };

  it("is stopped: everybody else still has it", () => {
    const { project } = armed();
    project.ok(["set", "API_KEY", "-q"], { input: NEW });
    const told = expect.stringContaining("leak.js line 1 holds the value of API_KEY (.env.vault, an earlier value, v1)");
    expect(alone(project, `"${KEY}"\n`)).toEqual({ code: 1, output: told });
    expect(alone(project, `"${Buffer.from(KEY).toString("base64")}"\n`).code).toBe(1);
    expect(project.fails(["check", "--staged"]).stdout).toContain("[leak]");
    project.ok(["unset", "API_KEY", "-q"]);
    expect(alone(project, `"${KEY}"\n`).code).toBe(1);
  });

  it("is stopped where the vault is in a folder", () => {
    const project = sealedProject({ "app/.env": `API_KEY=${KEY}\n` });
    project.ok(["hooks", "install", "-q"]);
    project.commitAll("first");
    project.ok(["set", "API_KEY", "-q", "-f", "app/.env"], { input: NEW });
    expect(alone(project, `"${KEY}"\n`).code).toBe(1);
  });

  it("is no finding where it was made public since, and nothing else is one", () => {
    const { project } = armed();
    project.ok(["set", "API_KEY", "-q"], { input: NEW });
    expect(alone(project, '"sk_live_never_a_value_of_it"\n').code).toBe(0);
    project.ok(["set", "API_KEY", "-q"], { input: KEY });
    project.ok(["public", "API_KEY", "-q", "--yes"]);
    expect(alone(project, `"${KEY}"\n`).code).toBe(0);
  });
});
