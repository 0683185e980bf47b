import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { stateOfEntry } from "../../../src/core/keys/entry-state.ts";
import { withGrant, withWrapped } from "../../../src/core/keys/manifest-edits.ts";
import { manifestChanges } from "../../../src/core/manifest/manifest-diff.ts";
import { inspectChange } from "../../../src/guard/manifest.ts";
import { person } from "../../support/authority.ts";
import { ADMIN, manifestOf, Ring, recipient, wrappedFor } from "../../support/keyring-builder.ts";

/** Whoever can write the file takes no access away that an admin's signed statements still give. */

const old = Ring.start().grant("ada", 11).grant("bob", 12);
const now = old.rotate(2, { reason: "offboarding" }).fence();
const entry = (name: string, ring = now) => ring.entry.access[name] as AccessEntry;
const put = (access: Record<string, AccessEntry>, ring = now) => ring.forged({ access: { ...ring.entry.access, ...access } });
const illegal = (before: Manifest, after: Manifest) =>
  manifestChanges(before, after).flatMap(({ legal, text }) => (legal ? [] : [text.replace("default: the access entry of ", "")]));
const doubts = (before: Manifest, after: Manifest) =>
  inspectChange("m", before, after).map(({ level, message }) => [level, message.replace("m: default: the access entry of ", "")]);

const NOBODY = "and nothing says that an admin took it away";

describe("access that counted, and would count still", () => {
  const { wrapped: _wrapped, tag: _tag, ...shut } = entry("bob");
  const replaced = `bob was replaced by one that does not give it, ${NOBODY}`;
  const unwrapped = `bob holds the key no more, ${NOBODY}`;
  it.each<[string, AccessEntry | undefined, string]>([
    ["is taken out", undefined, `bob was removed, ${NOBODY}`],
    ["gives way to one from before a fence", entry("bob", old), replaced],
    ["gives way to one that nobody signed", { ...entry("bob"), direct: false }, replaced],
    ["gives way to another's", entry("ada"), replaced],
    ["holds no key any more", shut, unwrapped],
    ["holds an earlier key", { ...entry("bob"), wrapped: "age:AAAA", tag: entry("bob", old).tag as string }, unwrapped],
  ])("%s: that is none of an admin's doing", (_what, bob, text) => {
    const { bob: _bob, ...others } = now.entry.access;
    const after = now.forged({ access: bob === undefined ? others : { ...others, bob } });
    expect(illegal(now.manifest, after)).toEqual([text]);
    expect(inspectChange("m", now.manifest, after)).toMatchObject([
      { rule: "manifest-change", message: `m: default: the access entry of ${text}` },
    ]);
  });

  it("gives way to an earlier identity of that name", () => {
    const first = Ring.start().grant("bob", 12);
    const later = first
      .state({})
      .apply((manifest, _ring, signer) => withGrant(manifest, "default", "bob", { recipient: recipient(13), kind: "person" }, signer));
    const back = put({ bob: entry("bob", first) }, later);
    expect(illegal(later.manifest, back)).toEqual([replaced]);
    // The other way an admin did it, after comparing fingerprints.
    expect(doubts(first.manifest, later.manifest)).toEqual([["warning", expect.stringContaining("bob is of another identity")]]);
  });

  it("is told of, for all of them", () => {
    const after = now.forged({ access: old.entry.access });
    expect(illegal(now.manifest, after)).toEqual([replaced.replace("bob", "ada"), replaced]);
  });

  it("holds the same key in other bytes: a warning, unless an admin signed it later", () => {
    const told = [["warning", expect.stringContaining("bob holds the key in other bytes")]];
    expect(doubts(now.manifest, put({ bob: { ...entry("bob"), wrapped: "age:AAAA" } }))).toEqual(told);
    expect(doubts(now.manifest, put({ bob: { ...entry("bob"), tag: entry("ada").tag as string } }))).toEqual(told);
    const again = now
      .state({})
      .apply((manifest, ring, signer) =>
        withWrapped(
          withGrant(manifest, "default", "bob", { recipient: recipient(12), kind: "person" }, signer),
          ring.tagger,
          "bob",
          wrappedFor(9),
        ),
      );
    expect(doubts(now.manifest, again.manifest)).toEqual([]);
  });
});

describe("what commands do with access", () => {
  const waiting = now.admit("eve", 14);
  const rotator = { ...person("nightly", 20), environments: ["default"] };
  const handed = new Ring(manifestOf({ rotators: [rotator] }), old.dataKey).grant("ada", 11).grant("bob", 12);
  const night = (ring: Ring) => ring.by(rotator);
  it.each<[string, Ring, Ring]>([
    ["a grant, and who wraps it", now, waiting.wrap("eve", 14)],
    ["a grant that waits", now, waiting],
    ["a sync", waiting, waiting.wrap("eve", 14)],
    ["a grant again by an admin without the key", now, now.state({}).admit("bob", 12)],
    ["a scheduled rotation", now, now.rotate(3)],
    ["a rotation and its fence", now, now.rotate(3).fence()],
    ["a fence alone", now, now.fence()],
    ["a revocation", now, now.without("bob").rotate(3, { reason: "offboarding" }).fence()],
    ["a revocation without the key", now, now.without("bob").fence()],
    ["a rotator's revocation", handed, night(handed).without("bob").rotate(3, { reason: "offboarding" }).raise()],
    ["a rotator's rotation", handed, night(handed).rotate(3).raise()],
    ["a rotation that leaves out what counted for nothing", now.with(put({ eve: entry("bob", old) })), now.rotate(3)],
    ["what was put back taken out", now.with(put({ bob: entry("bob", old) })), now.without("bob")],
    ["what was put back granted again", now.with(put({ bob: entry("bob", old) })), now],
    ["one that waits from before a cut left out", cutOff(), cutOff().without("eve")],
  ])("is nothing to report: %s", (_what, before, after) => {
    expect(inspectChange("m", before.manifest, after.manifest)).toEqual([]);
  });

  it("a grant again keeps the key that is wrapped already, and only of an entry that counts", () => {
    const again = now.state({}).admit("bob", 12);
    expect(entry("bob", again)).toMatchObject({ since: now.statement.revision + 1, wrapped: entry("bob").wrapped, tag: entry("bob").tag });
    const { signatures } = entry("bob", old);
    const claimed = now.with(put({ eve: { ...entry("bob"), recipient: recipient(14), signatures } }));
    expect(entry("eve", claimed.admit("eve", 14)).wrapped).toBeUndefined();
    expect(entry("bob", now.admit("bob", 13)).wrapped).toBeUndefined();
    expect(
      entry(
        "bob",
        now
          .rotate(3)
          .with(put({}, now.rotate(3)))
          .admit("bob", 12),
      ).wrapped,
    ).toBeDefined();
  });

  /** A rotator cut the key, and an admin's grant from before came in by a merge. */
  function cutOff(): Ring {
    const eve = entry("eve", handed.admit("eve", 14));
    const cut = night(handed).rotate(3, { reason: "offboarding" }).raise();
    const merged = cut.with(cut.forged({ access: { ...cut.entry.access, eve } }));
    expect(stateOfEntry(merged.manifest, "default", "eve", eve)).toBe("outdated");
    return merged.by(ADMIN);
  }
});
