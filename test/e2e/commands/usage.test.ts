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

  it.each([
    [["get", "A", "-e"], ": --env needs a value"],
    [["get", "A", "--env", "-q"], ": --env needs a value"],
    [["get", "A", "--json=1"], ": --json takes no value"],
    [["get", "A", "--nope=hush"], " does not take --nope"],
  ])("%j says what is wrong with the option", (args, what) => {
    expect(sealedProject().fails(args).stderr).toBe(`envseal: envseal get${what} [USAGE]\n  hint: envseal help get\n`);
  });

  it("names the option that chooses one of several environments, and none that the command does not take", () => {
    const project = sealedProject({ ".env": "A=1\n", ".env.staging": "A=2\n" });
    const { error, stderr } = project.fails(["keys", "suspend", "v1"]);
    expect(error).toBe("AMBIGUOUS_ENVIRONMENT");
    expect(stderr).toContain("hint: a key version is of one: choose it with -e NAME");
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
