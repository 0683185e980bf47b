import { describe, expect, it } from "vitest";
import { joined, type World, world } from "../../attack/authority/world.ts";

/** Whoever lost access by somebody's signed word may ask again; whose entry was taken away by nobody's word is told. */

const FINDING = /the key at hand opened (default|production) before, or was made for it, and has no access to it here/;

function team(): World {
  const here = world({ ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" });
  for (const name of ["carol", "dave"]) joined(here, name, ...(name === "carol" ? ["--rotate"] : []));
  for (const environment of ["default", "production"]) here.project.ok(["get", "A", "-e", environment], here.as("dave"));
  return here;
}

/** What dave's own hooks and checks say of what he is about to commit, and of the whole tree. */
function all({ project, as }: World) {
  project.git("add", "-A");
  return [["check", "--staged"], ["check", "--all"], ["doctor"]].map((args) => project.envseal(args, as("dave")));
}

describe("whoever was revoked", () => {
  it.each([
    ["join", "--name", "dave"],
    ["join", "--new", "--name", "dave"],
  ])("asks again: %s %s", (...args) => {
    const here = team();
    const { project, as } = here;
    project.ok(["revoke", "dave", "--yes", "-q"]);
    project.commitAll("revoke dave");
    for (const result of all(here)) expect(result.stdout).not.toMatch(FINDING);
    project.ok([...args], as("dave"));
    const [staged, tree, doctor] = all(here);
    expect(staged).toMatchObject({ code: 0, stdout: "" });
    expect(tree).toMatchObject({ code: 0, stdout: "" });
    expect(doctor?.stdout).not.toMatch(/fail {2}(envseal\.json|vault)/);
    expect(doctor?.stdout.replace(/\s+/g, " ")).toContain(
      "vault .env.vault: was not opened: your access to default ended; ask ada to run: envseal grant dave -e default",
    );
    project.commitAll("dave asks");
    project.ok(["grant", "dave", "--all", "--yes"]);
    project.commitAll("grant dave");
    expect(project.ok(["get", "A", "-e", "default"], as("dave")).stdout).toBe("secret-one\n");
  });

  it("by a rotator, or in one environment alone that was made again, is told nothing else", () => {
    const here = team();
    const { project, as } = here;
    project.envseal(["revoke", "dave", "--yes", "-q"], as("carol"));
    project.commitAll("a rotator revokes dave");
    for (const result of all(here)) expect(result.stdout).not.toMatch(FINDING);
    project.ok(["env", "remove", "production", "--yes", "-q"]);
    project.ok(["env", "add", "production", "-q"]);
    project.commitAll("production again");
    for (const result of all(here)) expect(result.stdout).not.toMatch(FINDING);
  });
});

describe("whose entry was taken out by nobody's word", () => {
  it("is told, after a fence of before and after other openings too; another identity of theirs opened nothing", () => {
    const here = team();
    const { project, as } = here;
    project.ok(["rotate", "--all", "--fence", "-q"]);
    project.commitAll("fence");
    project.ok(["get", "A", "-e", "default"], as("dave"));
    const manifest = here.manifest();
    delete manifest.environments.default?.access.dave;
    here.put(manifest);
    project.commitAll("tidy");
    project.ok(["get", "A", "-e", "production"], as("dave"));
    expect(project.envseal(["check", "--all"], as("dave"))).toMatchObject({ code: 1, stdout: expect.stringMatching(FINDING) });
    project.ok(["join", "--new", "--name", "dave-2"], as("dave"));
    project.git("add", "-A");
    expect(project.envseal(["check", "--staged"], as("dave"))).toMatchObject({ code: 0, stdout: "" });
  });
});
