import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import type { Manifest, VaultEntry } from "../../../src/core/authority/manifest.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { markCompromised } from "../../../src/core/keys/key-states.ts";
import { withEntry } from "../../../src/core/keys/manifest-edits.ts";
import { moved } from "../../../src/core/keys/rotate.ts";
import { joinForks, namesToWrap, signMerged, whyNotSigned } from "../../../src/core/merging/sign-merge.ts";
import { ADMIN, AT, idOf, keyOf, type Ring, recipient, wrappedFor } from "../../support/keyring-builder.ts";
import { base, environment, LATER, merge, needs, opens, unsignedOf } from "./merged.ts";

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

  it("wraps for entries that an admin signed, since anybody lost access, and no other", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const unsigned = unsignedOf(merged);
    expect(namesToWrap(unsigned, keysOf(rotation, granted), merged.manifest)).toEqual(["eve"]);
    // Slipped in by someone who may not: it is in no merge, and gets nothing where it is.
    const eve = granted.entry.access.eve as AccessEntry;
    const slipped = base.forged({ access: { ...base.entry.access, mallory: eve } });
    expect(Object.keys(environment(merge(rotation.manifest, slipped)).access)).not.toContain("mallory");
    const asked = { ...unsigned, waiting: ["mallory"] };
    expect(namesToWrap(asked, { ours: rotation.keyring, theirs: opens(slipped, 1) }, slipped)).toEqual([]);
    // Genuine, and its recipient exchanged in the merge.
    const swapped = rotation.with(merged.manifest).forged({ access: { eve: { ...eve, recipient: recipient(15) } } });
    expect(namesToWrap(unsigned, keysOf(rotation, granted), swapped)).toEqual([]);
  });

  it("wraps the key that a rotator cut for whom the other side's holders had let in, and for none who only waited there", () => {
    const cut = base.rotate(2, { reason: "offboarding" });
    for (const [other, names] of [
      [granted, ["eve"]],
      [base.admit("eve", 13), []],
    ] as const) {
      const merged = merge(cut.manifest, other.manifest);
      expect(unsignedOf(merged).waiting).toEqual(["eve"]);
      expect(namesToWrap(unsignedOf(merged), keysOf(cut, other), merged.manifest)).toEqual(names);
    }
  });

  it("wraps nothing for whom a rotator cut off, where the dead entry was put back on the side of the cut", () => {
    const before = base.grant("eve", 13);
    const { eve: dead } = before.entry.access;
    const cut = before.rotate(2, { reason: "offboarding" });
    const { eve: _, ...left } = cut.entry.access;
    const put = cut.forged({ access: { ...left, eve: dead as AccessEntry } });
    const side = before.set({ required: ["A"] });
    for (const turn of ["ours", "theirs"] as const) {
      const [x, y] = turn === "ours" ? [put, side.manifest] : [side.manifest, put];
      const merged = merge(x, y, before.manifest);
      const keys = turn === "ours" ? { ours: opens(put, 2), theirs: side.keyring } : { ours: side.keyring, theirs: opens(put, 2) };
      // Nor would she be wrapped for if she were in it.
      const access = environment(merged).access;
      expect(Object.keys(access)).not.toContain("eve");
      const { wrapped: _wrapped, tag: _tag, ...waiting } = dead as AccessEntry;
      const listed = withEntry(merged.manifest, "default", { access: { ...access, eve: waiting } });
      const asked = { ...(merged.unsigned[0] ?? needs({ lead: turn })), waiting: ["eve"] };
      expect(namesToWrap(asked, keys, listed)).not.toContain("eve");
    }
  });

  it("makes the leader's settings, keys and listings authentic, and leaves what nobody with a key listed", () => {
    const fence = rotation.fence();
    const theirs = base
      .admit("eve", 13)
      .list("a/.env.vault", 5)
      .set({ required: ["A"] });
    const listed = theirs.manifest.vaults["a/.env.vault"] as VaultEntry;
    const forged = { ...theirs.manifest, vaults: { ...theirs.manifest.vaults, "b/.env.vault": { ...listed, id: idOf(6) } } };
    for (const turn of ["ours", "theirs"] as const) {
      const [x, y] = turn === "ours" ? [fence.manifest, forged] : [forged, fence.manifest];
      const merged = merge(x, y);
      const unsigned = unsignedOf(merged);
      expect(unsigned).toEqual(needs({ lead: turn, settings: true, waiting: ["eve"], vaults: ["a/.env.vault", "b/.env.vault"] }));
      const rings = { ours: fence.keyring, theirs: opens(forged, 1) };
      const sides = turn === "ours" ? rings : { ours: rings.theirs, theirs: rings.ours };
      const signed = signMerged(merged.manifest, unsigned, sides, { signer: null, wrapped: new Map([["ada", wrappedFor(2)]]) });
      const ring = opens(signed, 2);
      expect(ring.settings.required).toEqual(["A"]);
      expect(["ada", "bob", "eve"].map((name) => ring.accessState(name))).toEqual(["genuine", "genuine", "outdated"]);
      expect([".env.vault", "a/.env.vault", "b/.env.vault"].map((path) => ring.listsVault(path))).toEqual([true, true, false]);
    }
  });

  it("signs a statement that both changed, one revision on", () => {
    const [one, two] = [rotation.raise(), rotation.state({ keys: markCompromised(rotation.keyring, base.active, AT, "laptop") })];
    const merged = merge(one.manifest, two.manifest, rotation.manifest);
    expect(unsignedOf(merged)).toEqual(needs({ lead: "ours", statement: true }));
    expect(() => opens(merged.manifest, 2)).toThrow(/statement of default is not signed/);
    const signed = signMerged(merged.manifest, unsignedOf(merged), keysOf(one, two), { signer: ADMIN, wrapped: new Map() });
    const ring = opens(signed, 2);
    expect(ring.statement.revision).toBe(Math.max(one.statement.revision, two.statement.revision) + 1);
    expect(ring.statement.floor).toBe(rotation.active);
    expect(ring.statement.keys[base.active]?.state).toBe("compromised");
    // Nobody signs who is not asked to.
    expect(signMerged(merged.manifest, unsignedOf(merged), keysOf(one, two), { signer: null, wrapped: new Map() })).toEqual(
      merged.manifest,
    );
  });

  it("changes nothing where nothing is to be made anew", () => {
    const merged = merge(rotation.manifest, granted.manifest);
    const signed = signMerged(merged.manifest, unsignedOf(merged), keysOf(rotation, granted), { signer: ADMIN, wrapped: new Map() });
    expect(signed).toEqual(merged.manifest);
  });

  const joinOf = (names: readonly string[]) => ({
    dataKey: keyOf(9),
    nonces: { ours: new Uint8Array(12).fill(1), theirs: new Uint8Array(12).fill(2) },
    at: LATER,
    wrapped: new Map(names.map((name) => [name, wrappedFor(9)] as const)),
    signer: ADMIN,
  });

  it("joins a fork by a third key that leads to both", () => {
    const [one, two] = [base.rotate(2, { keep: ["ada"] }).grant("eve", 13), base.rotate(3, { at: LATER })];
    const merged = merge(one.manifest, two.manifest);
    const unsigned = unsignedOf(merged);
    const keys = keysOf(one, two);
    const names = namesToWrap(unsigned, keys, merged.manifest);
    // Bob was left out by one side; eve granted by one.
    expect(names.sort()).toEqual(["ada", "eve"]);
    const manifest = joinForks(merged.manifest, unsigned, keys, joinOf(names), base.statement.floor);
    const ring = opens(manifest, 9);
    expect(ring.active.version).toBe(3);
    expect(ring.statement.floor).toBe(base.statement.floor);
    expect(ring.statement.revision).toBe(Math.max(one.statement.revision, two.statement.revision) + 1);
    expect(ring.statement.keys[ring.active.keyId]).toMatchObject({
      state: "active",
      reason: "merge",
      created: LATER,
      revision: ring.statement.revision,
    });
    expect(ring.statement.keys[ring.active.keyId]?.history).toEqual([{ state: "active", at: LATER }]);
    for (const side of [one, two]) {
      expect(b64u(ring.dataKey(side.active, "x"))).toBe(b64u(side.dataKey));
      expect(ring.statement.keys[side.active]).toMatchObject({ state: "deactivated" });
      expect(ring.statement.keys[side.active]?.history.at(-1)).toEqual({ state: "deactivated", at: LATER, reason: "merge" });
      expect(ring.leadsTo(side.keyring.keyPin)).toBe(true);
    }
    expect(b64u(ring.dataKey(base.active, "x"))).toBe(b64u(base.dataKey));
    expect(Object.keys(ring.access).sort()).toEqual(["ada", "eve"]);
    expect(["ada", "eve"].map((name) => ring.accessState(name))).toEqual(["genuine", "genuine"]);
    expect(ring.listsVault(".env.vault")).toBe(true);
  });

  it("lists in a fork no vault of another environment, nor one that neither side made", () => {
    const [one, two] = [base.rotate(2), base.rotate(3)];
    const merged = merge(one.manifest, two.manifest);
    const vaults = {
      ...merged.manifest.vaults,
      "b/.env.vault": { environment: "default", id: idOf(6), tag: "hmac:x:y" },
      ".env.staging.vault": { environment: "staging", id: idOf(7), tag: "hmac:x:z" },
    };
    const joined = (manifest: Manifest) => joinForks(manifest, unsignedOf(merged), keysOf(one, two), joinOf([]), base.statement.floor);
    const manifest = joined({ ...merged.manifest, vaults });
    expect(manifest.vaults[".env.staging.vault"]?.tag).toBe("hmac:x:z");
    expect(manifest.vaults["b/.env.vault"]?.tag).toBe("hmac:x:y");
    expect(opens(manifest, 9).listsVault(".env.vault")).toBe(true);
    const other = { ...merged.manifest, vaults: { ".env.vault": { environment: "default", id: idOf(8), tag: "hmac:x:y" } } };
    expect(joined(other).vaults[".env.vault"]?.tag).toBe("hmac:x:y");
  });

  it("never moves a key backwards", () => {
    expect(() => moved(base.statement.keys[base.active] as never, "destroyed", AT)).toThrow(/v1 is active and cannot become destroyed/);
  });
});
