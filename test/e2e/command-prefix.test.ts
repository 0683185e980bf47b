import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { ROOT, sealedProject } from "../support/sandbox.ts";

/** As `npm install` puts it there; npx and npm's scripts have node_modules/.bin before PATH. */
function installed() {
  const project = sealedProject();
  const bin = project.path("node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  for (const name of ["dist", "hooks", "templates", "package.json"])
    cpSync(join(ROOT, name), project.path("node_modules", "envseal", name), { recursive: true });
  for (const name of ["@noble", "@scure", "yaml"]) symlinkSync(join(ROOT, "node_modules", name), project.path("node_modules", name));
  symlinkSync(join("..", "envseal", "dist", "bin", "cli.js"), join(bin, "envseal"));
  const path = [bin, dirname(process.execPath), "/usr/bin", "/bin"];
  const run = (args: readonly string[], folders = path) =>
    project.execute([process.execPath, join(bin, "envseal"), ...args], { env: { PATH: folders.join(delimiter) } });
  return { project, path, run };
}

describe("a hint's command can be typed as it stands", () => {
  it("with npx, where envseal is in a project's node_modules alone", () => {
    const { run } = installed();
    expect(run(["get", "NOPE"]).stderr).toContain("  hint: npx envseal list shows the names\n");
    expect(run(["setx"]).stderr).toContain("did you mean set?");
    expect(run(["rotate"]).stderr).not.toMatch(/(?<!npx )envseal [a-z]/);
    expect(run(["run"]).stderr).toContain("hint: npx envseal run -- COMMAND");
    expect(run(["hooks", "status"]).stdout).toContain("\nfix: npx envseal hooks install\n");
    expect(run(["doctor"]).stdout).toContain("      fix: npx envseal hooks install\n");
    expect(JSON.parse(run(["get", "NOPE", "--json"]).stderr).error.hint).toBe("envseal list shows the names");
  });

  it("with npx in what git prints of a merge, which starts the program's copy", () => {
    const { project, path, run } = installed();
    expect(run(["hooks", "install"]).code).toBe(0);
    project.write(".gitignore", `${project.read(".gitignore")}node_modules\n`);
    project.commitAll("first");
    const set = (value: string) => project.ok(["set", "API_KEY"], { input: value });
    project.git("checkout", "-qb", "side");
    set("sk_live_of_the_side");
    project.git("commit", "-qam", "side");
    project.git("checkout", "-q", "-");
    set("sk_live_of_the_main");
    project.git("commit", "-qam", "main");
    const { code, stderr } = project.execute(["git", "merge", "side"], { env: { PATH: path.join(delimiter) } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("; to settle it: npx envseal resolve\n") });
  });

  it("without, where the shell finds one, or it runs from elsewhere", () => {
    const { project, path, run } = installed();
    const folder = join(project.sandbox.root, "bin");
    mkdirSync(folder);
    writeFileSync(join(folder, "envseal"), "#!/bin/sh\n");
    chmodSync(join(folder, "envseal"), 0o755);
    expect(run(["get", "NOPE"], [...path, folder]).stderr).toContain("  hint: envseal list shows the names\n");
    expect(project.envseal(["get", "NOPE"]).stderr).toContain("  hint: envseal list shows the names\n");
  });

  it("for every command there is", () => {
    const names = /NAMES =\s+"([^"]+)"/.exec(readFileSync(join(ROOT, "src/ui/command-prefix.ts"), "utf8"))?.[1]?.split("|");
    expect(names).toEqual([...COMMANDS.map(({ name }) => name), "help"].sort());
  });
});
