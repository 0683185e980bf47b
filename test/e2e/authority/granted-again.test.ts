import { expect, it } from "vitest";
import { joined, world } from "../../attack/authority/world.ts";

/** An admin decides who has access, also to what no key of theirs opens. */

it("granting again what somebody has leaves them the key, whoever else has it", () => {
  const here = world();
  joined(here, "bob", "--admin");
  const { project, as } = here;
  project.ok(["env", "add", "staging", "--yes", "-q"], as("bob"));
  project.ok(["set", "S", "-e", "staging", "-q"], { ...as("bob"), input: "only-bobs-0123456789" });
  expect(Object.keys(project.manifest().environments.staging.access)).toEqual(["bob"]);
  expect(project.fails(["get", "S", "-e", "staging"]).error).toBe("NO_ACCESS");
  for (const args of [
    ["-e", "staging"],
    ["--admin", "--all"],
    ["--member", "--all"],
  ]) {
    const { stderr } = project.ok(["grant", "bob", "--yes", ...args]);
    if (!args.includes("--member")) expect(stderr).toContain("bob has access to staging already");
    expect(stderr).not.toContain("waits for the key");
    expect(project.ok(["get", "S", "-e", "staging"], as("bob")).stdout).toBe("only-bobs-0123456789\n");
  }
});
