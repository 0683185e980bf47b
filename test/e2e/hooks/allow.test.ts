import { describe, expect, it } from "vitest";
import { committed, git, KEY } from "./repository.ts";

describe("allow", () => {
  it("lets a finding through for a reason, until a date, and only by a key holder's word", () => {
    const project = committed();
    project.ok(["hooks", "install"]);
    project.write("docs/example.md", `${KEY}\n`);
    project.git("add", "docs");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    expect(project.fails(["allow", "leak", "--path", "docs/example.md"]).error).toBe("USAGE");
    expect(project.fails(["allow", "leak", "--reason", "all of it"]).error).toBe("USAGE");
    expect(project.fails(["allow", "everything", "--name", "A", "--reason", "x"]).error).toBe("USAGE");
    project.ok(["allow", "leak", "--path", "docs/example.md", "--reason", "a test key", "--expires", "2020-01-01"]);
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    project.ok(["allow", "leak", "--path", "docs/example.md", "--reason", "a test key"]);
    project.git("add", "envseal.json");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(0);
    project.write("other.md", `${KEY}\n`);
    project.git("add", "other.md");
    expect(git(project, ["commit", "-qm", "x"]).code).toBe(1);
    const forged = JSON.parse(project.read("envseal.json"));
    forged.environments.default.settings.allow.push({ rule: "leak", path: "other.md", reason: "mine" });
    project.write("envseal.json", JSON.stringify(forged, null, 2));
    expect(git(project, ["commit", "-qm", "x"]).code).not.toBe(0);
  });

  it("counts without a key where the base of a range says so, and never where the range itself does", () => {
    const project = committed();
    const nobody = { env: project.sandbox.otherHome("nobody") };
    const checked = () => {
      const { code, stdout } = project.envseal(["check", "--range", "HEAD~1..HEAD", "-q"], nobody);
      return [code, ...(stdout.match(/^finding \S+/gm) ?? [])];
    };
    project.ok(["allow", "plaintext-file", "--path", "fixtures/prod.env", "--reason", "a fixture", "-q"]);
    project.ok(["allow", "plaintext-file", "--path", "old.env", "--reason", "a fixture", "--expires", "2020-01-01", "-q"]);
    project.write("fixtures/prod.env", "A=1\n");
    project.git("add", "-f", "fixtures");
    project.commitAll("with its own entry");
    expect(checked()).toEqual([1, "finding fixtures/prod.env"]);
    project.write("fixtures/prod.env", "A=2\n");
    project.commitAll("with an entry of the base's");
    expect(checked()).toEqual([0]);
    for (const path of ["prod.env", "old.env", "fixtures/other.env"]) project.write(path, "A=1\n");
    project.git("add", "-f", "prod.env", "old.env", "fixtures");
    project.commitAll("others");
    expect(checked()).toEqual([1, "finding fixtures/other.env", "finding old.env", "finding prod.env"]);
  });
});
