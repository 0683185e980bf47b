import { describe, expect, it } from "vitest";
import type { Project } from "../../support/sandbox.ts";
import { type Merging, mergingProject, SECRETS } from "../../support/team.ts";

type People = Record<string, Record<string, string>>;
const API_KEY = `${SECRETS.API_KEY}\n`;

/** Mike is there already; each side does one thing. */
function parted(ours: (side: Merging, people: People) => unknown, theirs: (side: Merging, people: People) => unknown) {
  const merging = mergingProject();
  const people: People = { mike: merging.person("mike") };
  merging.commit("mike").parted(
    (side) => ours(side, people),
    (side) => theirs(side, people),
  );
  return { merging, people };
}

const grant =
  (name: string, ...role: string[]) =>
  (side: Merging, people: People) => {
    people[name] = side.person(name, ...role);
  };

function expectAllIn(project: Project, people: People): void {
  for (const [name, env] of Object.entries(people)) expect(project.ok(["get", "API_KEY"], { env }).stdout, name).toBe(API_KEY);
  expect(project.ok(["check", "--all"]).stdout).toBe("");
}

/** What a web site merges: without our driver, as text. */
function mergedAsText({ project }: Merging): Project {
  const web = project.clone("web");
  web.git("merge", "-q", "-m", "merged", "origin/side");
  return web;
}

describe("two grants on two branches", () => {
  it.each([
    ["with a key", false],
    ["without one", true],
  ])("merge through the driver, %s", (_how, keyless) => {
    const { merging, people } = parted(grant("bob"), grant("carol"));
    const own = { ...merging.project.sandbox.env };
    if (keyless) Object.assign(merging.project.sandbox.env, merging.project.sandbox.otherHome("stranger"));
    expect(merging.tries("merge", "-q", "-m", "merged", "side")).toMatchObject({ code: 0 });
    Object.assign(merging.project.sandbox.env, own);
    expectAllIn(merging.project, people);
  });

  it("merge as text, where no two names lie side by side", () => {
    const { merging, people } = parted(grant("bob"), grant("zoe"));
    expectAllIn(mergedAsText(merging), people);
  });

  it("give more than access: an admin on one side, somebody on the other", () => {
    const { merging, people } = parted(grant("bob", "--admin"), grant("zoe"));
    expectAllIn(mergedAsText(merging), people);
    expect(merging.tries("merge", "-q", "-m", "merged", "side")).toMatchObject({ code: 0 });
    expectAllIn(merging.project, people);
    merging.project.ok(["revoke", "zoe", "--yes", "-q"], { env: people.bob as Record<string, string> });
  });
});

describe("a grant beside something else", () => {
  it("merges as text with a value and with what is required", () => {
    const { merging, people } = parted(grant("bob"), (side) => side.run("require", "MAIL_TOKEN").set("MAIL_TOKEN", "theirs-mail-99"));
    const web = mergedAsText(merging);
    expectAllIn(web, people);
    expect(web.ok(["get", "MAIL_TOKEN"]).stdout).toBe("theirs-mail-99\n");
  });

  it("merges through the driver with a rotation by a rotator", () => {
    const merging = mergingProject();
    const people: People = { rita: merging.person("rita", "--rotate") };
    merging.commit("rita").parted(
      (side) => side.project.ok(["rotate", "-q"], { env: people.rita as Record<string, string> }),
      (side) => grant("bob")(side, people),
    );
    expect(merging.tries("merge", "-q", "-m", "merged", "side")).toMatchObject({ code: 0 });
    expectAllIn(merging.project, people);
  });

  it("is listed, and signed anew by an admin, where the other side took somebody's access away", () => {
    const { merging, people } = parted(
      (side) => side.run("revoke", "mike", "--yes", "-q"),
      (side, all) => grant("bob")(side, all),
    );
    const { mike, ...rest } = people as { mike: Record<string, string> } & People;
    expect(merging.tries("merge", "-q", "-m", "merged", "side")).toMatchObject({
      code: 1,
      output: expect.stringContaining("access for bob to default does not count any more"),
    });
    expect(merging.project.fails(["resolve"])).toMatchObject({
      error: "NEEDS_TERMINAL",
      stderr: expect.stringMatching(/access for bob \(age1\w+\) has to be signed again/),
    });
    merging.project.ok(["resolve", "--yes"]);
    expectAllIn(merging.project, rest);
    expect(merging.project.fails(["get", "API_KEY"], { env: mike }).code).toBe(3);
  });
});

describe("two changes of the authority", () => {
  it("are a conflict that an admin joins: both sides' people and environments, less what either took away", () => {
    const { merging, people } = parted(
      (side, all) => {
        grant("bob", "--admin")(side, all);
        side.run("env", "add", "staging");
      },
      (side, all) => {
        grant("rita", "--rotate")(side, all);
        side.run("revoke", "mike", "--yes", "-q");
      },
    );
    expect(merging.tries("merge", "-q", "-m", "merged", "side")).toMatchObject({
      code: 1,
      output: expect.stringContaining("both sides changed the authority"),
    });
    const { mike, ...rest } = people as { mike: Record<string, string> } & People;
    expect(merging.project.fails(["resolve", "--yes"], { env: rest.rita as Record<string, string> }).error).toBe("NEEDS_ADMIN");
    merging.project.ok(["resolve", "--yes"]);
    const head = merging.project.manifest().authority.at(-1);
    expect(head.previous).toHaveLength(2);
    expect([Object.keys(head.admins), Object.keys(head.rotators), Object.keys(head.environments)]).toEqual([
      ["ada", "bob"],
      ["rita"],
      ["default", "staging"],
    ]);
    expectAllIn(merging.project, rest);
    expect(merging.project.fails(["get", "API_KEY"], { env: mike }).code).toBe(3);
    // Machines of both sides go on from what they saw.
    for (const env of Object.values(rest)) expect(merging.project.ok(["get", "API_KEY"], { env }).stderr).toBe("");
  });
});
