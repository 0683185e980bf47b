import { describe, expect, it } from "vitest";
import { run } from "../../support/managers.ts";
import { sealedProject } from "../../support/sandbox.ts";

/** Made here: a test replays this repository's history. */
const SECRET = ["sk", "live", "9f8E7d6C5b4A3z2Y1x"].join("_");

describe("plaintext under a name of its own", () => {
  it("stops a commit, a push that got round it, and a check, and is let through by name alone", () => {
    const project = sealedProject({ ".env": "PORT=1\n" });
    project.ok(["hooks", "install", "-q"]);
    project.commitAll("first");
    project.git("init", "-q", "--bare", "../origin");
    project.git("remote", "add", "origin", "../origin");
    expect(run(project, "git", ["push", "-q", "origin", "HEAD:main"]).code).toBe(0);
    project.write("config/prod.txt", `# production\nPORT=3000\nPAYMENT_KEY=${SECRET}\n`);
    project.git("add", "-A");
    const stopped = run(project, "git", ["commit", "-qm", "settings"]);
    expect(stopped.code).not.toBe(0);
    expect(stopped.output).toMatch(/config\/prod\.txt.*line 3 gives PAYMENT_KEY in clear.*\[plaintext-file\]/);
    expect(stopped.output).not.toContain(SECRET);
    expect(project.envseal(["check", "--all"])).toMatchObject({ code: 1, stdout: expect.stringContaining("[plaintext-file]") });
    const tree = project.git("write-tree").trim();
    const commit = project.git("commit-tree", "-p", "HEAD", "-m", "past the hooks", tree).trim();
    expect(run(project, "git", ["push", "-q", "origin", `${commit}:main`])).toMatchObject({
      code: 1,
      output: expect.stringContaining("[plaintext-file]"),
    });
    expect(project.envseal(["check", "--range", `HEAD..${commit}`])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("config/prod.txt"),
    });
    project.ok(["allow", "plaintext-file", "--path", "config/prod.txt", "--reason", "a test's own", "-q"]);
    expect(project.ok(["check", "--all"]).stdout).not.toContain("[plaintext-file]");
  });

  it("is told by the compose file that hands it to a container, whatever is in it", () => {
    const project = sealedProject({ ".env": "PORT=1\n" });
    project.ok(["hooks", "install", "-q"]);
    project.write("deploy/compose.yaml", "services:\n  app:\n    env_file:\n      - ./vars/app.conf\n      - .env.example\n");
    project.write("deploy/.env.example", "PORT=\n");
    project.commitAll("first");
    const before = project.git("rev-parse", "HEAD").trim();
    project.write("deploy/vars/app.conf", "greeting=hello\n");
    project.write("deploy/vars/other.conf", "greeting=hello\n");
    project.git("add", "-A");
    const stopped = run(project, "git", ["commit", "-qm", "conf"]);
    expect(stopped.code).not.toBe(0);
    expect(stopped.output).toMatch(/deploy\/vars\/app\.conf.*deploy\/compose\.yaml names it as env_file.*\[plaintext-file\]/);
    expect(stopped.output).not.toMatch(/other\.conf|example/);
    expect(project.envseal(["check", "--all"]).stdout.match(/plaintext-file/g)).toHaveLength(1);
    const commit = project.git("commit-tree", "-p", "HEAD", "-m", "past", project.git("write-tree").trim()).trim();
    expect(project.envseal(["check", "--range", `${before}..${commit}`]).stdout.match(/plaintext-file/g)).toHaveLength(1);
  });
});

describe("the message of a verbose commit", () => {
  it("has a diff below it, which git does not record; what stands above it, and a message that only looks so, are looked at", () => {
    const project = sealedProject({ ".env": `PAYMENT_KEY=${SECRET}\n` });
    project.write("a.js", `"${SECRET}"\n`);
    project.commitAll("a leak");
    project.ok(["hooks", "install", "-q"]);
    project.write("a.js", "env.PAYMENT_KEY\n");
    project.git("add", "a.js");
    const commit = (sed: string) => run(project, "git", ["commit", "-qv"], { GIT_EDITOR: `sed -i '${sed}'` });
    expect(commit(`1s/^/no longer ${SECRET}/`)).toMatchObject({ code: 1, output: expect.stringContaining("commit-msg stopped") });
    expect(commit("1s/^/no longer in clear/")).toEqual({ code: 0, output: "" });
    expect(project.git("log", "-1", "--format=%B").trim()).toBe("no longer in clear");
    const scissors = `x\n\n# ${"-".repeat(24)} >8 ${"-".repeat(24)}\n${SECRET}\n`;
    expect(run(project, "git", ["commit", "-q", "--allow-empty", "-m", scissors])).toMatchObject({
      code: 1,
      output: expect.stringContaining("commit-msg stopped"),
    });
  });
});
