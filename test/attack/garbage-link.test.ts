import { expect, it } from "vitest";
import { unlockTrusted } from "../../src/age/unlock.ts";
import { withAuthority } from "../../src/core/authority/authority-changes.ts";
import type { KeyEntry } from "../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { nowSeen } from "../../src/core/authority/seen.ts";
import { person } from "../support/authority.ts";
import { Ring } from "../support/keyring-builder.ts";
import { reallyWrapped } from "../support/manifests.ts";

/** A rotator's key without the environment's: a new key of their own, said to lead to the floor that a machine has seen. */

const night = person("night", 30);
const base = Ring.start()
  .grant("ada", 11)
  .apply((manifest, _, signer) =>
    withAuthority(manifest, { rotators: { night: { signer: night.signer, environments: ["default"] } } }, signer),
  );
const rotated = base.by(night).rotate(2).raise();
const identity = new Uint8Array(32).fill(11);
const key = { type: "identity", identity, pins: [], personal: true, environment: null, source: "a test" } as const;
const open = async (manifest: Manifest) =>
  unlockTrusted(await reallyWrapped(manifest, "default", 2), "default", key, { seen: nowSeen(base.manifest, null) });

it("a floor that was raised leads to the one that was seen by a link that opens", async () => {
  expect((await open(rotated.manifest)).isOutdated).toBe(false);
  const entry = rotated.statement.keys[rotated.active] as KeyEntry;
  const links = { [base.active]: `aead:${"A".repeat(80)}` };
  const forged = rotated.state({ keys: { ...rotated.statement.keys, [rotated.active]: { ...entry, links } } });
  await expect(open(forged.manifest)).rejects.toMatchObject({ code: "FORGED_MANIFEST" });
});
