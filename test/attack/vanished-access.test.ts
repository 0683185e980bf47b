import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { joined, type World, world } from "./authority/world.ts";

/** A leaver takes every entry and the request out by hand, and puts the entries back when everybody thinks that they are gone. */

const GONE = /the access entry of bob to default is gone, and no admin ended it/;

function without(manifest: Manifest, name: string): Manifest {
  const next = structuredClone(manifest);
  for (const { access } of Object.values(next.environments)) delete access[name];
  delete next.recipients[name];
  return next;
}

function left(): World {
  const here = world({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
  for (const name of ["bob", "carol"]) joined(here, name);
  here.put(without(here.manifest(), "bob"));
  here.project.commitAll("tidy");
  return here;
}

describe("whoever vanished from the list without an admin's word", () => {
  it("is told of by status and check until they are revoked, and gets nothing afterwards", () => {
    const here = left();
    const { project, as } = here;
    const before = project.git("show", "HEAD~1:envseal.json");
    for (const person of [{}, as("carol"), as("nobody")]) {
      expect(project.ok(["status"], person).stdout.replace(/\s+/g, " ")).toMatch(GONE);
      expect(project.envseal(["check", "--all"], person)).toMatchObject({ code: 0, stdout: expect.stringMatching(GONE) });
    }
    // A scheduled rotation ends nothing.
    project.ok(["rotate", "--all", "-q"]);
    project.commitAll("rotate");
    expect(project.ok(["check", "--all"]).stdout).toMatch(GONE);
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoke");
    expect(project.ok(["status"]).stdout).not.toContain("bob");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
    project.ok(["set", "A", "-e", "default", "-q"], { input: "sealed-after-bob-left" });
    const manifest = here.manifest();
    for (const [name, { access }] of Object.entries(manifest.environments)) access.bob = JSON.parse(before).environments[name].access.bob;
    here.put(manifest);
    project.envseal(["sync"], as("carol"));
    expect(project.fails(["get", "A", "-e", "default"], as("bob")).stdout).toBe("");
  });

  it("is nobody who was revoked, or whose grant is on a branch that is to come", () => {
    const here = world({ ".env": "A=secret-one\n" });
    const { project, as } = here;
    joined(here, "bob");
    project.git("checkout", "-qb", "side");
    joined(here, "dora");
    project.git("checkout", "-q", "main");
    expect(project.ok(["check", "--all"], as("nobody")).stdout).toBe("");
    project.git("merge", "-q", "side");
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoke bob");
    project.ok(["rotate", "-q"]);
    project.commitAll("rotate");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
    expect(project.ok(["status"], as("dora")).stdout).not.toContain("no admin ended it");
  });
});

describe("revoke of a name that is in no history", () => {
  it("says what ends whatever was signed before", () => {
    const here = world();
    const hint = /there is no recipient eve[\s\S]*envseal rotate --all --fence/;
    expect(here.project.fails(["revoke", "eve", "--yes"]).stderr).toMatch(hint);
  });
});
