import { describe, expect, it } from "vitest";
import { sealedProject } from "../support/sandbox.ts";

const findings = (stdout: string) =>
  (JSON.parse(stdout).findings as { rule: string; path: string }[]).map(({ rule, path }) => `${rule} ${path}`).sort();

describe("check", () => {
  it("says of a file with too many nested encodings that not all was looked into", () => {
    const project = sealedProject({ ".env": 'API_KEY="Zq7\'v&Lm2%xR9\\\\tK4wB"\n' });
    const escapes = ["%41", "&#65;", "\\x41", "\\41 ", "\\'41", "''", "=41", "\u200b"].map((one) => one.repeat(40)).join(" ");
    project.write("large", `${escapes}${"x y ".repeat(3_000_000)}`);
    project.git("add", "large");
    expect(project.envseal(["check", "--staged"]).stdout).toContain(
      "large has too many nested encodings: not all of them were looked into",
    );
  });

  it("finds plaintext by name wherever it is, and nothing in a sealed project", () => {
    const project = sealedProject();
    project.commitAll();
    expect(project.ok(["check", "--all"]).stderr).toContain("nothing found");
    expect(project.ok(["check", "--staged"]).stderr).toContain("0 files");
    const files = [
      ".env",
      ".env.local",
      ".ENV",
      "prod.env",
      "apps/web/.env.staging",
      ".envrc",
      ".dev.vars",
      ".env.keys",
      "test/.env.staging_eu",
      "a b/.env",
    ];
    for (const file of files) project.write(file, "A=1\n");
    project.write(".env.example", "API_KEY=\nPORT=3000\n");
    project.git("add", "-f", ...files, ".env.example");
    const result = project.envseal(["check", "--staged", "--json"]);
    expect(result.code).toBe(1);
    expect(findings(result.stdout)).toEqual(files.map((file) => `plaintext-file ${file}`).sort());
  });

  it("looks at the index, not at the work tree, and from any subfolder", () => {
    const project = sealedProject();
    project.commitAll();
    project.git("add", "-f", ".env");
    project.node(["-e", "fs.unlinkSync('.env'); fs.mkdirSync('deep/er', { recursive: true })"]);
    expect(findings(project.envseal(["check", "--staged", "--json"], { cwd: project.path("deep/er") }).stdout)).toEqual([
      "plaintext-file .env",
    ]);
  });

  it("--staged looks at the rest where a merge left files to people", () => {
    const project = sealedProject();
    project.write("a.txt", "1\n");
    project.commitAll();
    for (const branch of ["one", "two"]) {
      project.git("checkout", "-qb", branch, "main");
      project.write("a.txt", `${branch}\n`);
      project.commitAll();
    }
    expect(() => project.git("merge", "-q", "one")).toThrow();
    expect(project.ok(["check", "--staged"]).stdout).toBe("");
    project.write("prod.env", "A=1\n");
    project.git("add", "-f", "prod.env");
    expect(findings(project.envseal(["check", "--staged", "--json"]).stdout)).toEqual(["plaintext-file prod.env"]);
  });

  it.each([
    ["a plaintext value", (vault: string) => `${vault.replace(/^API_KEY=.*$/m, "API_KEY=hunter2hunter2")}`],
    ["a fake token", (vault: string) => vault.replace(/^API_KEY=.*$/m, "API_KEY=enc:hunter2hunter2")],
    ["a duplicate", (vault: string) => vault.replace(/^(API_KEY=.*)$/m, "$1\n\n$1")],
    ["conflict markers", (vault: string) => vault.replace(/^API_KEY/m, "<<<<<<< HEAD\nAPI_KEY")],
    ["a cut", (vault: string) => vault.slice(0, vault.indexOf("#end"))],
  ])("finds %s in a vault, and does not repeat it", (_, change) => {
    const project = sealedProject();
    project.commitAll();
    project.write(".env.vault", change(project.read(".env.vault")));
    project.git("add", ".env.vault");
    const result = project.envseal(["check", "--staged"]);
    expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining("[broken-vault]") });
    expect(result.stdout).not.toContain("hunter2");
  });

  it("looks for values in a plaintext file that the manifest lets through", () => {
    const project = sealedProject();
    project.write("test/.env.test", "A=1\n");
    project.ok(["allow", "plaintext-file", "--path", "test/.env.test", "--reason", "fixture", "-q"]);
    project.git("add", "-f", ".", ":!.env");
    project.git("commit", "-qm", "first");
    expect(project.envseal(["check", "--all"]).code).toBe(0);
    project.write("test/.env.test", "A=sk_live_0123456789\n");
    project.git("commit", "-qam", "leak");
    for (const scope of [["--all"], ["--range", "HEAD~1..HEAD"]])
      expect(project.envseal(["check", ...scope])).toMatchObject({ code: 1, stdout: expect.stringContaining("test/.env.test line 1") });
    expect(project.envseal(["scan"])).toMatchObject({ code: 1, stdout: expect.stringContaining("test/.env.test line 1") });
  });

  it("says that a vault of the work tree does not open, staged or not: nobody could search for its values", () => {
    const project = sealedProject();
    project.commitAll();
    project.write(".env.vault", project.read(".env.vault").replace(/^API_KEY=.*$/m, "API_KEY=enc:v1.AAAAAAAA:AAAA"));
    project.write("a.js", "'sk_live_0123456789'\n");
    project.git("add", "a.js");
    expect(project.envseal(["check", "--staged"])).toMatchObject({ code: 1, stdout: expect.stringContaining("[forged-vault]") });
  });

  it("says how many files of Git LFS are not here to be looked at", () => {
    const project = sealedProject();
    project.commitAll();
    for (const name of ["a.bin", "b.bin"])
      project.write(
        name,
        `version https://git-lfs.github.com/spec/v1\noid sha256:${"ab".repeat(31)}0${name.charCodeAt(0) % 10}\nsize 40\n`,
      );
    project.git("add", ".");
    const said = "2 files of Git LFS whose content is not in this clone: not looked at";
    expect(project.ok(["check", "--staged"]).stderr).toContain(said);
    project.git("commit", "-qm", "pointers");
    expect(project.ok(["check", "--range", "HEAD~1..HEAD"]).stderr).toContain(said);
  });

  it("finds a manifest that cannot be read", () => {
    const project = sealedProject();
    project.write("envseal.json", project.read("envseal.json").replace('"envseal": 1', '"envseal": 1,\n  "envseal": 1'));
    project.git("add", "envseal.json");
    expect(project.envseal(["check", "--staged"]).stdout).toContain("names a member twice");
  });

  it("says of a vault that is gone how it is dropped, and is silent when it is", () => {
    const project = sealedProject({ ".env": "API_KEY=sk_live_0123456789\n", "sub/.env": "B=2\n" });
    project.commitAll();
    project.git("rm", "-q", "sub/.env.vault");
    const how = "if it is gone for good, delete its entry from envseal.json";
    expect(project.ok(["status"]).stdout).toContain(how);
    const missing = { code: 1, stdout: expect.stringContaining("envseal.json lists sub/.env.vault, which is not there") };
    for (const scope of ["--staged", "--all"]) expect(project.envseal(["check", scope])).toMatchObject(missing);
    expect(project.envseal(["check", "--all"]).stderr).toContain(`sub/.env.vault is not here: its values were not searched for; ${how}`);
    const manifest = JSON.parse(project.read("envseal.json"));
    delete manifest.vaults["sub/.env.vault"];
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    project.commitAll("drop it");
    for (const scope of [["--all"], ["--range", "HEAD~1..HEAD"]]) {
      const { stdout, stderr } = project.ok(["check", ...scope]);
      expect(stdout + stderr).not.toContain("sub/");
    }
    expect(project.ok(["status"]).stdout).not.toContain("sub/");
    expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
  });
});
