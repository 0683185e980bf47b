import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deletedManifest } from "../../src/features/check/manifests.ts";
import { inspectFile, inspectName } from "../../src/guard/rules.ts";
import { shellWord } from "../../src/printable.ts";
import { sandbox } from "../support/sandbox.ts";

/** A `fix:` is there to be copied into a shell: a file's name in it must stay one word, whoever chose it. */

const HOSTILE = [
  "a b/.env",
  "$(touch INJECTED)/.env",
  "`touch INJECTED`.env",
  "x;touch INJECTED;.env",
  "x|touch INJECTED #.env",
  'it\'s "so"/.env',
  "$HOME/.env",
  "*.env",
  "~/.env",
  "!!.env",
  "a\\b.env",
  "a&b>c<d.env",
  "{a,b}.env",
  "line\nfeed.env",
  "tab\t.env",
];

describe("a name in a command to be copied", () => {
  it.each(HOSTILE)("%j is one word, of any shell, and starts nothing", (name) => {
    const { root } = sandbox();
    const shells = /[\n\t]/.test(name) ? ["bash"] : ["sh", "bash"];
    for (const shell of shells) {
      const { stdout } = spawnSync(shell, ["-c", `printf '<%s>' ${shellWord(name)}`], { cwd: root, encoding: "utf8" });
      expect(stdout).toBe(`<${name}>`);
    }
    expect(existsSync(join(root, "INJECTED"))).toBe(false);
  });

  it("that a terminal would obey shows as text, and is still the same file to bash", () => {
    const name = "\u001b[31m'red\\.env\u202e";
    expect(shellWord(name)).toMatch(/^[ -~]*$/);
    const { stdout } = spawnSync("bash", ["-c", `printf %s ${shellWord(name)}`], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    expect(stdout).toBe(name);
  });

  it.each([
    ["-rf", "./-rf"],
    [":(top).env", "'./:(top).env'"],
    ["", "''"],
  ])("%j is no option and no magic of git's", (name, word) => expect(shellWord(name)).toBe(word));

  it.each(["apps/web/.env", ".env.production", "a@b+c,d=e%f:g/.env", "ü/.env"])("%j stays as it is, or as it reads", (name) =>
    expect([name, `'${name}'`]).toContain(shellWord(name)),
  );

  it("is quoted in what the guards say", () => {
    const path = "x;touch INJECTED;/.env";
    const secret = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dc"].join("_");
    const found = [
      ...inspectName(path),
      ...inspectFile("x;touch INJECTED;/vars", Buffer.from(`API_KEY=${secret}\n`)),
      deletedManifest("x;touch INJECTED;/envseal.json"),
    ];
    expect(found).toHaveLength(3);
    for (const { fix } of found) expect(fix).toMatch(/ 'x;touch INJECTED;\/[.\w]+'/);
  });

  it("is taken by git for that file alone", () => {
    const project = sandbox().project({ "[a].env": "A=1\n", "a.env": "A=1\n" });
    project.git("add", "-A");
    const [finding] = inspectName("[a].env");
    const [command = ""] = /^git rm --cached \S+(?=,)/.exec(finding?.fix ?? "") ?? [];
    writeFileSync(project.path("fix.sh"), command);
    expect(project.execute(["sh", "fix.sh"]).code).toBe(0);
    expect(project.git("ls-files")).toBe("a.env\n");
  });
});
