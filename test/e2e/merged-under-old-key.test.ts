import { describe, expect, it } from "vitest";
import { type Merging, mergingProject } from "../support/team.ts";

/** One side rotates and raises the floor, the other adds a vault under the key of before: in the merge no reader would open it. */

const WEB = "WEB_KEY=web_9fK2mQx7Lr4TzW\n";

/** On main, which rotated; `side` added the vault. */
function parted(reason = "offboarding"): Merging {
  const team = mergingProject();
  const { project } = team;
  project.git("checkout", "-q", "-b", "side");
  project.write("web/.env", WEB);
  project.ok(["init", "--yes", "--no-hooks", "-q"]);
  team.commit("a vault");
  project.git("checkout", "-q", "main");
  return team.run("rotate", "--reason", reason, "-q").commit("rotated");
}

const staged = ({ project }: Merging) => project.envseal(["check", "--staged"]);
const LOW = { code: 1, stdout: expect.stringMatching(/web\/\.env\.vault.*BELOW_FLOOR.*forged-vault/) };
const opens = ({ project }: Merging) => project.ok(["get", "WEB_KEY", "-f", "web/.env.vault"]).stdout;

describe("a merge with a vault from before a rotation", () => {
  it("is stopped at its commit, and resolve seals the vault where a person says yes", () => {
    const team = parted();
    const { project } = team;
    team.tries("merge", "-q", "--no-commit", "side");
    // The manifest needs a person too: the other side is from below the floor.
    expect(project.fails(["resolve"]).error).toBe("NEEDS_TERMINAL");
    const { stderr } = project.ok(["resolve", "--yes"]);
    expect(stderr).toMatch(/sealed under a key older than the floor.*web\/\.env\.vault: WEB_KEY/s);
    expect(staged(team)).toMatchObject({ code: 0, stdout: "" });
    expect(opens(team)).toBe("web_9fK2mQx7Lr4TzW\n");
    project.git("commit", "-qm", "merged");
    expect(project.envseal(["check", "--range", "HEAD^1..HEAD"])).toMatchObject({ code: 0 });
    expect(project.git("status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("is stopped the other way around, and where the manifest alone was settled", () => {
    const team = parted();
    const { project } = team;
    project.git("checkout", "-q", "side");
    team.tries("merge", "-q", "--no-commit", "main");
    project.git("checkout", "-q", "main", "--", "envseal.json");
    expect(staged(team)).toMatchObject({ code: 1, stdout: expect.stringMatching(/web\/\.env\.vault.*UNLISTED_VAULT/) });
  });

  it("is mended by resolve also where git saw no conflict in it", () => {
    const team = parted();
    const { project } = team;
    team.tries("merge", "-q", "--no-commit", "side");
    project.ok(["resolve", "envseal.json", "--yes"]);
    // As it was before resolve knew of such vaults.
    project.git("checkout", "-q", "side", "--", "web/.env.vault");
    expect(staged(team)).toMatchObject(LOW);
    expect(project.envseal(["check", "--staged"], { env: project.sandbox.otherHome("nobody") })).toMatchObject(LOW);
    expect(project.fails(["resolve"])).toMatchObject({ error: "NEEDS_TERMINAL", stderr: expect.stringContaining("WEB_KEY") });
    expect(staged(team)).toMatchObject(LOW);
    project.ok(["resolve", "--yes"]);
    expect(staged(team)).toMatchObject({ code: 0, stdout: "" });
    expect(opens(team)).toBe("web_9fK2mQx7Lr4TzW\n");
  });

  it("needs nobody where the old key is still accepted", () => {
    const team = parted("scheduled");
    team.project.git("merge", "-q", "-m", "merged", "side");
    expect(opens(team)).toBe("web_9fK2mQx7Lr4TzW\n");
    expect(team.project.envseal(["check", "--range", "HEAD^1..HEAD"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("[unfinished-rotation]"),
    });
    expect(team.project.ok(["resolve"]).stderr).toContain("no vault and no manifest is unmerged");
  });
});
