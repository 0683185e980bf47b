import { describe, expect, it } from "vitest";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { withEnvironmentOf } from "../../../src/core/authority/made-again.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { nowSeen, OTHER_BRANCH, outdated, type SeenProject } from "../../../src/core/authority/seen.ts";
import { trust } from "../../../src/core/authority/trust.ts";
import { destroyed } from "../../../src/core/keys/key-states.ts";
import { withStatement } from "../../../src/core/keys/manifest-edits.ts";
import { person } from "../../support/authority.ts";
import { ADMIN, AT, Ring } from "../../support/keyring-builder.ts";

/** What a rotator's key can make of an environment that a machine has seen. */

const night = person("night", 30);
const base = Ring.start()
  .grant("ada", 11)
  .apply((manifest, _, signer) =>
    withAuthority(manifest, { rotators: { night: { signer: night.signer, environments: ["default"] } } }, signer),
  );
const [second, third] = [base.rotate(2), base.rotate(2).rotate(3, { reason: "offboarding" }).fence()];
const FLOOR = "its floor was raised since";
const KEYS = "a key that was seen is destroyed or has another number in it, and no admin signed that";

const seen = ({ manifest }: { manifest: Manifest }, before: SeenProject | null = null) => nowSeen(manifest, before);
const why = ({ manifest }: { manifest: Manifest }, known: SeenProject) =>
  outdated(manifest, "default", manifest.environments.default?.statement as never, trust(manifest, { pins: [], seen: known }), known);
const keysOf = (ring: Ring) => ring.statement.keys;
/** A statement of night's (or whoever `by` says) that has the second key, which a leaver knows, in force. */
const lowered = (changes: Record<string, Partial<KeyEntry> | null>, by = night, floor = second.active) => {
  const keys = Object.entries({ ...keysOf(third), [second.active]: keysOf(second)[second.active] as KeyEntry })
    .filter(([keyId]) => changes[keyId] !== null)
    .map(([keyId, key]) => [keyId, { ...key, ...changes[keyId] }] as const);
  // The keyring asks for the very key that is active.
  const members = { keys: Object.fromEntries(keys), active: floor, floor };
  return { manifest: withStatement(third.manifest, "default", members, by) };
};
const links = { [third.active]: "aead:link" };

describe("a rotator's statement, on a machine that saw the floor which an admin raised", () => {
  it.each([
    ["drops the floor's key", lowered({ [third.active]: null }), FLOOR],
    ["calls it destroyed", lowered({ [third.active]: { state: "destroyed" } }), KEYS],
    ["calls it destroyed, and older", lowered({ [third.active]: { state: "destroyed", version: 1 } }), KEYS],
    ["gives it a lower number", lowered({ [third.active]: { version: 1, state: "deactivated" } }), KEYS],
    ["gives the leaver's key a higher one", lowered({ [second.active]: { version: 4, links } }), KEYS],
    ["links the leaver's key to it", lowered({ [third.active]: { state: "deactivated" }, [second.active]: { links } }), FLOOR],
  ])("that %s is refused", (_, ring, reason) => {
    const known = seen(third);
    expect(why(ring, known)).toBe(reason);
    expect(nowSeen(ring.manifest, known).environments).toEqual(known.environments);
  });

  it("cannot have a key forgotten first", () => {
    const without = third
      .by(night)
      .state({ keys: Object.fromEntries(Object.entries(keysOf(third)).filter(([id]) => id !== second.active)) });
    const known = seen(without, seen(third));
    expect(known.environments.default?.revision).toBe(without.statement.revision);
    expect(why(lowered({ [second.active]: { version: 4, links } }), known)).toBe(KEYS);
  });

  it("cannot bring back a key that an admin destroyed", () => {
    const gone = third.apply((manifest, keyring, signer) =>
      destroyed(manifest, keyring, { keyId: second.active, at: AT, reason: "old", nonce: () => new Uint8Array(12) }, signer),
    );
    const known = seen(gone);
    const back = gone.by(night).state({ keys: { ...keysOf(gone), [second.active]: keysOf(third)[second.active] as KeyEntry } });
    expect([why(gone, known), why(back, known)]).toEqual([null, KEYS]);
  });

  it("may rotate, and raise the floor; on what an admin destroyed meanwhile, too", () => {
    const next = third.by(night).rotate(4).raise();
    expect(why(next, seen(third))).toBeNull();
    const gone = next
      .by(ADMIN)
      .rotate(5)
      .fence()
      .apply((manifest, keyring, signer) =>
        destroyed(manifest, keyring, { keyId: third.active, at: AT, reason: "old", nonce: () => new Uint8Array(12) }, signer),
      );
    expect(why(gone.by(night).rotate(6).raise(), seen(third))).toBeNull();
    expect(why(gone.by(night).rotate(6), seen(third))).toBeNull();
  });
});

describe("two admins' fences from one base", () => {
  const [ours, theirs] = [second.rotate(7, { reason: "offboarding" }).fence(), second.rotate(8, { reason: "offboarding" }).fence()];

  it("are told apart from what is older, and one takes the other's place by a person's word alone", () => {
    const known = seen(ours);
    expect(trust(theirs.manifest, { pins: [], seen: known })).toBe("match");
    expect(why(theirs, known)).toBe(OTHER_BRANCH);
    expect(seen(theirs, known).environments).toEqual(known.environments);
    const chosen = nowSeen(theirs.manifest, known, undefined, ["default"]);
    expect([why(theirs, chosen), why(ours, chosen)]).toEqual([null, OTHER_BRANCH]);
    expect(why(second, chosen)).not.toBe(OTHER_BRANCH);
  });

  it("are no rotator's to make: what they sign yields to an admin's", () => {
    const known = seen(ours);
    const raised = second.by(night).rotate(8, { reason: "suspected" }).raise();
    const put = { manifest: withEnvironmentOf(ours.manifest, raised.manifest, "default") };
    expect(why(put, known)).toBe(FLOOR);
    expect(nowSeen(put.manifest, known, undefined, ["default"]).environments).toEqual(known.environments);
  });
});

describe("what a rotator signed that was thrown away", () => {
  const rotations = [4, 5, 6, 7].reduce((ring, seed) => ring.rotate(seed, { reason: "suspected" }).raise(), second.by(night));
  const fence = second.rotate(9).fence();

  it("yields to an admin's fence that this machine has not seen, whatever its revision, and to what goes on from that", () => {
    expect(fence.statement.revision).toBeLessThan(rotations.statement.revision);
    const known = seen(rotations);
    for (const ring of [fence, fence.by(night).rotate(10), fence.by(night).rotate(10).raise()]) {
      expect(why(ring, known)).toBeNull();
      expect(seen(ring, known).environments.default).toMatchObject({ revision: ring.statement.revision, floor: ring.statement.floor });
    }
  });

  it("does not come back under the fence, and older ones neither", () => {
    const known = seen(fence, seen(rotations));
    const back = withEnvironmentOf(fence.manifest, rotations.manifest, "default");
    const verdict = trust(back, { pins: [], seen: known });
    expect([verdict, outdated(back, "default", rotations.statement, verdict, known)]).toEqual(["match", FLOOR]);
    expect(why(rotations, known)).toBe(FLOOR);
  });

  it("yields to no change of the authority that leaves `lowest` as it was, and to no key that was seen", () => {
    const known = seen(rotations);
    const role = second.apply((manifest, _, signer) => withAuthority(manifest, { rotators: {} }, signer));
    expect(why(role, known)).toBe(FLOOR);
    // Genuine, and of the newer authority, with a floor from before.
    expect(why(second.state({}).fence().by(ADMIN), known)).toBe(FLOOR);
  });

  it("leaves no lie about a key behind: the fence says what is so", () => {
    const keys = {
      ...keysOf(rotations),
      [fence.active]: { ...(keysOf(fence)[fence.active] as KeyEntry), version: 7, state: "deactivated" as const },
    };
    const known = seen(rotations.state({ keys }), seen(rotations));
    expect(known.environments.default?.keys[fence.active]).toEqual({ version: 7 });
    expect(why(fence, known)).toBe(KEYS);
    expect(why(fence.rotate(11).fence(), known)).toBeNull();
  });
});
