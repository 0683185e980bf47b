import { expect, it } from "vitest";
import { destroyed } from "../../src/core/keys/key-states.ts";
import { unfinishedIn } from "../../src/workspace/unfinished.ts";
import { AT, Ring } from "../support/keyring-builder.ts";

it("a rotation that somebody left behind is unfinished, also where its key was destroyed", () => {
  const base = Ring.start().grant("ada", 11);
  const left = base.rotate(2, { reason: "offboarding" });
  const later = left.rotate(3);
  const gone = later.apply((manifest, keyring, signer) =>
    destroyed(manifest, keyring, { keyId: left.active, at: AT, reason: "old", nonce: () => new Uint8Array(12) }, signer),
  );
  const found = (ring: Ring) => unfinishedIn(ring.manifest, "default");
  expect([base, left, later, gone, gone.fence()].map(found)).toEqual([null, "floor", "floor", "floor", null]);
});
