import { describe, expect, it } from "vitest";
import { mergingProject } from "../../support/team.ts";

describe("two admins who removed each other", () => {
  /** @param more admins that both sides keep */
  function parted(...more: string[]) {
    const merging = mergingProject();
    const { project } = merging;
    const bea = merging.person("bea", "--admin");
    for (const name of more) merging.person(name, "--admin");
    merging.commit("team").parted(
      () => project.ok(["revoke", "bea", "-q", "-y"]),
      () => project.ok(["revoke", "ada", "-q", "-y"], { env: bea }),
    );
    expect(merging.tries("merge", "-q", "side").code).toBe(1);
    return { project, bea };
  }

  it("are sent to somebody who is an admin of both sides, and not to one another", () => {
    const { project, bea } = parted("zoe");
    for (const env of [project.sandbox.env, bea]) {
      const { error, stderr } = project.fails(["resolve", "-y"], { env });
      expect(error).toBe("NEEDS_ADMIN");
      expect(stderr).toContain("it takes an admin of both sides to join them: zoe");
      expect(stderr.split("envseal: ").at(-1)).not.toMatch(/ada|bea/);
    }
  });

  it("are told what is left where nobody is one", () => {
    const { project } = parted();
    const { stderr } = project.fails(["resolve", "-y"]);
    expect(stderr).toContain("leave the other branch unmerged (git merge --abort)");
    expect(stderr).not.toContain("take one side whole");
  });
});
