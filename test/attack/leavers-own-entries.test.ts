import { describe, expect, it } from "vitest";
import { joined, type World, world } from "./authority/world.ts";

/** Nobody signs that an entry is taken out: what a leaver knew is in history, whatever stands in the list. */

const FILES = { ".env": "API_KEY=sk_live_0123456789\n", ".env.production": "API_KEY=sk_live_prod_0123456789\n" };

/** Carol decides, and has no key of production; bob opens both. */
function start(): World {
  const here = world(FILES);
  joined(here, "bob");
  here.project.ok(["join", "--name", "carol"], here.as("carol"));
  here.project.ok(["grant", "carol", "--yes", "--admin", "-e", "default"]);
  here.project.ok(["pin", "confirm", "--yes"], here.as("carol"));
  here.project.commitAll("carol");
  return here;
}

function takeOut(here: World, environments: readonly string[]): void {
  const manifest = here.manifest();
  for (const environment of environments) delete manifest.environments[environment]?.access.bob;
  here.put(manifest);
  here.project.commitAll("tidy");
}

const isDue = ({ manifest }: World) => {
  const { keys = {}, active = "" } = manifest().environments.production?.statement ?? {};
  return keys[active]?.history.some(({ reason }) => reason === "offboarding") === true;
};

describe("a leaver who took their own entries out", () => {
  it.each<[string, string[], (here: World) => unknown]>([
    ["of one environment", ["production"], () => {}],
    ["of all", ["default", "production"], () => {}],
    [
      "of all, and their request",
      ["default", "production"],
      (here) => {
        const { bob: _, ...recipients } = here.manifest().recipients;
        here.put({ ...here.manifest(), recipients });
        here.project.commitAll("tidy more");
      },
    ],
  ])("is known to know the key: %s", (_, environments, more) => {
    const here = start();
    takeOut(here, environments);
    more(here);
    expect(here.project.fails(["revoke", "bob", "--yes"], here.as("carol"))).toMatchObject({
      error: "NO_ACCESS",
      stderr: expect.stringContaining("knows its key"),
    });
    expect(isDue(here)).toBe(true);
  });

  it("and whoever never opened it is not, nor whom somebody else's word named like them", () => {
    const here = start();
    joined(here, "dan");
    const { project } = here;
    project.ok(["revoke", "bob", "--yes", "-q"]);
    project.commitAll("revoke bob");
    project.ok(["join", "--name", "eve"], here.as("eve"));
    project.ok(["grant", "eve", "--yes", "-e", "default"]);
    project.commitAll("eve");
    // A claim in a commit of anybody's: it makes nobody lose anything.
    const now = here.manifest();
    const claimed = structuredClone(now);
    const { dan } = claimed.environments.production?.access ?? {};
    if (dan !== undefined) (claimed.environments.production as NonNullable<typeof claimed.environments.production>).access.eve = dan;
    here.put(claimed);
    project.git("commit", "-qnam", "claim");
    here.put(now);
    project.git("commit", "-qnam", "back");
    project.ok(["revoke", "eve", "--yes", "-q"], here.as("carol"));
    expect(isDue(here)).toBe(false);
    expect(Object.keys(here.manifest().environments.production?.access ?? {}).sort()).toEqual(["ada", "dan"]);
  });
});
