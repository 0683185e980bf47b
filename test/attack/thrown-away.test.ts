import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joined, type World, world } from "./authority/world.ts";

/** A rotator's rotations that some machines have seen are thrown away: an admin's later word ends them, once and for everybody. */

const FILES = ["envseal.json", ".env.vault"];
const VALUE = "sk_live_0123456789\n";

/** Bob and the admin have seen `count` rotations of nightly's, whose key leaked; main is as it was before them. */
function thrownAway(count: number): World & { bob: ReturnType<World["as"]> } {
  const here = world();
  joined(here, "bob");
  joined(here, "nightly", "--rotate");
  const { project, as } = here;
  const before = project.git("rev-parse", "HEAD").trim();
  for (let round = 0; round < count; round++) project.ok(["rotate", "--reason", "suspected", "-q"], as("nightly"));
  project.commitAll("rotations");
  expect(project.ok(["get", "API_KEY"], as("bob")).stdout).toBe(VALUE);
  project.git("checkout", "-q", before, "--", ...FILES);
  project.commitAll("revert");
  return { ...here, bob: as("bob") };
}

const ENDS: [what: string, ...lines: string[][]][] = [
  ["a fence", ["rotate", "--fence", "-q", "--allow-older"]],
  ["a fence, on which another rotator goes on", ["rotate", "--fence", "-q", "--allow-older"], ["rotate", "-q"]],
  ["the rotator's removal", ["revoke", "nightly", "--yes", "-q", "--allow-older"]],
  [
    "an environment that is removed and made again",
    ["env", "add", "spare", "--yes", "-q", "--allow-older"],
    ["env", "remove", "default", "--yes", "-q", "--allow-older"],
    ["env", "add", "default", "--yes", "-q"],
  ],
];

describe("rotations that were thrown away", () => {
  it("are told of with the way out, which pin confirm is not", () => {
    const { project, bob } = thrownAway(1);
    const refused = project.fails(["get", "API_KEY"], bob);
    expect(refused).toMatchObject({ error: "OLDER_CHECKOUT", stdout: "" });
    expect(refused.stderr).toContain("ada runs: envseal rotate --fence --allow-older; to read this one all the same");
    const told = project.ok(["pin", "confirm", "--yes"], bob).stderr;
    expect(told).toContain("was confirmed on this machine before: nothing is changed");
    expect(told).toContain("default is still refused here: its floor was raised since");
    expect(project.fails(["get", "API_KEY"], bob).error).toBe("OLDER_CHECKOUT");
  });

  it.each([1, 4])("are ended by one fence, after %i of them", (count) => {
    const { project, bob } = thrownAway(count);
    project.ok(["rotate", "--fence", "-q", "--allow-older"]);
    expect(project.ok(["get", "API_KEY"], bob)).toMatchObject({ stdout: VALUE, stderr: "" });
    project.ok(["set", "API_KEY", "-q"], { ...bob, input: "next" });
    expect(project.ok(["pin", "confirm", "--yes"], bob).stderr).not.toContain("refused");
  });

  it.each(ENDS)("are ended by %s, for a machine that sees all of it at once", (_, ...lines) => {
    const { project, bob, as } = thrownAway(4);
    for (const [index, line] of lines.entries())
      project.ok(line, index > 0 && line[0] === "rotate" ? as("nightly") : { env: { ENVSEAL_ALLOW_OLDER: "1" } });
    if (lines.length > 2) {
      project.ok(["grant", "bob", "--yes", "-q", "-e", "default"]);
      project.ok(["set", "API_KEY", "-e", "default", "-q"], { input: VALUE.trim() });
    }
    expect(project.ok(["get", "API_KEY", "-e", "default"], bob)).toMatchObject({ stdout: VALUE, stderr: "" });
  });

  it("are ended by an admin who never saw them, whose fence has a lower revision, and cannot be put back then", () => {
    const here = thrownAway(4);
    const { project, bob, as } = here;
    joined(here, "carol", "--admin", "--allow-older");
    // Nothing of the history: an admin on another machine has a shallow clone.
    project.git("clone", "-q", "--depth", "1", `file://${project.folder}`, "../shallow");
    const shallow = { ...as("carol"), cwd: project.path("../shallow") };
    project.ok(["rotate", "--fence", "-q"], shallow);
    const thrown = project.git("show", "HEAD~2:envseal.json");
    const [at, reached] = [JSON.parse(readFileSync(join(shallow.cwd, "envseal.json"), "utf8")), JSON.parse(thrown)];
    const revision = (one: typeof at) => one.environments.default.statement.revision;
    expect(revision(at)).toBeLessThan(revision(reached));
    const there = { ...bob, cwd: shallow.cwd };
    expect(project.ok(["get", "API_KEY"], there)).toMatchObject({ stdout: VALUE, stderr: "" });
    here.put({ ...at, environments: reached.environments });
    expect(project.fails(["get", "API_KEY"], bob).error).toBe("FORGED_ACCESS");
  });

  it("count nowhere any more once an admin who has the history went on", () => {
    const here = thrownAway(4);
    const { project, as } = here;
    const thrown = JSON.parse(project.git("show", "HEAD~1:envseal.json"));
    joined(here, "carol", "--admin", "--allow-older");
    project.ok(["rotate", "--fence", "-q"], as("carol"));
    here.put({ ...here.manifest(), environments: thrown.environments });
    // A machine that knows nothing of all this.
    const fresh = { env: { ...as("bob").env, XDG_STATE_HOME: project.path("../fresh") } };
    expect(project.fails(["get", "API_KEY"], fresh).error).toBe("FORGED_MANIFEST");
  });
});
