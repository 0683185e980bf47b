import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { type Project, ROOT, sandbox } from "../../support/sandbox.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const PLACES = [
  ["github", ".github/workflows/envseal.yml"],
  ["gitlab", ".gitlab-ci.yml"],
  ["circleci", ".circleci/config.yml"],
] as const;

/** What a file of ours runs, with the variables of each. */
function stepsOf(system: string, text: string): { run: string; env: Record<string, string> }[] {
  const file = parseYaml(text);
  if (system === "gitlab") return [...file.envseal.before_script, ...file.envseal.script].map((run: string) => ({ run, env: {} }));
  return file.jobs.envseal.steps.flatMap(({ run, env = {} }: { run?: string; env?: object }) => (run === undefined ? [] : [{ run, env }]));
}

const made = (project: Project, system: string, path: string) => {
  project.ok(["init", "--yes", "--no-hooks", "-q", "--ci", system]);
  const text = project.read(path);
  expect(text).not.toMatch(/\b(KEYS|INSTALL|PROGRAM|BRANCH|VERSION)\b|npx/);
  return { text, steps: stepsOf(system, text) };
};

describe("init --ci", () => {
  it.each(PLACES)("%s: plans and writes its file once, and leaves a foreign one alone", (system, path) => {
    const repo = sandbox().project({ ".env": "A=1\n" });
    const first = repo.ok(["init", "--yes", "--no-hooks", "--ci", system]);
    expect(first.stderr).toContain(`change    ${path}`);
    const written = repo.read(path);
    const again = repo.ok(["init", "--yes", "--no-hooks", "--ci", system]);
    expect(again).toMatchObject({ stdout: "", stderr: expect.stringContaining("nothing to do") });
    repo.write(path, "# ours, no envseal check yet\nbuild:\n  script: make\n");
    const foreign = repo.ok(["init", "--yes", "--ci", system]);
    expect(parseYaml(foreign.stdout)).toEqual(parseYaml(written));
    expect(foreign.stderr).toContain(`${path} is there already`);
    expect(repo.read(path)).toBe("# ours, no envseal check yet\nbuild:\n  script: make\n");
  });

  it("comes later too, from a project in a subfolder, at the top of the repository", () => {
    const app = sandbox().project(
      { ".env": "A=1\n", "package-lock.json": '{"packages":{"node_modules/envseal":{}, "x": {"envseal": "1"}}}' },
      { git: false, name: "repo/my app" },
    );
    app.ok(["init", "--yes", "--no-hooks"]);
    app.git("init", "-q", "..");
    expect(app.fails(["init", "--yes", "--ci", "jenkins"])).toMatchObject({ code: 2, error: "USAGE" });
    const { steps } = made(app, "github", "../.github/workflows/envseal.yml");
    const pin = app.ok(["pin", "-q"]).stdout.trim();
    expect(steps.map(({ run }) => run)).toEqual([
      "cd 'my app' && npm ci --ignore-scripts",
      `'my app/node_modules/.bin/envseal' check --ci --pin=${pin} --format github`,
    ]);
    expect(app.ok(["init", "--yes", "--no-hooks", "--ci", "github"]).stderr).toContain("nothing to do");
  });

  it.each(PLACES)("%s: installs what the lock file names, without scripts and without the keys of all environments", (system, path) => {
    const project = sandbox().project({ ".env": "A=1\n", ".env.production": "A=2\n", ".env.staging-eu": "A=3\n" });
    project.git("commit", "-q", "--allow-empty", "-m", "first");
    project.git("branch", "-m", "trunk");
    // A package whose scripts would tell the keys.
    project.write(
      "evil/package.json",
      JSON.stringify({ name: "evil", version: "1.0.0", scripts: { install: "env >>../told", postinstall: "env >>../told" } }),
    );
    project.write("envseal/package.json", JSON.stringify({ name: "envseal", version: "9.0.0", bin: "cli.js" }));
    project.write("envseal/cli.js", "#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join(' '));\n");
    project.write(
      "package.json",
      JSON.stringify({ name: "app", dependencies: { evil: "file:evil", envseal: "file:envseal" }, scripts: { prepare: "env >>told" } }),
    );
    const env = { npm_config_cache: join(project.sandbox.root, "npm") };
    expect(project.execute(["npm", "install", "--package-lock-only", "--ignore-scripts", "--offline"], { env })).toMatchObject({ code: 0 });
    const { text, steps } = made(project, system, path);
    const keys = ["ENVSEAL_KEY_DEFAULT", "ENVSEAL_KEY_PRODUCTION", "ENVSEAL_KEY_STAGING_EU"];
    for (const key of keys) expect(text).toContain(key);
    const [install, check] = steps.slice(-2);
    if (system === "github") {
      expect(parseYaml(text).on.push.branches).toEqual(["trunk"]);
      expect(check?.env).toEqual(Object.fromEntries(keys.map((key) => [key, `\${{ secrets.${key} }}`])));
      expect(install?.env).toEqual({});
    }
    const given = Object.fromEntries(keys.map((key) => [key, "esk_key"]));
    const inJob = system === "github" ? {} : given;
    const told = `${install?.run.replace("npm ci", "env | grep -c ENVSEAL_KEY; npm ci --offline")}`;
    expect(project.execute(["sh", "-c", told], { env: { ...env, ...inJob } })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0\n/),
    });
    expect(existsSync(project.path("told"))).toBe(false);
    expect(project.execute(["sh", "-c", check?.run ?? ""], { env }).stdout).toMatch(/^check --ci/);
  });

  it.each([
    [
      "pnpm-lock.yaml",
      "lockfileVersion: '9.0'\n\nimporters:\n  .:\n    dependencies:\n      envseal:\n        specifier: ^1\n",
      /^corepack enable && pnpm install --frozen-lockfile --ignore-scripts$/,
    ],
    ["yarn.lock", '# yarn lockfile v1\n\n\nenvseal@^1.0.0:\n  version "1.0.0"\n', /^yarn install --frozen-lockfile --ignore-scripts$/],
    [
      "yarn.lock",
      '\n__metadata:\n  version: 8\n\n"envseal@npm:^1.0.0":\n  version: 1.0.0\n',
      /yarn install --immutable --mode=skip-build$/,
    ],
    [
      "package-lock.json",
      '{"packages":{"node_modules/not-envseal":{}}}',
      /^cd \/ && npm install --prefix \/tmp\/envseal --ignore-scripts .*envseal@\d/,
    ],
    ["go.mod", "module app\n", /^cd \/ && npm install --prefix \/tmp\/envseal/],
  ])("with %s: %#", (name, text, install) => {
    const project = sandbox().project({ ".env": "A=1\n", [name]: text });
    const { steps } = made(project, "github", ".github/workflows/envseal.yml");
    expect(steps[0]?.run).toMatch(install);
    if (steps[0]?.run.includes("/tmp")) {
      expect(steps[0]?.run).toContain(`envseal@${version}`);
      expect(steps[1]?.run).toMatch(/^\/tmp\/envseal\/node_modules\/\.bin\/envseal check/);
    }
  });
});
