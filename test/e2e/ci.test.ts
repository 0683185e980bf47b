import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { bareMachine, parseEnvironmentFile, runAction, workflowCommands } from "../support/runner.ts";
import { Project, ROOT, sandbox, sealedProject } from "../support/sandbox.ts";

const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const HOSTILE: Record<string, string> = {
  API_KEY: KEY,
  PEM: "-----BEGIN KEY-----\r\nMIIEvQIBADANBg\n  indented line 7\n-----END KEY-----\n",
  QUOTES: `it's "quoted" \`here\` $(id) \${HOME} \\n`,
  UNICODE: "päss🔑wörd\u2028next",
  PERCENT: "100%25 %0A %0D %",
  SPACES: "  around  ",
  EMPTY: "",
  DELIMITER: "EOF\nenvseal_000000000000000000000000\nINJECTED=1\nINJECTED<<EOF\nx\nEOF",
  COMMAND: "::set-env name=INJECTED::1\n::stop-commands::x\n##[add-path]/evil\r::error::injected",
  ESCAPED: "x%0A::warning::injected",
};

/** Committed and pushed nowhere; `key` opens it. */
function project(values = HOSTILE): { repo: Project; key: string } {
  const repo = sealedProject({ ".env": "API_KEY=1\n", "README.md": "# app\n" });
  for (const [name, value] of Object.entries(values)) repo.ok(["set", name, "-q"], { input: value === "" ? "\n" : `${value}\n` });
  const key = repo.ok(["deploy-key", "create", "ci", "-e", "default"]).stdout.trim();
  repo.commitAll("first");
  return { repo, key };
}

const head = (repo: Project, revision = "HEAD") => repo.git("rev-parse", revision).trim();
const pull = (base: string) => ({ pull_request: { base: { sha: base } }, repository: { default_branch: "main" } });
const push = (before: string) => ({ before, repository: { default_branch: "main" } });
const ZEROS = "0".repeat(40);

/** Every line of a value: what a log must not show. */
const pieces = Object.values(HOSTILE).flatMap((value) =>
  value
    .split(/[\r\n]+/)
    .map((row) => row.trim())
    .filter((row) => row.length > 2),
);

describe("the action's values", () => {
  it("reach the next step exactly, and no line of the log holds one but the masks, which come first", () => {
    const { repo, key } = project();
    const ran = runAction(repo, { key }, { event: pull(head(repo)) });
    expect(ran.stderr).not.toContain("envseal:");
    expect(ran.code).toBe(0);
    expect(ran.env).toEqual(HOSTILE);
    const rows = (ran.stdout + ran.stderr).split(/\r\n|\r|\n/);
    const masks = rows.findIndex((row) => !row.startsWith("::add-mask::"));
    expect(masks).toBeGreaterThan(pieces.length);
    for (const row of rows.slice(masks)) for (const piece of pieces) expect(row).not.toContain(piece);
  });

  it("cannot inject a workflow command, and every one of their lines is masked as it would be logged", () => {
    const { repo, key } = project();
    const ran = runAction(repo, { key, check: "false" });
    const commands = workflowCommands(ran.stdout + ran.stderr);
    expect([...new Set(commands.map(({ command }) => command))]).toEqual(["add-mask"]);
    const masked = commands.map(({ data }) => data);
    expect(masked.every((data) => data.trim() !== "")).toBe(true);
    for (const value of Object.values(HOSTILE)) {
      for (const row of [value, ...value.split(/[\r\n]/)]) if (row.trim() !== "") expect(masked).toContain(row);
    }
  });

  it("are masked where they are secret; a public one would only star out the log", () => {
    const repo = sealedProject({ ".env": `API_KEY=${KEY}\nPORT=3000\n` });
    const key = repo.ok(["deploy-key", "create", "ci"]).stdout.trim();
    expect(repo.read(".env.vault")).toMatch(/^PORT='?3000'?/m);
    const ran = runAction(repo, { key, check: "false" });
    expect(ran.env).toEqual({ API_KEY: KEY, PORT: "3000" });
    expect(workflowCommands(ran.stdout)).toEqual([{ command: "add-mask", data: KEY }]);
  });

  it("go to a file of mode 0600, also where another stood, and not into the environment unless wanted", () => {
    const { repo, key } = project();
    repo.write("out/app.env", "stale");
    const ran = runAction(repo, { key, export: "false", file: "out/app.env", check: "false" });
    expect(ran).toMatchObject({ code: 0, env: {} });
    expect(statSync(repo.path("out/app.env")).mode & 0o777).toBe(0o600);
    expect(parse(repo.bytes("out/app.env"))).toEqual(HOSTILE);
    expect(ran.stdout.split("\n").filter((row) => row !== "" && !row.startsWith("::add-mask::"))).toEqual([]);
  });

  it("are those of the environment that was asked for; a wrong key fails and writes nothing", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const none = runAction(repo, { key: key.slice(0, -4), check: "false" });
    expect(none).toMatchObject({ code: 3, env: {}, stdout: "" });
    expect(runAction(repo, { key, environment: "nope", check: "false" })).toMatchObject({ code: 2, env: {} });
    expect(runAction(repo, { key, environment: "default", check: "false" }).env).toEqual({ API_KEY: KEY });
  });

  it("join what other steps wrote to the environment file, whose last line may be open", () => {
    const { repo } = project({ API_KEY: KEY });
    repo.write("../github-env", "EARLIER=1");
    repo.ok(["export", "--format", "github", "--output", "../github-env"]);
    expect(parseEnvironmentFile(repo.read("../github-env"))).toEqual({ EARLIER: "1", API_KEY: KEY });
  });
});

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

describe("the action's check", () => {
  it("passes without a key, with one notice, and still refuses plaintext", () => {
    const { repo } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("a.js", "1\n");
    repo.commitAll("harmless");
    const ran = runAction(repo, { file: "x.env" }, { event: pull(base) });
    expect(ran).toMatchObject({ code: 0, env: {} });
    expect(workflowCommands(ran.stdout + ran.stderr)).toEqual([{ command: "notice", data: expect.stringContaining("no key is injected") }]);
    repo.git("add", "-f", ".env");
    repo.git("commit", "-qm", "oops");
    expect(runAction(repo, {}, { event: pull(base) })).toMatchObject({ code: 1, stdout: expect.stringMatching(/^::error file=\.env,/m) });
  });

  it("fails on a leak with an annotation and SARIF, and shows no value", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("src/a.js", `\n"${KEY}"\n`);
    repo.commitAll("oops");
    for (const event of [pull(base), push(base), { merge_group: { base_sha: base } }]) {
      const ran = runAction(repo, { key, export: "false", sarif: "out.sarif" }, { event });
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/^::error file=src\/a\.js,line=2,title=envseal%3A leak::/) });
      expect(ran.stdout + ran.stderr).not.toContain(KEY);
      const { runs } = JSON.parse(repo.read("out.sarif"));
      expect(runs[0].results).toMatchObject([{ ruleId: "leak", level: "error" }]);
    }
    const clean = runAction(repo, { key, export: "false", range: "HEAD..HEAD", sarif: "out.sarif" });
    expect(clean).toMatchObject({ code: 0, stdout: "" });
    expect(JSON.parse(repo.read("out.sarif")).runs[0].results).toEqual([]);
    expect(runAction(repo, { key, check: "false" }, { event: push(base) }).code).toBe(0);
  });

  it("takes a new or a rewritten branch from where it left the default one, and a first push whole", () => {
    const { repo, key } = project({ API_KEY: KEY });
    repo.write("a.js", `"${KEY}"\n`);
    repo.commitAll("already on main");
    const branch = repo.clone("clone");
    expect(runAction(branch, { key, export: "false" }, { event: push(ZEROS) })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("checks every file"),
    });
    branch.git("checkout", "-qb", "topic");
    branch.write("b.js", "1\n");
    branch.commitAll("new");
    for (const before of [ZEROS, "1".repeat(40)]) {
      const ran = runAction(branch, { key, export: "false" }, { event: push(before) });
      expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(`checks ${head(repo)}..HEAD`) });
    }
  });

  it("says to fetch everything where the base is missing from a shallow clone", () => {
    const { repo, key } = project({ API_KEY: KEY });
    const base = head(repo);
    repo.write("a.js", "1\n");
    repo.commitAll("more");
    repo.git("clone", "-q", "--depth", "1", `file://${repo.folder}`, "../shallow");
    const shallow = new Project(repo.sandbox, repo.path("../shallow"));
    for (const event of [pull(base), push(base), push(ZEROS), {}])
      expect(runAction(shallow, { key, export: "false" }, { event })).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("fetch-depth: 0"),
      });
  });
});

/** The steps of a template that run something, with `npx` standing in for the registry's. */
const template = (name: string) => readFileSync(join(ROOT, "templates/ci", name), "utf8");

function shell(repo: Project, script: string, env: Record<string, string> = {}, shellName = "sh") {
  const { status, stdout, stderr } = spawnSync(shellName, ["-ec", script.replaceAll("VERSION", "0.0.0")], {
    cwd: repo.folder,
    env: { ...bareMachine(repo), ...env },
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

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
    const workflow = parseYaml(template("github.yml"));
    const [checkout, , step] = workflow.jobs.envseal.steps;
    expect(checkout.with["fetch-depth"]).toBe(0);
    expect(workflow.permissions).toEqual({ contents: "read" });
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
    const { envseal } = parseYaml(template("gitlab.yml"));
    expect(envseal.variables.GIT_DEPTH).toBe("0");
    const { repo, key, base } = leaked();
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
    const { envseal } = parseYaml(template("circleci.yml")).jobs;
    expect(envseal.environment).toEqual({ ENVSEAL_BASE: "<< pipeline.git.base_revision >>" });
    const { run } = envseal.steps[1];
    const { repo, key, base } = leaked();
    expect(shell(repo, run, { ENVSEAL_BASE: base, ENVSEAL_KEY: key }, "bash")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`checks ${base}..HEAD`),
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
    const here = script.replace("/run/secrets/envseal_key", repo.path("../secret")).replace("npx envseal", "npx --yes envseal@VERSION");
    expect(shell(repo, here).stdout).toContain(`${KEY} undefined`);
    const compose = parseYaml(template("docker/compose.yaml"));
    expect(compose.services.app.build.secrets).toEqual(Object.keys(compose.secrets));
    expect(compose.services.app.environment.ENVSEAL_KEY_FILE).toBe(`/run/secrets/${compose.services.app.secrets[0]}`);
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
    const again = repo.ok(["init", "--yes", "--ci", system]);
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
