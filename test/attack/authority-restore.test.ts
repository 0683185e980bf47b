import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstStatement } from "../../src/core/authority/authority-changes.ts";
import { headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { signStatement } from "../../src/core/authority/statement.ts";
import { withEntry, withGrant } from "../../src/core/keys/manifest-edits.ts";
import { personOf } from "../../src/features/access/person.ts";
import { type World, world } from "./authority/world.ts";

/**
 * Somebody without any key writes an authority of their own beside the real signers' names. Whoever puts a backup back, or makes a
 * new root from it, has the backup's word on which authority is the right one, or the record of what this machine has seen.
 */

function backedUp() {
  const here = world({ ".env": "API_KEY=sk_live_0123456789\n", ".env.staging": "API_KEY=sk_test_0123456789\n" });
  const { project, sandbox } = here;
  const file = join(sandbox.root, "backup");
  const phrase = ["--passphrase-file", join(sandbox.root, "phrase")];
  project.ok(["backup", "create", file, ...phrase]);
  return { here, project, file, phrase };
}

/** Everything that was signed counts under it, and so does whatever Mallory signs. */
function forged({ manifest }: World, damages: boolean): Manifest {
  const now = manifest();
  const mallory = personOf(new Uint8Array(32).fill(7), now.project, "mallory");
  const { admins, rotators, environments } = headOf(now);
  const own = { recipient: mallory.recipient, signer: mallory.signer };
  const first = firstStatement(now.project, { admins: { ...admins, mallory: own }, rotators, environments }, mallory);
  let made = withGrant({ ...now, authority: [first] }, "default", "mallory", { recipient: mallory.recipient, kind: "person" }, mallory);
  if (!damages) return made;
  const { statement } = made.environments.staging as Manifest["environments"][string];
  // Damaged, so that there is something to put back.
  made = withEntry(made, "staging", { statement: { ...statement, signatures: { ada: `ed25519:${"A".repeat(86)}` } } });
  return made;
}

it("a restore on a new machine records no authority that the backup does not vouch for", () => {
  const { here, project, file, phrase } = backedUp();
  here.put(forged(here, true));
  const fresh = here.as("fresh");
  expect(project.fails(["backup", "restore", file, "--yes", ...phrase], fresh)).toMatchObject({ error: "PIN_MISMATCH" });
  const { confirmed } = JSON.parse(project.ok(["pin", "--json"], fresh).stdout);
  expect(confirmed).toBe(false);
});

it("an admin's restore signs and records nothing on top of a head that nobody signed who may", () => {
  const { here, project, file, phrase } = backedUp();
  const now = here.manifest();
  const mallory = personOf(new Uint8Array(32).fill(7), now.project, "mallory");
  const { signatures: _, ...head } = headOf(now);
  const own = { recipient: mallory.recipient, signer: mallory.signer };
  const previous = [
    JSON.parse(readFileSync(join(project.sandbox.home, "state/envseal/pins", `${now.project}.json`), "utf8")).digests.at(-1),
  ];
  const next = signStatement(
    "authority",
    { project: now.project, environment: "" },
    { ...head, revision: head.revision + 1, previous, admins: { ...head.admins, mallory: own } },
    mallory,
  );
  here.put({ ...now, authority: [...now.authority, next] });
  const written = project.read("envseal.json");
  expect(project.fails(["backup", "restore", file, "--yes", ...phrase]).error).toBe("FORGED_MANIFEST");
  expect(project.read("envseal.json")).toBe(written);
  expect(project.fails(["get", "API_KEY"]).error).toBe("FORGED_MANIFEST");
});

it("a new root from a backup keeps nobody whom a forged authority let in", () => {
  const { here, project, file, phrase } = backedUp();
  here.put(forged(here, false));
  const fresh = here.as("fresh");
  const made = project.fails(["init", "--new-root", "--backup", file, "--yes", "--name", "eve", ...phrase], fresh);
  expect(made.error).toBe("PIN_MISMATCH");
});

it("a new root takes a confirmed pin where no backup vouches for the old one", () => {
  const { here, project } = backedUp();
  const fresh = here.as("fresh");
  project.ok(["join", "--name", "eve"], fresh);
  project.ok(["grant", "eve", "--yes", "--all"]);
  expect(project.fails(["init", "--new-root", "--yes"], fresh).error).toBe("UNCONFIRMED_PIN");
  project.ok(["pin", "confirm", "--yes"], fresh);
  project.ok(["init", "--new-root", "--yes"], fresh);
});
