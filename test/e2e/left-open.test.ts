import { renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, sealedProject } from "../support/sandbox.ts";

/** A's quote is open to what follows, as dotenv reads it; B's holds it off. */
const OPEN = "A='x\\'\nB='y'\nC=1\n";

describe("a line that leaves a quote open", () => {
  /** Sets in the vault alone. */
  function setThere(project: Project, name: string, value: string): void {
    renameSync(project.path(".env"), project.path("kept"));
    project.ok(["set", name], { input: value });
    renameSync(project.path("kept"), project.path(".env"));
  }

  it("takes in no other when one behind it is removed", () => {
    const project = sealedProject({ ".env": OPEN });
    project.ok(["set", "C"], { input: "\nz" });
    const before = project.read(".env.vault");
    expect(project.fails(["unset", "B"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("B cannot be removed") });
    expect(project.read(".env.vault")).toBe(before);
    expect(project.ok(["get", "C"]).stdout).toBe("\nz\n");
  });

  it("takes in no other when two sides are merged", () => {
    const project = sealedProject({ ".env": OPEN });
    setThere(project, "C", "\nz");
    project.write(".env", OPEN.replace("B='y'\n", ""));
    const before = project.read(".env.vault");
    expect(project.fails(["sync"])).toMatchObject({ error: "BAD_VALUE", stderr: expect.stringContaining("cannot be merged") });
    expect([project.read(".env.vault"), project.read(".env")]).toEqual([before, OPEN.replace("B='y'\n", "")]);
  });
});
