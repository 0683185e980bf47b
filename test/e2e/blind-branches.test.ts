import { describe, expect, it } from "vitest";
import { run } from "../support/managers.ts";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** Guards look for the values of every branch, whatever manifest the branch at hand has, or none. */

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const OLD = "sk_live_earlier_9ZqWxEcRvTbYnUm";
const PROD = "prod_5Tg8Nb2Vc6XzQwErTyUiOp";

function armed(): Project {
  const project = sealedProject({ ".env": `API_KEY=${OLD}\n`, ".env.production": `PROD_KEY=${PROD}\n` });
  project.commitAll("first");
  project.ok(["set", "API_KEY", "-q"], { input: KEY });
  project.commitAll("second");
  project.ok(["hooks", "install", "-q"]);
  return project;
}

function orphan(project: Project): void {
  project.git("checkout", "-q", "--orphan", "gh-pages");
  project.git("rm", "-rqf", ".");
}

function commit(project: Project, text: string, path = "index.html") {
  project.write(path, `<p>${text}</p>\n`);
  project.git("add", path);
  return run(project, "git", ["commit", "-qm", "page"]);
}

const unchecked = (project: Project) => project.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", "page");

function withoutProduction(project: Project): void {
  const manifest = JSON.parse(project.read("envseal.json"));
  delete manifest.environments.production;
  delete manifest.vaults[".env.production.vault"];
  project.write("envseal.json", `${JSON.stringify(manifest, null, 2)}\n`);
  project.git("rm", "-qf", ".env.production.vault");
  project.git("add", "envseal.json");
}

describe("a branch without a manifest", () => {
  it("is searched with the others' at a commit, a push and in CI", () => {
    const project = armed();
    orphan(project);
    expect(commit(project, "hello")).toMatchObject({ code: 0 });
    for (const [value, name] of [
      [KEY, "API_KEY"],
      [PROD, "PROD_KEY"],
    ] as const) {
      const { code, output } = commit(project, value);
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`index.html line 1 holds the value of ${name}`) });
    }
    unchecked(project);
    const line = `refs/heads/gh-pages ${project.git("rev-parse", "HEAD").trim()} refs/heads/gh-pages ${"0".repeat(40)}\n`;
    const pushed = { code: 1, stderr: expect.stringContaining("holds the value of PROD_KEY") };
    expect(project.envseal(["hook", "pre-push", "origin", "../x.git"], { input: line })).toMatchObject(pushed);
    const found = { code: 1, stdout: expect.stringContaining("holds the value of PROD_KEY") };
    for (const scope of [["--all"], ["--range", "HEAD~1..HEAD"]]) expect(project.envseal(["check", ...scope])).toMatchObject(found);
    expect(project.envseal(["scan"])).toMatchObject(found);
    // An earlier value too, where there is time for it.
    project.write("index.html", OLD);
    expect(project.envseal(["scan"])).toMatchObject({ code: 1, stdout: expect.stringContaining("the value of API_KEY") });
  });

  it("is let through what the others let through, and searched where a folder has the project", () => {
    const project = armed();
    project.ok(["allow", "leak", "--path", "index.html", "--reason", "a sample", "-e", "default", "-q"]);
    project.commitAll("allow");
    orphan(project);
    expect(commit(project, KEY)).toMatchObject({ code: 0 });
    expect(commit(project, KEY, "other.html")).toMatchObject({ code: 1 });
    project.git("reset", "-q", "--hard");
    project.git("checkout", "-q", "main");
    project.write("apps/web/a.js", "1\n");
    project.git("mv", "envseal.json", ".env.vault", ".env.production.vault", "apps/web");
    project.git("add", "apps");
    expect(run(project, "git", ["commit", "-qm", "moved"])).toEqual({ code: 0, output: "" });
    for (const branch of ["main", "gh-pages"]) project.git("update-ref", `refs/heads/${branch}`, "main");
    project.git("checkout", "-q", "--orphan", "docs");
    project.git("rm", "-rqf", ".");
    expect(commit(project, PROD, "other.html")).toMatchObject({ code: 1, output: expect.stringContaining("holds the value of PROD_KEY") });
  });

  it("is not searched for what another's branch brings that this machine never saw, and needs no key to go on", () => {
    const project = armed();
    const stranger = sealedProject({ ".env": "API_KEY=a_value_that_stands_everywhere\n" });
    stranger.commitAll("theirs");
    project.git("fetch", "-q", stranger.folder, "main:refs/remotes/fork/main");
    expect(commit(project, "a_value_that_stands_everywhere")).toMatchObject({ code: 0 });
    project.write("b.html", "a_value_that_stands_everywhere");
    expect(project.envseal(["scan"])).toMatchObject({ code: 0 });
    orphan(project);
    const nobody = { env: project.sandbox.otherHome("nobody") };
    project.write("index.html", KEY);
    project.git("add", "index.html");
    expect(project.envseal(["check", "--staged"], nobody)).toMatchObject({ code: 0 });
  });
});

describe("a branch whose manifest has less", () => {
  it("is searched for the environment that it dropped", () => {
    const project = armed();
    project.git("checkout", "-q", "-b", "less");
    withoutProduction(project);
    expect(run(project, "git", ["commit", "-qm", "less"]).output).toContain("environment production was dropped");
    project.git("reset", "-q", "--hard");
    // An admin may; what it held is looked for all the same.
    project.ok(["env", "remove", "production", "--yes", "-q"]);
    project.git("add", "-A");
    expect(run(project, "git", ["commit", "-qm", "less"])).toEqual({ code: 0, output: "" });
    const { code, output } = commit(project, PROD);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("holds the value of PROD_KEY") });
    expect(commit(project, "nothing")).toMatchObject({ code: 0 });
  });

  it("is searched for the project that it was before", () => {
    const project = armed();
    project.git("checkout", "-q", "-b", "other");
    const other = sealedProject({ ".env": "OTHER=value_7Hn3Kd9\n", ".env.production": "" });
    for (const file of ["envseal.json", ".env.vault", ".env.production.vault"]) project.write(file, other.bytes(file));
    project.git("add", "-A");
    expect(run(project, "git", ["commit", "-qm", "other"]).output).toContain("became another project's");
    unchecked(project);
    const { code, output } = commit(project, PROD);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("holds the value of PROD_KEY") });
  });

  it("is judged by the index, where the work tree has the manifest otherwise", () => {
    const project = armed();
    project.git("checkout", "-q", "-b", "less");
    const whole = project.read("envseal.json");
    withoutProduction(project);
    const less = project.read("envseal.json");
    project.write("envseal.json", whole);
    expect(run(project, "git", ["commit", "-qm", "less"]).output).toContain("environment production was dropped");
    project.git("reset", "-q", "--hard", "main");
    project.write("envseal.json", less);
    expect(commit(project, PROD)).toMatchObject({ code: 1, output: expect.stringContaining("holds the value of PROD_KEY") });
  });
});
