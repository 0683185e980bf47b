import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CLI, type Project, sealedProject } from "../support/sandbox.ts";
import { readBySystemd, readUnitFile, systemdIsHere } from "../support/systemd.ts";

const VALUES: Record<string, string> = {
  QUOTES: `a'b"c\`d`,
  DOLLAR: "$HOME ${PATH} $(id) `id`",
  BACKSLASH: "a\\b\\n\\\\ \\$x \\'",
  UNICODE: "grüße 🔑 日本",
  SPACES: "  both ends  ",
  HASH: "a # b",
  EMPTY: "",
  TRAILING: "ends in \\",
};
const LINES = "one\n  two $x \"q\" 'p'\nthree\\";

const has = (command: string, ...args: string[]) => spawnSync(command, args.length === 0 ? ["--version"] : args).status === 0;
const note = (here: boolean, what: string) => (here ? "" : ` (skipped: needs ${what})`);

function projectWith(values: Record<string, string>): Project {
  const project = sealedProject({ ".env": "" });
  for (const [name, value] of Object.entries(values)) project.ok(["set", name, "-q"], { input: value === "" ? "\n" : value });
  return project;
}

/** What a program started by `command` finds in its environment. */
function found(project: Project, command: string, args: readonly string[], names: Iterable<string>): Record<string, string | undefined> {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: project.folder, env: project.sandbox.env });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const env = new Map(
    stdout
      .toString()
      .split("\0")
      .map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]),
  );
  return Object.fromEntries([...names].map((name) => [name, env.get(name)]));
}

describe("export, read by the program it is for", () => {
  const all = { ...VALUES, LINES };
  const names = Object.keys(all);

  for (const shell of ["sh", "bash", "fish"]) {
    const here = has(shell, "-c", "exit 0");
    it.runIf(here)(`shell: ${shell}${note(here, shell)}`, () => {
      const project = projectWith(all);
      project.write("values", project.ok(["export", "--format", "shell"]).stdout);
      expect(found(project, shell, ["-c", ". ./values; env -0"], names)).toEqual(all);
    });
  }

  it("shell: fails in eval too, so that no script goes on without the values", () => {
    const project = projectWith({ A: "1" });
    const script = `eval "$(node '${CLI}' export --format shell)"; echo went on`;
    const env = { ...project.sandbox.env, ENVSEAL_KEY: "esk_default_AAAA" };
    for (const shell of ["sh", "bash", "zsh"].filter((name) => has(name, "-c", "exit 0"))) {
      const run = (env: NodeJS.ProcessEnv) => spawnSync(shell, ["-ec", script], { cwd: project.folder, env, encoding: "utf8" });
      expect(run(env), shell).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("MALFORMED_KEY") });
      expect(run(project.sandbox.env), shell).toMatchObject({ status: 0, stdout: "went on\n" });
    }
  });

  it("shell: says which names a shell sets by itself, whatever is assigned", () => {
    const own = { GROUPS: "admins", SECONDS: "root", USERNAME: "app" };
    const project = projectWith({ ...own, PLAIN: "x" });
    const { stdout, stderr } = project.ok(["export", "--format", "shell"]);
    project.write("values", stdout);
    const lost = (shell: string, names: readonly string[]) => {
      const values = has(shell, "-c", "exit 0") ? found(project, shell, ["-c", ". ./values; env -0"], names) : {};
      for (const [name, value] of Object.entries(values)) expect(value, `${name} in ${shell}`).not.toBe(own[name as keyof typeof own]);
    };
    lost("bash", ["GROUPS", "SECONDS"]);
    lost("zsh", ["USERNAME", "SECONDS"]);
    expect(stderr).toContain("GROUPS, SECONDS, USERNAME");
    expect(stderr).not.toMatch(/PLAIN|admins/);
    expect(project.ok(["export", "--format", "json"]).stderr).toBe("");
  });

  const direnv = has("direnv", "version");
  it.runIf(direnv)(`shell: direnv${note(direnv, "direnv")}`, () => {
    const project = projectWith(all);
    project.write(".envrc", project.ok(["export", "--format", "shell"]).stdout);
    spawnSync("direnv", ["allow", "."], { cwd: project.folder, env: project.sandbox.env });
    expect(found(project, "direnv", ["exec", ".", "env", "-0"], names)).toEqual(all);
  });

  it("docker: as its --env-file is documented, and no line break in it", () => {
    const project = projectWith(VALUES);
    const text = project.ok(["export", "--format", "docker"]).stdout;
    // Lines of NAME=VALUE; # only at a line's start; nothing is quoted, escaped or trimmed behind the =.
    const rows = text.split("\n").filter((row) => row !== "" && !row.startsWith("#"));
    expect(Object.fromEntries(rows.map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]))).toEqual(VALUES);
    const refused = projectWith({ LINES }).fails(["export", "--format", "docker"]);
    expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "", stderr: expect.stringContaining("LINES") });
    expect(refused.stderr).not.toContain("three");
  });

  const TABS = 'one\ttwo\n\n"three" \\\n end';

  it("systemd: as systemd.exec(5) documents EnvironmentFile=, and no control character in it", () => {
    const values = { ...all, TABS };
    const text = projectWith(values).ok(["export", "--format", "systemd"]).stdout;
    expect(readUnitFile(text)).toEqual(values);
    for (const value of ["a\rb", "a\u0007b", "a\u007fb"]) {
      const refused = projectWith({ BELL: value }).fails(["export", "--format", "systemd"]);
      expect(refused).toMatchObject({ error: "BAD_VALUE", stdout: "", stderr: expect.stringContaining("BELL") });
    }
  });

  it.runIf(systemdIsHere)(`systemd: read by its own code${note(systemdIsHere, "libsystemd-shared and python3")}`, () => {
    const project = projectWith({ ...all, TABS });
    project.ok(["export", "--format", "systemd", "--output", "app.env"]);
    expect(readBySystemd(project.path("app.env"))).toEqual({ ...all, TABS });
  });
});
