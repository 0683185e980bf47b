import { expect, it } from "vitest";
import { scopeOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { signStatement } from "../../src/core/authority/statement.ts";
import { withEntry } from "../../src/core/keys/manifest-edits.ts";
import { MAX_VERSION } from "../../src/core/limits.ts";
import { joined, signerFor, world } from "./authority/world.ts";

/** Revisions and versions only grow. Whoever signed with the highest there is would leave nobody a next one, on any machine that saw it. */
it("a rotator cannot use up the revisions or versions of an environment", () => {
  const here = world();
  const { project, as } = here;
  joined(here, "nightly", "--rotate");
  project.ok(["rotate"], as("nightly"));
  const manifest = here.manifest();
  const signer = signerFor(here, "nightly");
  const { statement } = manifest.environments.default as Manifest["environments"][string];
  const signed = (members: object) =>
    withEntry(manifest, "default", {
      statement: signStatement("environment", scopeOf(manifest, "default"), { ...statement, ...members }, signer),
    });
  const { active, keys, revision } = statement;
  const highest = { ...keys, [active]: { ...keys[active], version: MAX_VERSION } };
  for (const members of [{ revision: MAX_VERSION }, { revision: 1 << 21 }, { revision: revision + 1, keys: highest }]) {
    here.put(signed(members));
    expect(project.fails(["rotate"]).error).toBe("FORGED_MANIFEST");
    expect(project.fails(["get", "API_KEY"]).error).toBe("FORGED_MANIFEST");
  }
  here.put(signed({ revision: 1 << 20 }));
  project.ok(["rotate"], as("nightly"));
  // Whoever signs as an admin goes on from there.
  project.ok(["revoke", "nightly", "--yes"]);
  expect(project.ok(["get", "API_KEY"]).stdout).toBe("sk_live_0123456789\n");
});
