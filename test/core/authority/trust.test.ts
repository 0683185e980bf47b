import { describe, expect, it } from "vitest";
import { pinOfDigest } from "../../../src/core/authority/authority.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { authorityOf } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { isEarlier, nowSeen, outdated, type SeenProject } from "../../../src/core/authority/seen.ts";
import { pinOfManifest, trust, verifyAlone, verifySince } from "../../../src/core/authority/trust.ts";
import { withRolesChanged } from "../../../src/core/keys/fence.ts";
import { destroyed } from "../../../src/core/keys/key-states.ts";
import { withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { type MergedManifest, mergeManifests, type Unsigned } from "../../../src/core/merging/merge-manifest.ts";
import { joinForks } from "../../../src/core/merging/sign-merge.ts";
import { adminsOf, person, signedBy } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, AT, keyOf, manifestOf, Ring } from "../../support/keyring-builder.ts";
import { withPlanned } from "../../support/manifests.ts";

const [ada, bob, eve] = [person("ada", 11), person("bob", 12), person("eve", 13)];
/** A root with two admins, one more, and one less. */
const root = manifestOf({ admins: [ada, bob] });
const added = withAuthority(root, { admins: adminsOf(ada, bob, eve) }, ada);
const bobLeft = withAuthority(added, { admins: adminsOf(ada, eve) }, ada);
const bobsBranch = withAuthority(added, { admins: adminsOf(bob) }, bob);
const stranger = manifestOf({ admins: [eve] });

const pin = (manifest: Manifest) => pinOfManifest(manifest);
const seen = (manifest: Manifest) => nowSeen(manifest, null);
/** The manifest with an authority in which one signature is not the signer's. */
function forged(manifest: Manifest, index: number): Manifest {
  const authority = manifest.authority.map((one, at) =>
    at === index ? { ...one, signatures: signedBy({ ...ada, seed: eve.seed }, one).signatures } : one,
  );
  return { ...manifest, authority };
}

describe("the authority of a manifest", () => {
  it("of which nothing is known is checked from its first statement, and is a first use", () => {
    expect(trust(bobLeft, { pins: [], seen: null })).toBe("first");
    for (const index of [0, 1, 2])
      expect(errorOf(() => trust(forged(bobLeft, index), { pins: [], seen: null }))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(() => verifyAlone(bobLeft)).not.toThrow();
    expect(errorOf(() => verifyAlone(forged(bobLeft, 0)))).toMatchObject({ code: "FORGED_MANIFEST" });
  });

  it("is the pinned one, or goes on from there; what was signed before the pin needs no check", () => {
    expect(trust(added, { pins: [pin(added)], seen: null })).toBe("match");
    expect(trust(bobLeft, { pins: [pin(added)], seen: null })).toBe("newer");
    expect(trust(forged(bobLeft, 1), { pins: [pin(added)], seen: null })).toBe("newer");
    expect(errorOf(() => trust(forged(bobLeft, 2), { pins: [pin(added)], seen: null }))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(trust(forged(bobLeft, 2), { pins: [pin(bobLeft)], seen: null })).toBe("match");
  });

  it("that does not lead to the pin is refused, whatever else it says", () => {
    for (const [manifest, pinned] of [
      [stranger, root],
      [root, added],
      [bobsBranch, bobLeft],
    ] as const)
      expect(errorOf(() => trust(manifest, { pins: [pin(pinned)], seen: null }))).toMatchObject({ code: "PIN_MISMATCH" });
  });

  it("has to lead to every pin: one beside a key raises it after an admin left", () => {
    expect(trust(bobLeft, { pins: [pin(root), pin(bobLeft)], seen: null })).toBe("match");
    expect(trust(bobLeft, { pins: [pin(root), pin(added)], seen: null })).toBe("newer");
    // Whom the key alone would follow: an admin of then, who goes their own way.
    expect(trust(bobsBranch, { pins: [pin(root)], seen: null })).toBe("newer");
    for (const pins of [
      [pin(root), pin(bobLeft)],
      [pin(bobLeft), pin(root)],
    ])
      expect(errorOf(() => trust(bobsBranch, { pins, seen: null }))).toMatchObject({ code: "PIN_MISMATCH" });
  });

  it("compares with what this machine saw", () => {
    expect(trust(added, { pins: [], seen: seen(added) })).toBe("match");
    expect(trust(bobLeft, { pins: [], seen: seen(added) })).toBe("newer");
    expect(trust(added, { pins: [], seen: seen(bobLeft) })).toBe("older");
    expect(trust(root, { pins: [], seen: seen(bobLeft) })).toBe("older");
    expect(trust(bobsBranch, { pins: [], seen: seen(bobLeft) })).toBe("parted");
    expect(errorOf(() => trust(stranger, { pins: [], seen: seen(root) }))).toMatchObject({ code: "PIN_MISMATCH" });
  });

  it("is checked from what was seen on, also where it parted", () => {
    expect(trust(forged(bobLeft, 1), { pins: [], seen: seen(added) })).toBe("newer");
    for (const [manifest, from] of [
      [forged(bobLeft, 2), added],
      [forged(bobsBranch, 2), bobLeft],
    ] as const)
      expect(errorOf(() => trust(manifest, { pins: [], seen: seen(from) }))).toMatchObject({ code: "FORGED_MANIFEST" });
  });

  it("has to lead to a pin beside what was seen", () => {
    expect(trust(bobLeft, { pins: [pin(added)], seen: seen(root) })).toBe("newer");
    expect(errorOf(() => trust(bobsBranch, { pins: [pin(bobLeft)], seen: seen(root) }))).toMatchObject({ code: "PIN_MISMATCH" });
    expect(errorOf(() => trust(stranger, { pins: [pin(stranger)], seen: seen(root) }))).toMatchObject({ code: "PIN_MISMATCH" });
  });

  it("is of its own project alone", () => {
    const other = { ...added, project: "AAAAAAAAAAAAAAAA" };
    expect(errorOf(() => trust(other, { pins: [], seen: seen(added) }))).toBeDefined();
    expect(errorOf(() => verifyAlone(other))).toBeDefined();
  });

  it("goes on from an earlier manifest's, goes back, or goes its own way, and what was signed since is genuine", () => {
    for (const [before, after] of [
      [root, bobLeft],
      [bobLeft, root],
      [bobLeft, bobsBranch],
      [added, forged(bobLeft, 1)],
    ] as const)
      expect(() => verifySince(before, after)).not.toThrow();
    expect(errorOf(() => verifySince(added, forged(bobLeft, 2)))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(errorOf(() => verifySince(bobLeft, forged(bobsBranch, 2)))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(errorOf(() => verifySince(root, stranger))).toMatchObject({ code: "PIN_MISMATCH" });
  });

  it("has its head's digest for a pin", () => {
    expect(pin(bobLeft)).toEqual(pinOfDigest(authorityOf(bobLeft).headDigest));
    expect(pin(bobLeft)).toHaveLength(16);
  });
});

describe("an environment of a checkout that is behind what was seen", () => {
  const base = Ring.start().grant("ada", 11);
  const second = base.rotate(2);
  const fence = second.fence();
  const why = (ring: Ring, known: SeenProject | null) =>
    outdated(ring.manifest, "default", ring.statement, trust(ring.manifest, { pins: [], seen: known }), known);

  it("opens while nobody lost anything since", () => {
    const later = base.apply((manifest, _, signer) => withAuthority(manifest, { admins: adminsOf(ADMIN, bob) }, signer));
    expect(trust(base.manifest, { pins: [], seen: seen(later.manifest) })).toBe("older");
    expect(why(base, seen(later.manifest))).toBeNull();
    expect(why(base, null)).toBeNull();
    for (const ring of [base, second, fence]) expect(why(ring, seen(ring.manifest))).toBeNull();
    expect(why(fence, seen(base.manifest))).toBeNull();
  });

  it("does not open from before somebody lost access", () => {
    expect(why(base, seen(fence.manifest))).toBe("somebody lost access since");
    expect(why(second, seen(fence.manifest))).toBe("somebody lost access since");
  });

  it("does not open where its signer has no right any more, or it is gone", () => {
    const bobs = base
      .apply((manifest, _, signer) => withAuthority(manifest, { admins: adminsOf(ADMIN, bob) }, signer))
      .by(bob)
      .state({});
    const left = bobs.apply((manifest) => withRolesChanged(manifest, { admins: adminsOf(ADMIN) }, ADMIN));
    expect(why(bobs, seen(left.manifest))).toBe("whoever signed it has no right to any more");
    const gone = withoutEnvironment(withPlanned(base.manifest, "staging", { key: 8 }), "default", ADMIN);
    expect(why(base, seen(gone))).toBe("it was removed since");
  });

  it("does not open from below a floor that was seen, also where a rotator raised it", () => {
    const raised = second.raise();
    expect(trust(second.manifest, { pins: [], seen: seen(raised.manifest) })).toBe("match");
    expect(why(second, seen(raised.manifest))).toBe("its floor was raised since");
    expect(why(base, seen(raised.manifest))).toBe("its floor was raised since");
    expect(why(raised, seen(raised.manifest))).toBeNull();
    expect(why(raised.rotate(3).raise(), seen(raised.manifest))).toBeNull();
  });

  it("opens where two rotations were joined since, and the vaults are not sealed yet", () => {
    const [one, two] = [second.raise(), base.rotate(3)];
    const merged = mergeManifests({ base: base.manifest, ours: one.manifest, theirs: two.manifest }) as MergedManifest;
    const nonces = { ours: new Uint8Array(12), theirs: new Uint8Array(12) };
    const join = { dataKey: keyOf(9), nonces, at: AT, wrapped: new Map(), signer: ADMIN };
    const keys = { ours: one.keyring, theirs: two.keyring };
    const joined = new Ring(joinForks(merged.manifest, merged.unsigned[0] as Unsigned, keys, join, base.active), keyOf(9));
    expect(joined.statement.floor).toBe(base.active);
    expect(why(joined, seen(one.manifest))).toBeNull();
    expect(why(two, seen(one.manifest))).toBe("its floor was raised since");
  });

  it("opens where the floor that was seen was destroyed: no link leads to it any more", () => {
    const third = second.fence().rotate(3).fence();
    const without = third.apply((manifest, keyring, signer) =>
      destroyed(manifest, keyring, { keyId: second.active, at: AT, reason: "old", nonce: () => new Uint8Array(12).fill(1) }, signer),
    );
    expect(without.statement.keys[second.active]?.state).toBe("destroyed");
    expect(why(without, seen(second.fence().manifest))).toBeNull();
    expect(why(without, seen(third.manifest))).toBeNull();
  });

  it("is earlier where a newer statement was seen", () => {
    const now = seen(fence.manifest);
    const earlier = (ring: Ring, known: SeenProject | null, environment = "default") =>
      isEarlier(ring.manifest, environment, ring.statement, known);
    expect([base, second, fence].map((ring) => earlier(ring, now))).toEqual([true, true, false]);
    expect(earlier(base, now, "staging")).toBe(false);
    expect(earlier(base, now, "toString")).toBe(false);
    expect(earlier(base, null)).toBe(false);
  });
});

describe("what is remembered", () => {
  const base = Ring.start().grant("ada", 11);

  it("is the head, every digest, and the newest statement and floor of each environment", () => {
    const fence = base.rotate(2).fence();
    const { head, digests } = authorityOf(fence.manifest);
    expect(nowSeen(fence.manifest, null)).toEqual({
      head,
      digests,
      environments: {
        default: {
          revision: fence.statement.revision,
          lowest: fence.lowest,
          floor: fence.active,
          keys: { [base.active]: { version: 1 }, [fence.active]: { version: 2 } },
        },
      },
    });
  });

  it("keeps the newest of an environment that a checkout has from before, or not, or not genuine", () => {
    const raised = base.rotate(2).raise();
    const known = seen(raised.manifest);
    for (const manifest of [
      base.manifest,
      raised.forged({ statement: { revision: 99, floor: base.active } }),
      { ...raised.manifest, environments: {} },
    ])
      expect(nowSeen(manifest, known).environments).toEqual(known.environments);
    expect(nowSeen({ ...base.manifest, environments: {} }, null).environments).toEqual({});
    // What was raised under one revision counts as it is now.
    expect(nowSeen(raised.manifest, seen(base.manifest)).environments).toEqual(known.environments);
  });

  it("keeps a floor that a later statement lowers, and takes a fence that goes on from what was seen for the newer word", () => {
    const raised = base.rotate(2).raise();
    const known = seen(raised.manifest);
    const lowered = raised.state({ floor: base.active });
    const verdict = trust(lowered.manifest, { pins: [], seen: known });
    expect(outdated(lowered.manifest, "default", lowered.statement, verdict, known)).toBe("its floor was raised since");
    expect(nowSeen(lowered.manifest, known).environments).toEqual(known.environments);
    // A rotation that was thrown away before anybody had it: an admin fences off more than it had.
    let fence = base.rotate(3).fence();
    while (fence.lowest <= raised.statement.revision) fence = fence.rotate(4).fence();
    const now = trust(fence.manifest, { pins: [], seen: known });
    expect([now, outdated(fence.manifest, "default", fence.statement, now, known)]).toEqual(["newer", null]);
    expect(nowSeen(fence.manifest, known).environments.default?.floor).toBe(fence.active);
  });

  it("forgets an environment that is gone", () => {
    const gone = withoutEnvironment(withPlanned(base.manifest, "staging", { key: 8 }), "default", ADMIN);
    expect(Object.keys(nowSeen(gone, seen(base.manifest)).environments)).toEqual(["staging"]);
  });
});
