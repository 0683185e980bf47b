import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

describe("deploy keys", () => {
  it("are listed, and end by revoke", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.production": "A=2\n" });
    project.ok(["deploy-key", "create", "ci", "-e", "production"]);
    expect(project.ok(["deploy-key", "list"]).stdout).toMatch(/ci\s+production\s+-\s+\d{4}/);
    expect(JSON.parse(project.ok(["deploy-key", "list", "--json"]).stdout)).toMatchObject([{ name: "ci", environments: ["production"] }]);
    project.ok(["revoke", "ci", "--yes"]);
    expect(JSON.parse(project.ok(["deploy-key", "list", "--json"]).stdout)).toEqual([]);
  });
});
