import { describe, expect, it } from "vitest";
import { mergingProject } from "../../support/team.ts";

describe("a merge that left out what a branch decided", () => {
  it("is followed by what takes it over, as check says", () => {
    const merging = mergingProject();
    const { project } = merging;
    const bea = merging.person("bea", "--admin");
    merging.person("rob");
    merging.commit("team").parted(
      () => project.ok(["rotate", "--fence", "-q"]),
      () => project.ok(["grant", "rob", "--rotate", "--all", "-q", "-y", "--allow-older"], { env: bea }),
    );
    const base = project.git("merge-base", "main", "side").trim();
    project.git("merge", "-q", "-s", "ours", "--no-edit", "side");
    expect(project.envseal(["check", "--range", `${base}..HEAD`]).stdout).toContain("envseal resolve --with COMMIT");
    const told = project.fails(["check", "--all"]).stdout;
    const line = /envseal (resolve --with [0-9a-f]{10})/.exec(told)?.[1] as string;
    project.ok([...line.split(" "), "-y", "-q"]);
    merging.commit("taken over");
    expect(project.ok(["check", "--all"]).stdout).toBe("");
  });
});
