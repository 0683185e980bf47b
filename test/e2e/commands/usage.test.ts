import { describe, expect, it } from "vitest";
import { sealedProject } from "../../support/sandbox.ts";

describe("set, get, unset, list", () => {
  it.each([
    [["get", "NOPE"], "NOT_SET"],
    [["unset", "NOPE"], "NOT_SET"],
    [["set", "BÄD"], "BAD_NAME"],
    [["set", "__proto__"], "BAD_NAME"],
    [["get", "A", "-e", "nope"], "UNKNOWN_ENVIRONMENT"],
    [["get", "A", "-f", "README.md"], "USAGE"],
    [["get", "A", "-f", ".env.staging_eu"], "USAGE"],
    [["nope"], "USAGE"],
    [["get"], "USAGE"],
    [["get", "A", "B"], "USAGE"],
    [["get", "A", "--nope"], "USAGE"],
    [["get", "A", "-e"], "USAGE"],
    [["get", "A", "-e", "a", "-e", "b"], "USAGE"],
    [["run"], "USAGE"],
    [["run", "node"], "USAGE"],
    [["export", "--format", "xml"], "USAGE"],
    [["deploy-key", "create", "Bad Name"], "BAD_NAME"],
    [["completion", "tcsh"], "USAGE"],
  ])("%j ends with 2 and %s", (args, error) => {
    const project = sealedProject();
    expect(project.fails(args)).toMatchObject({ code: 2, error });
  });

  it("keeps numbers that only look like numbers", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.0012": "A=2\n", ".env.1e5": "A=3\n" });
    expect(project.ok(["get", "A", "-e", "0012"]).stdout).toBe("2\n");
    expect(project.ok(["get", "A", "-e", "1e5"]).stdout).toBe("3\n");
  });

  it("reports errors as JSON where JSON was asked for", () => {
    const { stderr } = sealedProject().envseal(["get", "NOPE", "--json"]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "NOT_SET", hint: expect.any(String) } });
  });
});
