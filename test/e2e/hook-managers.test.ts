import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALL, KEY, LEFTHOOK, python, run, start, stops } from "../support/managers.ts";
import { type Project, ROOT } from "../support/sandbox.ts";

/** Real hook managers, in both orders; what they had before comes back byte for byte. */

describe.skipIf(LEFTHOOK === "")(`lefthook${LEFTHOOK === "" ? " (skipped: needs lefthook of npm)" : ""}`, () => {
  const lefthook = (project: Project) => run(project, LEFTHOOK, ["install", "--force"]);
  const config = "# our hooks\npre-commit:\n  parallel: true\n  jobs:\n    - name: lint   # keep it\n      run: echo linted >>../ran\n";

  it("takes a job of each event, with the lines of a push, and leaves its file as it was", () => {
    const project = start({ "lefthook.yml": config });
    expect(lefthook(project).code).toBe(0);
    expect(project.ok(["hooks", "install"]).stderr).toContain("npx lefthook install");
    expect(project.read("lefthook.yml")).toContain("# keep it");
    expect(lefthook(project).code).toBe(0);
    expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "lefthook");
    expect(stops(project)).toEqual(ALL);
    project.write("clean.js", "1\n");
    project.git("add", "clean.js");
    run(project, "git", ["commit", "-qm", "clean"]);
    expect(readFileSync(join(project.sandbox.root, "ran"), "utf8")).toContain("linted\n");
    project.ok(["hooks", "install"]);
    project.ok(["hooks", "uninstall"]);
    expect(project.read("lefthook.yml")).toBe(config);
  });

  it("hands on arguments as they are: a folder with a blank, and a URL that a shell would run", () => {
    const project = start({ "lefthook.yml": config }, { name: `it's my "repo"` });
    project.ok(["hooks", "install"]);
    lefthook(project);
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "lefthook");
    const tree = join(project.sandbox.root, "a tree");
    project.git("worktree", "add", "-q", "-b", "side", tree);
    const inTree = (...args: string[]) => run(project, "git", ["-C", tree, ...args]);
    expect(inTree("commit", "--allow-empty", "-m", "a fine message")).toMatchObject({ code: 0 });
    expect(inTree("commit", "--amend", "--allow-empty", "-m", KEY)).toMatchObject({
      output: expect.stringContaining("commit-msg stopped"),
    });
    expect(inTree("log", "-1", "--format=%s").output).toBe("a fine message\n");
    const url = join(project.sandbox.root, "r;touch INJECTED;$(touch INJECTED)\"'");
    project.git("init", "-q", "--bare", url);
    for (const remote of [url, "named"]) {
      if (remote === "named") project.git("remote", "add", remote, url);
      expect(run(project, "git", ["push", "-q", remote, `HEAD:refs/heads/${remote === url ? "a" : "b"}`])).toMatchObject({ code: 0 });
    }
    expect(existsSync(project.path("INJECTED"))).toBe(false);
    expect(stops(project)).toEqual(ALL);
  });

  it("looks at a push for what its remote does not have yet, and at no more", () => {
    const project = start({ "lefthook.yml": config });
    project.ok(["hooks", "install"]);
    lefthook(project);
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", `old: ${KEY}`);
    project.git("init", "-q", "--bare", "../origin.git");
    project.git("remote", "add", "origin", "../origin.git");
    project.git("push", "-q", "--no-verify", "origin", "HEAD:main");
    project.git("fetch", "-q", "origin");
    expect(run(project, "git", ["push", "-q", "origin", "HEAD:refs/heads/new"])).toMatchObject({ code: 0 });
  });

  it("is armed again where an earlier version wrote arguments that a shell parts", () => {
    const project = start({ "lefthook.yml": config });
    project.ok(["hooks", "install"]);
    const armed = project.read("lefthook.yml");
    const earlier = armed.replace(/run: \|-\n\s+first=.*\n\s+\{1\}\n.*\n\s+\)\n\s+(.*?) "\$first"(?: \{2\})?\n/g, "run: $1 {0}\n");
    expect(earlier.match(/\{0\}/g)).toHaveLength(3);
    project.write("lefthook.yml", earlier);
    project.ok(["hooks", "install"]);
    expect(project.read("lefthook.yml")).toBe(armed);
  });

  it("is not called armed where a job is commented out, and is armed again", () => {
    const project = start({ "lefthook.yml": config });
    project.ok(["hooks", "install"]);
    lefthook(project);
    const armed = project.read("lefthook.yml");
    project.write(
      "lefthook.yml",
      armed.replace(/^pre-push:\n(?: .*\n)*/m, (job) => job.replace(/^/gm, "# ").replace(/# $/, "")),
    );
    expect(project.read("lefthook.yml")).toContain("# pre-push:");
    expect(project.fails(["hooks", "status"]).stdout).toMatch(/off {2}pre-push/);
    project.ok(["hooks", "install"]);
    expect(project.read("lefthook.yml")).toMatch(/^pre-push:/m);
  });

  it("keeps what was edited since, and takes out its own part only", () => {
    const project = start({ "lefthook.yml": config });
    project.ok(["hooks", "install"]);
    writeFileSync(project.path("lefthook.yml"), `${project.read("lefthook.yml")}post-merge:\n  jobs:\n    - run: echo merged\n`);
    project.ok(["hooks", "uninstall"]);
    expect(project.read("lefthook.yml")).toMatch(/# our hooks[\s\S]*name: lint[\s\S]*echo merged/);
    expect(project.read("lefthook.yml")).not.toContain("envseal");
  });
});

describe("simple-git-hooks", () => {
  const manager = (project: Project) => run(project, process.execPath, [join(ROOT, "node_modules/simple-git-hooks/cli.js")]);
  const config = '{\n\t"name": "app",\n\t"simple-git-hooks": {\n\t\t"pre-commit": "echo linted >>../ran"\n\t}\n}\n';

  it("takes a command of each event, before what is there", () => {
    const project = start({ "package.json": config });
    expect(project.ok(["hooks", "install"]).stderr).toContain("npx simple-git-hooks");
    expect(manager(project).code).toBe(0);
    expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "manager");
    expect(stops(project)).toEqual(ALL);
    project.ok(["hooks", "uninstall"]);
    expect(project.read("package.json")).toBe(config);
  });

  it("stops what comes before a command that never fails, and leaves it the lines of a push", () => {
    const own = { "pre-commit": "false || true", "pre-push": "cat >../pushed; true" };
    const text = `${JSON.stringify({ name: "app", "simple-git-hooks": own }, null, "\t")}\n`;
    const project = start({ "package.json": text });
    project.ok(["hooks", "install"]);
    expect(manager(project).code).toBe(0);
    project.git("-c", "core.hooksPath=/dev/null", "commit", "-qam", "manager");
    project.git("init", "-q", "--bare", "../other.git");
    expect(run(project, "git", ["push", "-q", "../other.git", "HEAD:main"]).code).toBe(0);
    expect(readFileSync(join(project.sandbox.root, "pushed"), "utf8")).toMatch(/^\S+ [0-9a-f]{40} refs\/heads\/main 0{40}\n$/);
    project.write("leak.js", `"${KEY}"\n`);
    project.git("add", "leak.js");
    expect(run(project, "git", ["hook", "run", "pre-commit"])).toMatchObject({
      code: 1,
      output: expect.stringContaining("pre-commit stopped"),
    });
    project.git("rm", "-qf", "leak.js");
    expect(stops(project)).toEqual(ALL);
    project.ok(["hooks", "uninstall"]);
    expect(project.read("package.json")).toBe(text);
  });
});

describe("a manager's file in a form that is not edited", () => {
  it.each(["lefthook.toml", ".simple-git-hooks.cjs"])("is named: installing from %s takes our files away", (name) => {
    const project = start({ [name]: "" });
    expect(project.ok(["hooks", "install"]).stderr).toMatch(new RegExp(`${name}: .*call envseal from it too.*envseal/run" EVENT`));
  });
});

describe("a manager's file that lost some of our calls", () => {
  it("is armed in part, and armed whole again", () => {
    const project = start({ "lefthook.yml": 'pre-push:\n  jobs:\n    - run: "true"\n' });
    const lefthook = () => run(project, LEFTHOOK, ["install", "--force"]);
    project.ok(["hooks", "install"]);
    lefthook();
    expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
    const whole = project.read("lefthook.yml");
    project.write("lefthook.yml", whole.replace(/ +- name: envseal\n +run: \|-\n(?: {8}.*\n)+ +use_stdin: true\n/, ""));
    expect(project.read("lefthook.yml")).not.toBe(whole);
    expect(project.fails(["hooks", "status"]).stdout).toMatch(/armed in part[\s\S]*off +pre-push/);
    project.ok(["hooks", "install"]);
    lefthook();
    expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
    expect(project.read("lefthook.yml").match(/name: envseal/g)).toHaveLength(5);
  });
});

describe("pre-commit", () => {
  const config =
    "# ours\nrepos:\n  - repo: local\n    hooks:\n      - id: own\n        name: own\n        entry: sh -c 'echo linted >>../ran'\n        language: system\n        pass_filenames: false\n";

  it.runIf(python !== undefined)(
    `takes local hooks, one for each stage, and looks at every ref of a push${python === undefined ? " (skipped: needs pre-commit)" : ""}`,
    () => {
      const project = start({ ".pre-commit-config.yaml": config });
      expect(project.ok(["hooks", "install"]).stderr).toContain("pre-commit install");
      project.git("add", "-A");
      project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "config");
      expect(run(project, python as string, ["install"]).code).toBe(0);
      expect(project.ok(["hooks", "status"]).stdout).toContain("armed, and git reaches them");
      expect(stops(project)).toEqual(ALL);
      project.ok(["hooks", "uninstall"]);
      expect(project.read(".pre-commit-config.yaml")).toBe(config);
    },
  );
});
