import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { committed, git, guards, KEY } from "./repository.ts";

describe("hooks", () => {
  it("find node without PATH; without node or envseal they stop the commit and name what is staged", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const bare = join(project.sandbox.root, "bare");
    mkdirSync(bare);
    for (const tool of ["git", "sh", "cat", "grep", "sed", "tr", "dirname", "rm"])
      symlinkSync(spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim(), join(bare, tool));
    expect(guards(project, { PATH: bare })).toBe(true);
    project.git("config", "envseal.node", "/nowhere/node");
    project.git("add", "-f", ".env");
    const usual = ["/opt/homebrew/bin/node", "/usr/local/bin/node", "/usr/bin/node"].some(existsSync);
    if (!usual) {
      const stopped = git(project, ["commit", "-qm", "x"], { PATH: bare });
      expect(stopped).toMatchObject({
        code: 1,
        output: expect.stringMatching(/cannot find node[\s\S]*plaintext is staged: \.env\n[\s\S]*core\.hooksPath/),
      });
    }
    project.git("config", "envseal.node", process.execPath);
    for (const name of ["\u001b[31mred\r/.env", "\u009b31m\u202e.env", "in\nvalid.env"]) project.write(name, "A=1\n");
    writeFileSync(Buffer.from(project.path("latin\xe9.env"), "latin1"), "A=1\n");
    project.git("add", "-f", ".");
    rmSync(project.copy(), { recursive: true });
    const stopped = git(project, ["commit", "-qm", "x"]);
    expect(stopped).toMatchObject({ code: 1, output: expect.stringMatching(/cannot find envseal[\s\S]*plaintext is staged: \.env\n/) });
    // Names are shown, and nothing that a terminal obeys.
    expect(stopped.output).toMatch(/^[ -~\n]*$/);
    expect(stopped.output).toMatch(/staged: \?\[31mred\?\/\.env\n/);
    expect(stopped.output).toMatch(/staged: latin\?\.env\n/);
    expect(stopped.output).toMatch(/staged: in\?valid\.env\n/);
    expect(stopped.output.match(/is staged/g)).toHaveLength(5);
  });

  it("stop where they cannot look: a broken manifest, an object that is gone, a time limit", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("a.js", "1\n");
    project.git("add", "a.js");
    const good = project.read("envseal.json");
    project.write("envseal.json", good.slice(0, -20));
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({ code: 1, output: expect.stringContaining("MALFORMED_MANIFEST") });
    project.write("envseal.json", good);
    expect(git(project, ["commit", "-qm", "x"], { ENVSEAL_HOOK_TIMEOUT: "0.001" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("[TIMEOUT]"),
    });
    for (const limit of ["10m", "0", "-1", "NaN"])
      expect(git(project, ["commit", "-qm", "x"], { ENVSEAL_HOOK_TIMEOUT: limit })).toMatchObject({
        code: 1,
        output: expect.stringMatching(/ENVSEAL_HOOK_TIMEOUT is no number of seconds.*\[USAGE\]/),
      });
    for (const limit of ["", "99999999", "Infinity"])
      expect(project.envseal(["hook", "pre-commit"], { env: { ENVSEAL_HOOK_TIMEOUT: limit } })).toMatchObject({ code: 0, stderr: "" });
    const oid = project.git("rev-parse", ":a.js").trim();
    rmSync(project.path(".git/objects", oid.slice(0, 2), oid.slice(2)), { force: true });
    expect(git(project, ["commit", "-qm", "x"])).toMatchObject({ code: 1, output: expect.stringMatching(/cannot read|invalid object/) });
  });

  it("search with no key for names and forms only, and say what was not searched", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    const keyless = { XDG_CONFIG_HOME: join(project.sandbox.root, "none"), XDG_STATE_HOME: join(project.sandbox.root, "none") };
    project.write("a.js", `"${KEY}"\n`);
    project.git("add", "a.js");
    expect(git(project, ["commit", "-qm", "x"], keyless)).toMatchObject({
      code: 0,
      output: expect.stringContaining("no key at hand for default: its values were not searched for"),
    });
    project.git("add", "-f", ".env");
    expect(git(project, ["commit", "-qm", "x"], keyless)).toMatchObject({ code: 1, output: expect.stringContaining("plaintext-file") });
  });
});
