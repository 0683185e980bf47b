import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { CLI, sealedProject } from "../../support/sandbox.ts";

const lines = (text: string) => text.split("\n");

describe("set, get, unset, list", () => {
  it("refuses a byte order mark, which a file or PowerShell put before the value", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    expect(project.fails(["set", "A"], { input: "\uFEFFsecret\n" }).error).toBe("BAD_VALUE");
    expect(project.ok(["get", "A"]).stdout).toBe("1\n");
  });

  it("refuses an argument that is not UTF-8, in whose place node puts another letter", () => {
    const project = sealedProject({ ".env": "PORT=1\n" });
    const script = `exec node '${CLI}' set "PORT=$(printf 'caf\\351')"`;
    const { status, stderr } = spawnSync("sh", ["-c", script], { cwd: project.folder, env: project.sandbox.env, encoding: "utf8" });
    expect([status, stderr]).toEqual([2, expect.stringContaining("[BAD_VALUE]")]);
    expect(project.ok(["get", "PORT"]).stdout).toBe("1\n");
    project.ok(["set", "PORT=caf\u00e9"]);
  });

  it("drops no vault's values for a file that an editor emptied", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("empty.sh", ': >"$1"\n');
    const env = { EDITOR: `sh ${project.path("empty.sh")}` };
    expect(project.fails(["edit"], { env }).error).toBe("DIVERGED");
    expect(project.ok(["get", "A"]).stdout).toBe("1\n");
    project.ok(["edit", "--yes"], { env });
    expect(project.fails(["get", "A"]).error).toBe("NOT_SET");
  });

  it("says that an edit is gone where it cannot be sealed and nobody can be asked, and leaves no plaintext", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    project.write("bad.sh", 'echo "B=\'typed_value" >>"$1"\n');
    const refused = project.fails(["edit"], { env: { EDITOR: `sh ${project.path("bad.sh")}` } });
    expect(refused).toMatchObject({ error: "MALFORMED_DOTENV", stderr: expect.stringContaining("the edit is gone") });
    expect(refused.stderr).not.toContain("typed_value");
    expect(readdirSync(project.path(".git/envseal")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    const failing = project.fails(["edit"], { env: { EDITOR: "false" } });
    expect(failing).toMatchObject({ error: "EDITOR", stderr: expect.not.stringContaining("the edit is gone") });
  });

  it("changes one line for a value, at most two for a name, and none for what is there already", () => {
    const project = sealedProject({ ".env": "A=1\nB=2\nC=3\n" });
    const before = lines(project.read(".env.vault"));
    project.ok(["set", "B"], { input: "new\n" });
    const changed = lines(project.read(".env.vault"));
    expect(changed.filter((line, index) => line !== before[index])).toHaveLength(1);
    project.ok(["set", "D"], { input: "4" });
    const added = lines(project.read(".env.vault"));
    expect(added.filter((line) => line !== "" && !changed.includes(line))).toHaveLength(2);
    expect(project.ok(["set", "D"], { input: "4" }).stderr).toContain("already had this value");
    expect(lines(project.read(".env.vault"))).toEqual(added);
    expect(project.read(".env")).toBe("A=1\nB=new\nC=3\nD=4\n");
    expect(project.ok(["get", "B", "-n"]).stdout).toBe("new");
    project.ok(["require", "A", "-q"]);
    expect(project.ok(["unset", "A", "D", "-q"]).stderr).toContain(
      "envseal.json requires A: no app will start from .env.vault (envseal require A --remove)",
    );
    expect(project.ok(["list", "-q"]).stdout).toBe("B\nC\n");
    expect(project.read(".env")).toBe("B=new\nC=3\n");
  });

  it("require says which names are set in no vault, or were not required", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.staging": "A=1\nB=2\n" });
    expect(project.ok(["require", "A", "-e", "default"]).stderr).not.toContain("warning");
    const required = project.ok(["require", "B", "TYPO", "--all"]);
    expect(required.stderr).toContain(".env.vault has no B, TYPO: what loads it does not start until that is set");
    expect(required.stderr).toContain(".env.staging.vault has no TYPO: what loads it");
    expect(project.ok(["require", "TYPO", "OTHER", "--remove", "--all"]).stderr).toMatch(/warning: OTHER was not required\n(?!warning)/);
    expect(JSON.parse(project.read("envseal.json")).environments.default.settings.required).toEqual(["A", "B"]);
  });

  it("refuses a secret in argv, names the other ways, and does not repeat it", () => {
    const project = sealedProject();
    const refused = project.fails(["set", "API_KEY=hunter2hunter2"]);
    expect(refused).toMatchObject({ code: 2, error: "USAGE" });
    expect(refused.stderr).toContain("stdin");
    expect(refused.stderr).not.toContain("hunter2");
    project.ok(["set", "PORT=4000"]);
    expect(project.read(".env.vault")).toContain("PORT='4000' # enc:");
  });

  it("takes no input for no value, and an empty line for an empty one", () => {
    const project = sealedProject();
    expect(project.fails(["set", "API_KEY"], { input: "" })).toMatchObject({ code: 2, error: "BAD_VALUE" });
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
    project.ok(["set", "API_KEY"], { input: "\n" });
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("\n");
  });

  it.each([
    ["a multi-line value", "-----BEGIN-----\nabc\n-----END-----"],
    ["quotes of every kind", "a'b\"c`d"],
    ["a backslash at the end", "C:\\new\\"],
    ["what a shell would expand", "$(id) ${HOME} `id` !x"],
    ["spaces and #", "  a # b  "],
    ["unicode", "päss🔑wörd"],
    ["CRLF", "a\r\nb"],
  ])("keeps %s", (_, value) => {
    const project = sealedProject();
    project.ok(["set", "V"], { input: value });
    expect(project.ok(["get", "V", "-n"]).stdout).toBe(value);
    expect(JSON.parse(project.ok(["get", "V", "--json"]).stdout)).toEqual({ name: "V", value });
    expect(parse(project.ok(["decrypt", "--stdout"]).stdout).V).toBe(value);
    expect(parse(project.bytes(".env")).V).toBe(value);
  });
});
