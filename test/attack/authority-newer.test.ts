import { expect, it } from "vitest";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { withEntry, withGrant, withSettingsTagged, withStatement, withVault } from "../../src/core/keys/manifest-edits.ts";
import { parseDocument } from "../../src/core/vault/document.ts";
import { sealDocument } from "../../src/core/vault/seal-vault.ts";
import { serialiseVault } from "../../src/core/vault/vault.ts";
import { identityOf, joined, opened, signerFor, world } from "./authority/world.ts";

/**
 * An admin who was removed forks the authority from when they were one. The checkout that they make has no entry of the reader,
 * whose newest manifest elsewhere opens the same active key: that says nothing of the checkout's own authority.
 */
it("a removed admin's fork is not read, sealed or synced through the newest manifest of another ref", () => {
  const here = world();
  const { project, as } = here;
  joined(here, "mallory", "--admin");
  joined(here, "bob");
  const before = here.manifest();
  const identity = identityOf(here, "mallory");
  const signer = signerFor(here, "mallory");
  project.ok(["revoke", "mallory", "--yes"]);
  project.commitAll("without mallory");
  project.ok(["get", "API_KEY"], as("bob"));
  const now = here.manifest();

  const keyring = opened(before, identity);
  const { statement } = now.environments.default as Manifest["environments"][string];
  let forged: Manifest = withAuthority({ ...now, authority: before.authority }, {}, signer);
  forged = withEntry(forged, "default", { access: {} });
  forged = withStatement(forged, "default", { floor: keyring.active.keyId, keys: tamed(statement.keys) }, signer);
  forged = withSettingsTagged(forged, keyring.tagger, keyring.settings);
  const id = now.vaults[".env.vault"]?.id as string;
  forged = withVault(forged, keyring.tagger, ".env.vault", id);
  forged = withGrant(forged, "default", "mallory", { recipient: signer.recipient, kind: "person" }, signer);
  here.put(forged);
  const { document } = parseDocument(Buffer.from("API_KEY=mine\nPORT=3000\n"));
  const key = keyring.vaultKey(keyring.active.keyId, id);
  project.write(".env.vault", serialiseVault(sealDocument(document, { environment: "default", vaultId: id, key, isPublic: () => false })));

  expect(project.fails(["get", "API_KEY"], as("bob"))).toMatchObject({ error: "PARTED", stdout: "" });
  expect(project.fails(["run", "--", "printenv", "API_KEY"], as("bob"))).toMatchObject({ stdout: "" });
  expect(project.fails(["set", "API_KEY"], { ...as("bob"), input: "theirs" }).error).toBe("PARTED");
  project.envseal(["sync"], as("bob"));
  expect(here.manifest().environments.default?.access.mallory?.wrapped).toBeUndefined();
});

/** Of no key does it say any more that somebody lost access. */
function tamed(keys: Manifest["environments"][string]["statement"]["keys"]): typeof keys {
  return Object.fromEntries(Object.entries(keys).map(([keyId, key]) => [keyId, { ...key, reason: "scheduled" as const }]));
}
