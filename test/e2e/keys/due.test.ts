import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

describe("what is due", () => {
  it("warns of an old key and an old backup, in status and doctor", () => {
    const project = sealedProject({ ".env": "A=1\n" });
    expect(project.envseal(["doctor"]).stdout).toMatch(/ok\s+key of default: v1 is 0 days old, of 365/);
    expect(project.ok(["status"]).stdout).not.toMatch(/\bdue\b/);
    const manifest = JSON.parse(project.read("envseal.json"));
    const [key] = Object.values(manifest.environments.default.statement.keys) as { created: string }[];
    (key as { created: string }).created = "2020-01-01T00:00:00Z";
    project.write("envseal.json", JSON.stringify(manifest, null, 2));
    const doctor = project.fails(["doctor"]).stdout;
    expect(doctor).toMatch(/fail\s+key of default: v1 is \d+ days old, of 365\n\s+fix: envseal rotate -e default/);
    expect(doctor).toMatch(/fail\s+backup: none was verified yet/);
    expect(project.ok(["status"]).stdout).toMatch(/due for rotation[\s\S]*no backup of the keys/);
    expect(project.ok(["keys"]).stdout).toContain("(due)");
    expect(project.envseal(["check", "--all"]).stderr).toMatch(/warning: the key of default is \d+ days old and due/);
  });
});
