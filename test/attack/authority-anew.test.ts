import { expect, it } from "vitest";
import { headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { withEntry } from "../../src/core/keys/manifest-edits.ts";
import { joined, world } from "./authority/world.ts";

/** A change of roles, a revocation and a grant sign for environments whose key is not at hand: never what nobody signed who may. */
it("an admin signs no forged statement anew, with whatever command", () => {
  const here = world({ ".env": "API_KEY=sk_live_0123456789\n", ".env.staging": "API_KEY=sk_test_0123456789\n" });
  const { project, as } = here;
  joined(here, "bob");
  project.ok(["join", "--name", "alice"], as("alice"));
  project.ok(["grant", "alice", "--yes", "--admin", "-e", "default"]);
  project.ok(["pin", "confirm", "--yes"], as("alice"));
  const manifest = here.manifest();
  const { statement } = manifest.environments.staging as Manifest["environments"][string];
  const signatures = { nobody: `ed25519:${"A".repeat(86)}` };
  const forged = withEntry(manifest, "staging", { statement: { ...statement, revision: 0xffffffff, signatures } });
  for (const [args, isRefused] of [
    [["revoke", "bob"], true],
    [["grant", "bob", "-e", "staging"], true],
    [["grant", "bob", "--admin"], false],
    [["grant", "alice", "--member"], false],
  ] as const) {
    here.put(forged);
    const admin = args[1] === "alice" ? {} : as("alice");
    const { code, stderr } = project.envseal([...args, "--yes"], admin);
    expect({ args, refused: code !== 0 && stderr.includes("FORGED_MANIFEST") }).toEqual({ args, refused: isRefused });
    // What is not about it goes on, and leaves it as it is.
    expect(here.manifest().environments.staging).toEqual(forged.environments.staging);
  }
  project.ok(["env", "remove", "staging", "--yes"]);
  expect(headOf(here.manifest()).gone).toEqual({ staging: { revision: 1 } });
});
