import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { blocksOf } from "../../support/documents.ts";
import { bareMachine } from "../../support/runner.ts";
import { CLI, Project } from "../../support/sandbox.ts";
import { HOSTILE, head, KEY, project, pull, template, written, ZEROS } from "./repository.ts";

/** The steps of a template that run something. */
function shell(repo: Project, script: string, env: Record<string, string> = {}, shellName = "sh") {
  const own = script.replaceAll("PROJECT_PIN", repo.ok(["pin"]).stdout.trim());
  const { status, stdout, stderr } = spawnSync(shellName, ["-ec", own], {
    cwd: repo.folder,
    env: { ...bareMachine(repo), ...env },
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

const splitAt = (row: string): [string, string] => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)];

/** A leak on top of a clean base, and what each CI system says of it. */
function leaked() {
  const { repo, key } = project({ API_KEY: KEY });
  const base = head(repo);
  repo.write("a.js", `"${KEY}"\n`);
  repo.commitAll("oops");
  return { repo, key, base };
}

describe("templates/ci", () => {
  it("github.yml: its step checks the event's range, with and without the key", () => {
    const workflow = parseYaml(written("github.yml"));
    const [checkout, setup, install, step] = workflow.jobs.envseal.steps;
    expect(checkout.with).toEqual({ "fetch-depth": 0, "persist-credentials": false });
    for (const { uses } of [checkout, setup]) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    expect(workflow.permissions).toEqual({ contents: "read" });
    // A branch with a pull request is checked once; the key is where the check is, and not where packages are installed.
    expect(workflow.on).toEqual({ push: { branches: ["main"] }, pull_request: null, merge_group: null });
    expect(install.env).toBeUndefined();
    expect(Object.keys(step.env)).toEqual(["ENVSEAL_KEY"]);
    const { repo, key, base } = leaked();
    repo.write("../event.json", JSON.stringify(pull(base)));
    const event = { GITHUB_EVENT_PATH: repo.path("../event.json") };
    expect(shell(repo, step.run, { ...event, ENVSEAL_KEY: key }, "bash")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^::error file=a\.js/),
    });
    // As for a fork: the secret is an empty string.
    expect(shell(repo, step.run, { ...event, ENVSEAL_KEY: "" }, "bash")).toMatchObject({ code: 0, stdout: "" });
  });

  it("gitlab.yml: its script checks the merge request, or the push", () => {
    const { envseal } = parseYaml(written("gitlab.yml"));
    expect(envseal.variables.GIT_DEPTH).toBe("0");
    // A branch with a merge request is checked once.
    expect(envseal.rules[1]).toEqual({ if: "$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS", when: "never" });
    expect(envseal.before_script[1]).toBe("(unset ENVSEAL_KEY; true)");
    const { repo, key, base } = leaked();
    // GitLab's runner fetches the branch at hand, and no other.
    repo.git("clone", "-q", "--bare", repo.folder, "../origin");
    repo.git("checkout", "-qb", "topic", base);
    repo.write("b.js", `"${KEY}"\n`);
    repo.commitAll("oops again");
    repo.git("push", "-q", "../origin", "topic");
    repo.git("clone", "-q", "--single-branch", "--branch", "topic", repo.path("../origin"), "../job");
    const job = new Project(repo.sandbox, repo.path("../job"));
    const first = { CI_COMMIT_BEFORE_SHA: ZEROS, CI_DEFAULT_BRANCH: "main", CI_COMMIT_BRANCH: "topic", ENVSEAL_KEY: key };
    const scripts = [...envseal.before_script, ...envseal.script].join("\n");
    expect(shell(job, scripts, first)).toMatchObject({ code: 1, stderr: expect.stringContaining(`checks ${base}..HEAD`) });
    repo.git("checkout", "-q", "main");
    for (const event of [
      { CI_MERGE_REQUEST_DIFF_BASE_SHA: base, CI_COMMIT_BEFORE_SHA: ZEROS },
      { CI_COMMIT_BEFORE_SHA: base, CI_DEFAULT_BRANCH: "main" },
    ]) {
      for (const script of envseal.script) {
        const ran = shell(repo, script, { ...event, ENVSEAL_KEY: key });
        expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`checks ${base}..HEAD`) });
        expect(shell(repo, script, event).code).toBe(0);
      }
    }
  });

  it("circleci.yml: its step checks from the pipeline's base, given as a variable", () => {
    const { envseal } = parseYaml(written("circleci.yml")).jobs;
    expect(envseal.environment).toEqual({ ENVSEAL_BASE: "<< pipeline.git.base_revision >>" });
    const [, install, { run }] = envseal.steps;
    expect(install.run).toBe("(unset ENVSEAL_KEY; true)");
    const { repo, key, base } = leaked();
    expect(shell(repo, run, { ENVSEAL_BASE: base, ENVSEAL_KEY: key }, "bash")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`checks ${base}..HEAD`),
    });
    // What is mistyped must not pass for a first pipeline, which is checked less closely.
    expect(shell(repo, run, { ENVSEAL_BASE: "origin/main", ENVSEAL_KEY: key }, "bash")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("ENVSEAL_BASE is not the full id of a commit"),
    });
    // A branch's first pipeline has no base.
    expect(shell(repo, run, { ENVSEAL_BASE: "", ENVSEAL_KEY: key }, "bash").code).toBe(1);
  });

  it("docker: the build's command gets the values from the mounted key, and the key is in no instruction but that mount", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const instructions = template("docker/Dockerfile")
      .split("\n")
      .filter((row) => /^[A-Z]/.test(row));
    const [run, ...more] = instructions.filter((row) => row.includes("envseal_key"));
    expect(more).toEqual([]);
    expect(instructions.filter((row) => /^(ARG|ENV)\b/.test(row))).toEqual([]);
    const [, script = ""] = /^RUN --mount=type=secret,id=envseal_key (.*)$/.exec(run ?? "") ?? [];
    repo.write(
      "package.json",
      JSON.stringify({ scripts: { build: `node -e "console.log(process.env.API_KEY, process.env.ENVSEAL_KEY)"` } }),
    );
    repo.write("../secret", `${key}\n`);
    const here = script.replace("/run/secrets/envseal_key", repo.path("../secret")).replace("node_modules/.bin/envseal", `node ${CLI}`);
    expect(shell(repo, here).stdout).toContain(`${KEY} undefined`);
    const compose = parseYaml(template("docker/compose.yaml"));
    expect(compose.services.app.build.secrets).toEqual(Object.keys(compose.secrets));
    expect(compose.services.app.environment.ENVSEAL_KEY_FILE).toBe(`/run/secrets/${compose.services.app.secrets[0]}`);
  });

  it("systemd: the unit of docs/guide/ci.md starts from / as a service does, and not without its WorkingDirectory", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const [unit] = blocksOf("docs/guide/ci.md").filter(({ language }) => language === "ini");
    const settings = Object.fromEntries((unit?.text ?? "").split("\n").flatMap((row) => (row.includes("=") ? [splitAt(row)] : [])));
    const [credential, path] = (settings.LoadCredential ?? "").split(":");
    expect(path).toBe("/etc/app.key");
    repo.write(`../credentials/${credential}`, `${key}\n`);
    const [name, file] = splitAt((settings.Environment ?? "").replace("%d", repo.path("../credentials")));
    repo.install();
    repo.write("node_modules/.bin/envseal", `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
    chmodSync(repo.path("node_modules/.bin/envseal"), 0o755);
    repo.write("server.js", "console.log(process.env.API_KEY, process.env.ENVSEAL_KEY_FILE)");
    const folder = settings.WorkingDirectory ?? "none";
    expect(folder).toMatch(/^\//);
    const command = (settings.ExecStart ?? "").replace(folder, repo.folder).replace("/usr/bin/node", process.execPath).split(" ");
    const start = (cwd: string) => repo.execute(command, { cwd, env: { ...bareMachine(repo), [name]: file } });
    expect(start(repo.folder)).toMatchObject({ code: 0, stdout: `${KEY} undefined\n` });
    expect(start("/")).toMatchObject({ code: 2, stdout: "" });
  });

  it("kubernetes: the init container writes what the app's shell reads, from a read-only project", () => {
    const { repo, key } = project();
    const { initContainers, containers } = parseYaml(template("kubernetes/deployment.yaml")).spec.template.spec;
    const env = { ENVSEAL_KEY_FILE: repo.path("../secret") };
    repo.write("../secret", `${key}\n`);
    repo.write("../env/.keep", "");
    const local = (words: string[]) => words.map((word) => word.replace("/env/", repo.path("../env/")));
    const [program, ...args] = local(initContainers[0].command);
    expect(program).toBe("node_modules/.bin/envseal");
    // A read-only image has no place for a staging folder of its own.
    rmSync(repo.path(".git"), { recursive: true });
    const before = readdirSync(repo.folder);
    chmodSync(repo.folder, 0o555);
    const wrote = repo.envseal(args, { env: { ...repo.sandbox.otherHome("pod"), ...env } });
    chmodSync(repo.folder, 0o755);
    expect(readdirSync(repo.folder)).toEqual(before);
    expect(wrote).toMatchObject({ code: 0, stdout: "" });
    expect(statSync(repo.path("../env/env.sh")).mode & 0o777).toBe(0o600);
    const [sh = "", ...rest] = local(containers[0].command);
    const app = spawnSync(sh, [...rest, "node", "-e", "console.log(JSON.stringify(process.env))"], {
      env: bareMachine(repo),
      encoding: "utf8",
    });
    expect(JSON.parse(app.stdout)).toMatchObject(HOSTILE);
  });
});
