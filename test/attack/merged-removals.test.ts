import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { joined, type World, world } from "./authority/world.ts";

/** In a merge a removal wins, whatever stands in the files: nobody comes back by another branch, and `--yes` signs nobody in. */

const FILES = { ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "API_KEY=sk_live_prod_0123456789\n" };

function start(): World {
  const here = world(FILES);
  for (const name of ["bob", "mallory"]) here.project.ok(["join", "--name", name], here.as(name));
  here.project.ok(["grant", "mallory", "--yes", "--all", "--admin"]);
  here.project.ok(["pin", "confirm", "--yes"], here.as("mallory"));
  here.project.ok(["hooks", "install", "-q"]);
  here.project.git("config", "core.hooksPath", here.sandbox.root);
  here.project.commitAll("mallory");
  return here;
}

/** Main and a branch each do something; the branch is merged into main, and settled with `--yes`. */
function settled(here: World, main: () => unknown, branch: () => unknown): string {
  const { project } = here;
  project.git("branch", "side");
  main();
  if (project.git("status", "--porcelain") !== "") project.commitAll("main");
  project.git("checkout", "-q", "side");
  branch();
  project.commitAll("side");
  project.git("checkout", "-q", "main");
  try {
    project.git("merge", "-q", "-m", "merged", "side");
    return "";
  } catch {
    const { stderr } = project.ok(["resolve", "--yes"]);
    project.git("commit", "-qnam", "merged");
    return stderr;
  }
}

const accessIn = ({ manifest }: World, environment = "production") =>
  Object.keys(manifest().environments[environment]?.access ?? {}).sort();

describe("a merge gives nobody back what one side took", () => {
  it("by the dead entry that a leaver put back on main, which check tells of", () => {
    const here = start();
    const { project } = here;
    project.ok(["grant", "bob", "--yes", "--all", "-q"]);
    project.commitAll("bob");
    const old = here.manifest();
    let found = "";
    const told = settled(
      here,
      () => {
        project.ok(["revoke", "bob", "--yes", "-q"]);
        project.commitAll("revoke");
        const at = project.git("rev-parse", "HEAD").trim();
        const now = here.manifest();
        for (const [name, entry] of Object.entries(now.environments))
          entry.access.bob = old.environments[name]?.access.bob as (typeof entry.access)[string];
        here.put(now);
        project.commitAll("put back");
        found = project.ok(["check", "--range", `${at}..HEAD`]).stdout;
      },
      () => project.ok(["require", "API_KEY", "-e", "production", "-q", "--allow-older"]),
    );
    expect(found).toMatch(/the access entry of bob to production .* does not count/);
    expect(told).toMatch(/bob \(age1\w+\) gets no access to production: ours took all access from bob, and ada gave this/);
    expect(told).toContain("envseal grant bob -e production");
    expect(accessIn(here)).not.toContain("bob");
  });

  it("by a grant of another environment, nor of another name with the same identity", () => {
    const here = start();
    const { project } = here;
    project.ok(["grant", "bob", "--yes", "-e", "default", "-q"]);
    project.commitAll("bob");
    const told = settled(
      here,
      () => project.ok(["revoke", "bob", "--yes", "-q"]),
      () => project.ok(["grant", "bob", "--yes", "-e", "production", "-q", "--allow-older"], here.as("mallory")),
    );
    expect(told).toMatch(/bob .* ours took all access from bob, and mallory gave this on theirs/);
    expect(accessIn(here)).toEqual(["ada", "mallory"]);
  });

  it("by a grant or a role of somebody whose right the other side took", () => {
    const here = start();
    const { project } = here;
    const told = settled(
      here,
      () => project.ok(["revoke", "mallory", "--yes", "-q"]),
      () => {
        project.ok(["grant", "bob", "--yes", "--all", "--admin", "-q", "--allow-older"], here.as("mallory"));
        project.ok(["env", "add", "staging", "-q", "--allow-older"], here.as("mallory"));
      },
    );
    expect(told).toContain("bob gets no role: mallory gave it, whose right the other side took away");
    expect(told).toContain("bob gets no access to production: mallory gave it, whose right the other side took away");
    expect([accessIn(here), Object.keys(parseManifest(project.read("envseal.json")).authority.at(-1)?.admins ?? {})]).toEqual([
      ["ada"],
      ["ada"],
    ]);
  });

  it("where both sides had let them in after they parted", () => {
    const here = start();
    const { project } = here;
    const bob = () => project.ok(["grant", "bob", "--yes", "--all", "-q", "--allow-older"]);
    const told = settled(
      here,
      () => {
        bob();
        project.commitAll("bob");
        project.ok(["revoke", "bob", "--yes", "-q"]);
      },
      bob,
    );
    expect(told).toContain("ours took all access from bob");
    expect(accessIn(here)).not.toContain("bob");
  });
});

describe("what a merge as text left is signed again from the commit where it counted", () => {
  it("and not whom this branch has put out since", () => {
    const here = start();
    const { project } = here;
    joined(here, "eve");
    project.git("branch", "side");
    project.ok(["revoke", "eve", "--yes", "-q"]);
    project.commitAll("main");
    project.git("checkout", "-q", "side");
    project.ok(["grant", "bob", "--yes", "-e", "production", "-q", "--allow-older"]);
    project.commitAll("side");
    const there = project.git("rev-parse", "HEAD").trim();
    project.git("checkout", "-q", "main");
    const granted = parseManifest(project.git("show", "side:envseal.json")).environments.production?.access.bob;
    project.git("merge", "-q", "-s", "ours", "-m", "as text", "side");
    const now = here.manifest();
    (now.environments.production as NonNullable<typeof now.environments.production>).access.bob = granted as NonNullable<typeof granted>;
    here.put(now);
    project.git("commit", "-qna", "--amend", "--no-edit");
    project.ok(["resolve", "--with", there, "--yes"]);
    expect(accessIn(here)).toEqual(["ada", "bob", "mallory"]);
    project.commitAll("signed again");
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoke bob");
    expect(project.ok(["resolve", "--with", there, "--yes"]).stderr).toContain("took all access from bob");
    expect(accessIn(here)).toEqual(["ada", "mallory"]);
  });
});
