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

describe("a merge that takes a rotation back", () => {
  const LOST = {
    code: 1,
    stdout: expect.stringMatching(/default: key version v2 .* was dropped, and a parent of the merge has it.*manifest-change/),
  };
  const nobody = ({ project }: Merging) => project.envseal(["check", "--staged"], { env: project.sandbox.otherHome("nobody") });

  /** On `side`, which has a value more; main rotated. */
  function rotated(...reason: string[]): Merging {
    const team = mergingProject();
    team.project.git("checkout", "-q", "-b", "side");
    team.set("SIDE_KEY", "side_9fK2mQx7Lr4TzW").commit("a value");
    team.project.git("checkout", "-q", "main");
    team.run("rotate", ...reason, "-q").commit("rotated");
    team.project.git("checkout", "-q", "side");
    return team;
  }

  it.each([[["--reason", "compromised"]], [[]]])("is stopped at its commit, with a key and without: rotate %j", (reason) => {
    const team = rotated(...reason);
    const { project } = team;
    project.git("merge", "-q", "--no-commit", "-s", "ours", "main");
    expect(staged(team)).toMatchObject(LOST);
    expect(nobody(team)).toMatchObject(LOST);
    project.git("commit", "-qm", "merged");
    project.git("remote", "add", "origin", "../server.git");
    for (const name of ["main", "side"]) project.git("update-ref", `refs/remotes/origin/${name}`, name === "main" ? "main" : "HEAD^1");
    const line = `refs/heads/new ${project.git("rev-parse", "HEAD").trim()} refs/heads/new ${"0".repeat(40)}\n`;
    expect(project.envseal(["hook", "pre-push", "origin"], { input: line })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/v2 .* was dropped, and a parent of the merge has it/),
    });
  });

  it("is stopped where the key is still there and its floor is not", () => {
    const team = rotated();
    const { project } = team;
    project.git("checkout", "-q", "main");
    project.git("branch", "high");
    const low = project.read("envseal.json");
    // The same key, as a routine rotation leaves the floor; and as a leak raises it.
    project.git("checkout", "-q", "high");
    const [, active = ""] = /"active": "([^"]+)"/.exec(low) ?? [];
    project.write("envseal.json", low.replace(/"floor": "[^"]+"/, `"floor": "${active}"`));
    team.commit("raised");
    project.git("checkout", "-q", "main");
    project.git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "high");
    expect(nobody(team)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/the floor was lowered from v2 .*, and a parent of the merge has it/),
    });
  });

  it("is none where the side that rotated goes on, or both are joined", () => {
    const team = rotated("--reason", "compromised");
    const { project } = team;
    project.git("checkout", "-q", "main");
    project.git("merge", "-q", "--no-commit", "-s", "ours", "side");
    expect(staged(team)).toMatchObject({ code: 0 });
    project.git("merge", "--abort");
    team.tries("merge", "-q", "--no-commit", "side");
    project.ok(["resolve", "--yes"]);
    expect(staged(team)).toMatchObject({ code: 0, stdout: "" });
    expect(nobody(team)).toMatchObject({ code: 0 });
    project.git("commit", "-qm", "merged");
    project.git("checkout", "-q", "side");
    team.run("rotate", "--reason", "compromised", "--allow-older", "-q").commit("rotated too");
    team.tries("merge", "-q", "--no-commit", "main");
    project.ok(["resolve", "--yes"]);
    expect(staged(team)).toMatchObject({ code: 0, stdout: "" });
  });
});
