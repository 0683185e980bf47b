import { expect, it } from "vitest";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { joined, world } from "../../attack/authority/world.ts";

/** Two admins take the same person's access away from one base: their authorities are one, and their keys are not. */

it("a branch that was dropped stops a machine that saw it until its person says which one stays", () => {
  const here = world();
  joined(here, "bob", "--admin");
  for (const name of ["carol", "dave"]) joined(here, name);
  const { project, as, manifest } = here;
  const [bob, carol] = [as("bob"), as("carol")];
  project.git("checkout", "-qb", "bobs");
  project.ok(["revoke", "dave", "--yes", "-q"], bob);
  project.commitAll("without dave, by bob");
  const bobs = manifest();
  project.ok(["get", "API_KEY"], carol);
  project.git("checkout", "-q", "main");
  project.ok(["revoke", "dave", "--yes", "-q"]);
  project.commitAll("without dave, by ada");
  const floorOf = ({ environments }: Manifest) => environments.default?.statement.floor;
  for (const options of [bob, carol]) {
    const refused = project.fails(["get", "API_KEY"], options);
    expect(refused).toMatchObject({ error: "PARTED", stdout: "" });
    expect(refused.stderr).toContain("its key was replaced on two branches");
    expect(refused.stderr).toContain("envseal pin confirm");
    // The pin is the same, and says nothing: whoever has it by another way is asked too.
    expect(project.fails(["pin", "confirm"], options).error).toBe("NEEDS_TERMINAL");
    const told = project.ok(["pin", "confirm", "--yes"], options).stderr;
    expect(told).toContain(`default is at v2 (${floorOf(manifest())}) here, and at v2 (${floorOf(bobs)})`);
    expect(told).not.toContain("nothing is changed");
    expect(project.ok(["get", "API_KEY"], options)).toMatchObject({ stdout: "sk_live_0123456789\n", stderr: "" });
    project.ok(["set", "OTHER", "-q"], { ...options, input: "value-of-another" });
  }
  // What is dropped is as far behind now as the other one was.
  project.git("stash", "-q");
  project.git("checkout", "-q", "bobs");
  expect(project.fails(["get", "API_KEY"], carol).error).toBe("PARTED");
});

it("a removal that was discarded is done again, above what this machine has seen", () => {
  const here = world();
  joined(here, "dave");
  const { project } = here;
  project.ok(["revoke", "dave", "--yes", "-q"]);
  project.git("reset", "-q", "--hard");
  expect(project.fails(["revoke", "dave", "--yes"]).stderr).toContain("--allow-older");
  project.ok(["revoke", "dave", "--yes", "-q", "--allow-older"]);
  expect(project.ok(["get", "API_KEY"]).stderr).toBe("");
  expect(project.ok(["check", "--all"]).stdout).not.toContain("older");
});
