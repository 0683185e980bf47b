import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { sandbox } from "../../support/sandbox.ts";

describe("status, doctor, help, completion", () => {
  it("help lists every command, and each command's own has an example", () => {
    const project = sandbox().project();
    const { stdout } = project.ok([]);
    for (const name of ["init", "set", "deploy-key", "run"]) expect(stdout).toContain(name);
    expect(project.ok(["help", "set"]).stdout).toContain("envseal set API_KEY");
    expect(project.ok(["set", "--help"]).stdout).toContain("--allow-older");
    expect(project.ok(["--version"]).stdout).toBe(`${JSON.parse(readFileSync("package.json", "utf8")).version}\n`);
  });

  it("help keeps to 80 columns, and each meaning to its own", () => {
    const project = sandbox().project();
    for (const args of [["help"], ...COMMANDS.map(({ name }) => ["help", name])]) {
      const { stdout } = project.ok(args);
      const [shown = "", examples = ""] = stdout.split("\nExamples:\n");
      expect(shown.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expect(
        examples
          .trimEnd()
          .split("\n")
          .filter((line) => line !== "")
          .every((line) => line.startsWith("  ")),
      ).toBe(true);
      expect(stdout).not.toMatch(/ $/m);
      expect(stdout).not.toMatch(/ {2}[A-Z][a-z]/);
    }
    const { stdout } = project.ok(["help", "export"]);
    expect(stdout).toContain(
      "  --output <PATH>    into a file (0600) instead of stdout; with --format github\n                     at its end, as $GITHUB_ENV needs it\n",
    );
  });

  for (const [shell, check] of [
    ["bash", "-n"],
    ["zsh", "-n"],
    ["fish", "--no-execute"],
  ] as const) {
    const here = spawnSync(shell, ["--version"]).error === undefined;
    it.runIf(here)(`prints a completion script that ${shell} accepts${here ? "" : ` (skipped: needs ${shell})`}`, () => {
      const project = sandbox().project();
      const script = project.ok(["completion", shell]).stdout;
      expect(script).toContain("deploy-key");
      project.write("script", script);
      expect(spawnSync(shell, [check, "script"], { cwd: project.folder }).status).toBe(0);
    });
  }

  it("bash completes commands, and options by command", () => {
    const project = sandbox().project();
    project.write(
      "c.sh",
      `${project.ok(["completion", "bash"]).stdout}\nCOMP_WORDS=(envseal de); COMP_CWORD=1; _envseal; echo "\${COMPREPLY[@]}"\nCOMP_WORDS=(envseal get --no); COMP_CWORD=2; _envseal; echo "\${COMPREPLY[@]}"\n`,
    );
    const result = project.node(["-e", "process.stdout.write(require('child_process').execFileSync('bash', ['c.sh']))"]);
    expect(result.stdout).toBe("decrypt deploy-key\n--no-newline\n");
  });
});
