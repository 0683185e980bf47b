import { describe, expect, it } from "vitest";
import { b64u } from "../../src/core/bytes.ts";
import { withVault } from "../../src/core/changes.ts";
import { moved } from "../../src/core/rotate.ts";
import { genuineGrants, joinForks, signMerged, whyNotSigned } from "../../src/core/sign-merge.ts";
import { AT, idOf, keyOf, type Ring, recipient, wrappedFor } from "../support/rings.ts";
import { base, LATER, merge, opens, unsignedOf } from "./merged.ts";

describe("signing a merge", () => {
  const keysOf = (ours: Ring, theirs: Ring) => ({ ours: ours.keyring, theirs: theirs.keyring });
  const rotation = base.rotate(2);
  const granted = base.grant("eve", 13);

  it("says why the leader's key must not: a fork, or a side from below the floor", () => {
    const plain = unsignedOf(merge(rotation.manifest, granted.manifest));
    expect(whyNotSigned(plain, keysOf(rotation, granted))).toBeNull();
    const fence = rotation.fence();
    const low = unsignedOf(merge(fence.manifest, granted.manifest));
    expect(whyNotSigned(low, keysOf(fence, granted))).toBe(
      "theirs changed default under v1, which is below the floor: someone who left may have done it",
    );
    const mirrored = unsignedOf(merge(granted.manifest, fence.manifest));
    expect(whyNotSigned(mirrored, keysOf(granted, fence))).toMatch(/^ours changed default under v1/);
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const fork = unsignedOf(merge(one.manifest, two.manifest));
    expect(whyNotSigned(fork, keysOf(one, two))).toBe("both sides rotated default");
    expect(whyNotSigned(fork, keysOf(one.fence(), two))).toBe(
      "both sides rotated default; theirs comes from below the other's floor: someone who left may have made it",
    );
    expect(whyNotSigned(fork, keysOf(one, two.fence()))).toMatch(/; ours comes from below the other's floor/);
    expect(whyNotSigned(fork, keysOf(one.fence(), two.fence()))).toMatch(/; theirs comes from below/);
  });

  it("wraps for entries that a holder of their side's key made, and no other", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const unsigned = unsignedOf(merged);
    expect(genuineGrants(unsigned, keysOf(rotation, granted), merged.manifest)).toEqual(["eve"]);
    // Slipped in by someone without the key: no genuine tag.
    const eve = granted.entry.access.eve as { wrapped: string; tag: string };
    const slipped = base.join("mallory", 14).forged({ access: { ...base.entry.access, mallory: eve } });
    const forged = merge(rotation.manifest, slipped);
    expect(unsignedOf(forged).grants).toEqual(["mallory"]);
    expect(genuineGrants(unsignedOf(forged), { ours: rotation.keyring, theirs: opens(slipped, 1) }, forged.manifest)).toEqual([]);
    // Genuine, and its recipient exchanged in the merge.
    const swapped = {
      ...merged.manifest,
      recipients: { ...merged.manifest.recipients, eve: { recipient: recipient(15), added: "2026-01-01" } },
    };
    expect(genuineGrants(unsigned, keysOf(rotation, granted), swapped)).toEqual([]);
  });

  it("makes the leader's entry, grants and listings authentic, and leaves what nobody with a key listed", () => {
    const theirs = granted.apply((manifest, { signer }) => withVault(manifest, signer, "a/.env.vault", idOf(5))).set({ required: ["A"] });
    const forged = {
      ...theirs.manifest,
      vaults: {
        ...theirs.manifest.vaults,
        "b/.env.vault": { ...(theirs.manifest.vaults["a/.env.vault"] as object), id: idOf(6) } as never,
      },
    };
    for (const turn of ["ours", "theirs"] as const) {
      const [x, y] = turn === "ours" ? [rotation.manifest, forged] : [forged, rotation.manifest];
      const merged = merge(x, y);
      const unsigned = unsignedOf(merged);
      expect(unsigned).toMatchObject({ lead: turn, entry: true, grants: ["eve"], vaults: ["a/.env.vault", "b/.env.vault"] });
      const rings = { ours: rotation.keyring, theirs: opens(forged, 1) };
      const sides = turn === "ours" ? rings : { ours: rings.theirs, theirs: rings.ours };
      const signed = signMerged(merged.manifest, unsigned, sides, new Map([["eve", wrappedFor(2)]]));
      const ring = opens(signed, 2);
      expect(ring.entry.required).toEqual(["A"]);
      expect(["ada", "bob", "eve"].map((name) => ring.accessIsGenuine(name))).toEqual([true, true, true]);
      expect([".env.vault", "a/.env.vault", "b/.env.vault"].map((path) => ring.listsVault(path))).toEqual([true, true, false]);
    }
  });

  it("signs no entry that needs none", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const signed = signMerged(merged.manifest, unsignedOf(merged), keysOf(rotation, granted), new Map());
    expect(signed).toEqual(merged.manifest);
  });

  it("joins a fork by a third key that leads to both", () => {
    const [one, two] = [base.rotate(2, { keep: ["ada"] }).grant("eve", 13), base.rotate(3, { at: LATER })];
    const merged = merge(one.manifest, two.manifest);
    const unsigned = unsignedOf(merged);
    const keys = keysOf(one, two);
    const names = genuineGrants(unsigned, keys, merged.manifest);
    // Bob was left out by one side; eve granted by one.
    expect(names.sort()).toEqual(["ada", "eve"]);
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: new Uint8Array(12).fill(1), theirs: new Uint8Array(12).fill(2) },
      at: LATER,
      wrapped: new Map(names.map((name) => [name, wrappedFor(9)] as const)),
    };
    const { manifest, raise } = joinForks(merged.manifest, unsigned, keys, join, base.entry.floor);
    expect(raise).toBe(false);
    const ring = opens(manifest, 9);
    expect(ring.active.version).toBe(3);
    expect(ring.entry.floor).toBe(base.entry.floor);
    expect(ring.entry.keys[ring.active.keyId]).toMatchObject({ state: "active", reason: "merge", created: LATER });
    expect(ring.entry.keys[ring.active.keyId]?.history).toEqual([{ state: "active", at: LATER }]);
    for (const side of [one, two]) {
      expect(b64u(ring.dataKey(side.active, "x"))).toBe(b64u(side.dataKey));
      expect(ring.entry.keys[side.active]).toMatchObject({ state: "deactivated" });
      expect(ring.entry.keys[side.active]?.history.at(-1)).toEqual({ state: "deactivated", at: LATER, reason: "merge" });
      expect(ring.reachesPin(side.keyring.pin)).toBe(true);
    }
    expect(b64u(ring.dataKey(base.active, "x"))).toBe(b64u(base.dataKey));
    expect(Object.keys(ring.entry.access).sort()).toEqual(["ada", "eve"]);
    expect(ring.accessIsGenuine("eve")).toBe(true);
    expect(ring.listsVault(".env.vault")).toBe(true);
    const fence = joinForks(merged.manifest, unsigned, keysOf(one.fence(), two), join, base.entry.floor);
    expect(fence.raise).toBe(true);
    expect(joinForks(merged.manifest, unsigned, keysOf(one, two.fence()), join, base.entry.floor).raise).toBe(true);
  });

  it("lists in a fork no vault of another environment, nor one that neither side made", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const merged = merge(one.manifest, two.manifest);
    const vaults = {
      ...merged.manifest.vaults,
      "b/.env.vault": { environment: "default", id: idOf(6), tag: "hmac:x:y" },
      ".env.staging.vault": { environment: "staging", id: idOf(7), tag: "hmac:x:z" },
    };
    const join = {
      dataKey: keyOf(9),
      nonces: { ours: keyOf(1).subarray(0, 12), theirs: keyOf(2).subarray(0, 12) },
      at: AT,
      wrapped: new Map(),
    };
    const { manifest } = joinForks({ ...merged.manifest, vaults }, unsignedOf(merged), keysOf(one, two), join, base.entry.floor);
    expect(manifest.vaults[".env.staging.vault"]?.tag).toBe("hmac:x:z");
    expect(manifest.vaults["b/.env.vault"]?.tag).toBe("hmac:x:y");
    expect(opens(manifest, 9).listsVault(".env.vault")).toBe(true);
    const other = { ...merged.manifest, vaults: { ".env.vault": { environment: "default", id: idOf(8), tag: "hmac:x:y" } } };
    expect(joinForks(other, unsignedOf(merged), keysOf(one, two), join, base.entry.floor).manifest.vaults[".env.vault"]?.tag).toBe(
      "hmac:x:y",
    );
  });

  it("never moves a key backwards", () => {
    expect(() => moved(base.entry.keys[base.active] as never, "destroyed", AT)).toThrow(/v1 is active and cannot become destroyed/);
  });
});
