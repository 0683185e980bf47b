import { describe, expect, it } from "vitest";
import type { Settings } from "../../../src/core/authority/manifest.ts";
import { settingsTag } from "../../../src/core/keys/tags.ts";
import type { Side } from "../../../src/core/merging/merge.ts";
import { mergeSettings } from "../../../src/core/merging/merge-settings.ts";
import { Ring } from "../../support/keyring-builder.ts";

const ring = Ring.start();
const { tagger } = ring.keyring;
/** Settings as a holder of the key writes them. */
const made = (members: Partial<Settings>): Settings => {
  const settings = { ...ring.entry.settings, ...members };
  return { ...settings, tag: settingsTag(tagger, settings) };
};
const base = made({ revision: 4, public: ["P*"], required: ["A", "B"] });
const changed = (members: Partial<Settings>, revision = 5) => made({ ...base, ...members, revision });

function merge(
  ours: Settings,
  theirs: Settings,
  { from = base as Settings | undefined, side = "ours" as Side, accepts = (_tag: string): boolean => true } = {},
) {
  const conflicts: string[] = [];
  const merged = mergeSettings(
    "default",
    { base: from, ours, theirs },
    (what) => {
      conflicts.push(what);
      return side;
    },
    accepts,
  );
  return { ...merged, conflicts };
}

describe("settings that both sides have", () => {
  it("are what one side made of them, with its tag", () => {
    const change = changed({ required: ["A"], cryptoperiodDays: 30, owner: "team" });
    for (const [ours, theirs] of [
      [base, change],
      [change, base],
      [change, change],
    ] as const)
      expect(merge(ours, theirs)).toEqual({ settings: change, untagged: false, conflicts: [] });
  });

  it("are joined member by member, one revision above both, to be tagged", () => {
    const ours = changed({ required: ["B", "C"], public: ["P*", "Q"], cryptoperiodDays: 30 }, 7);
    const theirs = changed({ required: ["A", "B", "D"], public: [], allow: [{ rule: "leak", reason: "x" }], purpose: "web" });
    for (const merged of [merge(ours, theirs), merge(theirs, ours)]) {
      const { tag: _, ...settings } = merged.settings;
      expect(settings).toEqual({
        ...{ revision: 8, public: ["Q"], required: expect.arrayContaining(["B", "C", "D"]), cryptoperiodDays: 30, purpose: "web" },
        allow: [{ rule: "leak", reason: "x" }],
      });
      expect(settings.required).toHaveLength(3);
      expect([merged.untagged, merged.conflicts]).toEqual([true, []]);
    }
  });

  it("join what a later release writes, and leave out what is empty", () => {
    const from = changed({ inherits: ["A_*"], expand: { URL: ["HOST"] } });
    const ours = made({ ...from, revision: 6, inherits: ["A_*", "B_*"], expand: { URL: ["HOST"], OTHER: ["X"] } });
    const theirs = made({ ...from, revision: 6, inherits: ["A_*", "C_*"], expand: {}, owner: "team" });
    const { settings } = merge(ours, theirs, { from });
    expect(settings).toMatchObject({ inherits: ["A_*", "B_*", "C_*"], expand: { OTHER: ["X"] }, owner: "team", revision: 7 });
    const none = made({ ...base, revision: 7, inherits: [] });
    expect(Object.keys(merge(none, changed({ owner: "x" }, 7), { from }).settings)).not.toContain("inherits");
  });

  it("are of the higher revision where both say the same, and above both where that side says something else", () => {
    const [low, high] = [changed({ owner: "team" }, 5), changed({ owner: "team" }, 9)];
    for (const merged of [merge(low, high), merge(high, low)]) expect(merged).toEqual({ settings: high, untagged: false, conflicts: [] });
    // The higher one is as the base was, and the lower one's change holds.
    const same = changed({}, 9);
    for (const merged of [merge(low, same), merge(same, low)]) {
      expect(merged.settings).toMatchObject({ owner: "team", revision: 10 });
      expect(merged.untagged).toBe(true);
    }
  });

  it("have the tag that readers accept, where a side rotated and the other did not touch them", () => {
    const later = Ring.start().rotate(2).keyring.tagger;
    const retagged = { ...base, tag: settingsTag(later, base) };
    const accepts = (tag: string) => tag === retagged.tag;
    for (const merged of [merge(base, retagged, { accepts }), merge(retagged, base, { accepts })])
      expect(merged).toEqual({ settings: retagged, untagged: false, conflicts: [] });
  });

  it("are given to a side where both changed one thing differently", () => {
    const [ours, theirs] = [changed({ cryptoperiodDays: 30, owner: "a" }), changed({ cryptoperiodDays: 60, owner: "b" })];
    for (const side of ["ours", "theirs"] as const)
      expect(merge(ours, theirs, { side })).toEqual({
        settings: side === "ours" ? ours : theirs,
        untagged: false,
        conflicts: ["the owner of default", "the cryptoperiod of default"],
      });
    const [one, two] = [changed({ expand: { URL: ["A"] } }), changed({ expand: { URL: ["B"] } })];
    expect(merge(one, two).conflicts).toEqual(["the expansion of URL in default"]);
  });
});
