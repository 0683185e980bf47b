import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { joined, type World, world } from "./authority/world.ts";

/** Whoever can push takes nobody's access away without a finding; no key is needed to see it. */

const TWO = { ".env": "A=secret-one\n", ".env.production": "A=secret-two\n" };

/** Dave was revoked, so that entries from before a fence are in history. */
function team(): World {
  const here = world(TWO);
  for (const name of ["bob", "dave"]) joined(here, name);
  here.project.ok(["revoke", "dave", "--yes", "-q"]);
  here.project.commitAll("revoke dave");
  here.project.git("branch", "base");
  return here;
}

const old = ({ project }: World): Manifest => JSON.parse(project.git("show", "HEAD~1:envseal.json"));
const accessOf = (manifest: Manifest) => manifest.environments.production?.access as Record<string, AccessEntry>;

function unwrapped({ wrapped: _wrapped, tag: _tag, ...entry }: AccessEntry): AccessEntry {
  return entry;
}

describe("a commit of somebody without any right", () => {
  it.each<[string, (access: Record<string, AccessEntry>, before: Record<string, AccessEntry>) => void, RegExp]>([
    ["takes an entry out", (access) => delete access.bob, /entry of bob was removed, and nothing says that an admin/],
    [
      "puts an old entry in its place",
      (access, before) => Object.assign(access, { bob: before.bob }),
      /entry of bob was replaced by one that does not/,
    ],
    [
      "puts all old entries in their places",
      (access, before) => Object.assign(access, before),
      /entry of ada was replaced[\s\S]*entry of bob was replaced/,
    ],
    [
      "takes the key out of an entry",
      (access) => Object.assign(access, { bob: unwrapped(access.bob as AccessEntry) }),
      /entry of bob holds the key no more/,
    ],
  ])("%s: check says so without a key, and so do hooks and anybody's key", (_what, change, text) => {
    const here = team();
    const { project } = here;
    const manifest = JSON.parse(project.read("envseal.json"));
    change(accessOf(manifest), accessOf(old(here)));
    here.put(manifest);
    project.git("add", "-A");
    const found = { code: 1, stdout: expect.stringMatching(text) };
    expect(project.envseal(["check", "--staged"])).toMatchObject(found);
    project.git("commit", "-qm", "tidy");
    expect(project.envseal(["check", "--range", "base..HEAD"], here.as("nobody"))).toMatchObject(found);
    expect(project.envseal(["check", "--range", "base..HEAD"])).toMatchObject(found);
  });

  it("puts other bytes in the place of a wrapped key: a warning, as a grant again looks like that", () => {
    const here = team();
    const manifest = here.manifest();
    const access = accessOf(manifest);
    Object.assign(access, { bob: { ...access.bob, wrapped: access.ada?.wrapped } });
    here.put(manifest);
    here.project.commitAll("tidy");
    expect(here.project.envseal(["check", "--range", "base..HEAD"], here.as("nobody"))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/warning envseal.json: production: the access entry of bob holds the key in other bytes/),
    });
  });
});

describe("an admin who opens nothing of an environment", () => {
  it("grants it again, with a role, and nobody loses the key", () => {
    const here = world(TWO);
    joined(here, "bob", "--admin");
    const bob = here.as("bob");
    const { project } = here;
    project.ok(["env", "add", "staging", "--yes", "-q"], bob);
    project.commitAll("staging");
    project.git("branch", "base");
    expect(project.fails(["get", "A", "-e", "staging"]).error).toBe("NO_ACCESS");
    expect(project.ok(["grant", "bob", "--all", "--admin", "--yes"]).stderr).not.toContain("waits for the key");
    project.git("add", "-A");
    // Where the key is at hand, it is wrapped again: that mends an entry which somebody broke.
    const staged = project.ok(["check", "--staged"]).stdout;
    expect(staged).not.toMatch(/finding|staging/);
    project.git("commit", "-qm", "grant bob again", "--allow-empty");
    expect(project.envseal(["check", "--range", "base..HEAD"], here.as("nobody"))).toMatchObject({ code: 0 });
    expect(project.ok(["set", "A", "-e", "staging", "-q"], { ...bob, input: "from-bob" }).code).toBe(0);
  });
});
