import { describe, expect, it } from "vitest";
import type { Environment, KeyEntry, Manifest } from "../../src/core/manifest.ts";
import { manifestChanges } from "../../src/core/manifest-diff.ts";
import { compromised, destroyed } from "../../src/core/retire.ts";
import { findVersion, versionLabel } from "../../src/core/versions.ts";
import { forgedEnvironment, inspectChange, inspectEntries } from "../../src/guard/manifest.ts";
import { errorOf } from "../support/folders.ts";
import { idOf, Ring, recipient } from "../support/rings.ts";

const base = Ring.start().grant("ada", 11);
const second = base.rotate(2);
const third = second.rotate(3).fence();
const LATER = "2026-03-01T00:00:00Z";
const [v1, v2, v3] = [base, second, third].map((ring, index) => `v${index + 1} (${ring.active})`) as [string, string, string];
const nonce = () => new Uint8Array(12).fill(1);

/** The third manifest with a key's entry changed by hand, and a tag as someone with the key would make it. */
function edited(keyId: string, change: Partial<KeyEntry>): Manifest {
  return third.forged({ keys: { ...third.entry.keys, [keyId]: { ...(third.entry.keys[keyId] as KeyEntry), ...change } }, tag: "another" });
}

const illegal = (after: Manifest, before = third.manifest) =>
  manifestChanges(before, after).flatMap(({ legal, text }) => (legal ? [] : [text]));

describe("what a change of the manifest does", () => {
  it("is legal where commands made it", () => {
    const all = [
      base,
      base.grant("eve", 12),
      base.set({ required: ["A"] }),
      second,
      second.fence(),
      third,
      third.apply((manifest, ring) => compromised(manifest, ring, base.active, LATER, "laptop")),
      third.apply((manifest, ring) => destroyed(manifest, ring, { keyId: second.active, at: LATER, reason: "old", nonce })),
      third.apply((manifest, ring) => destroyed(manifest, ring, { keyId: base.active, at: LATER, reason: "old", nonce })),
    ];
    for (const after of all) {
      const earlier = [base.manifest, ...(after === base ? [] : [after.manifest])];
      for (const before of earlier) expect(illegal(after.manifest, before)).toEqual([]);
    }
    for (const after of all.slice(5)) expect(illegal(after.manifest, second.manifest)).toEqual([]);
    for (const after of all.slice(6)) expect(illegal(after.manifest)).toEqual([]);
  });

  it("is told by environment, and for each thing that changed", () => {
    const kept = { rule: "size", reason: "known" };
    const from = base.set({ required: ["A", "B"], public: ["P*"], allow: [kept] });
    const to = from.set({
      required: ["B", "C"],
      public: ["P*", "Q"],
      allow: [kept, { rule: "leak", reason: "why" }],
      cryptoperiodDays: 30,
    });
    expect(manifestChanges(from.manifest, to.manifest)).toEqual(
      [
        "values that match Q became public",
        "A is no longer required",
        'a finding was allowed: {"rule":"leak","reason":"why"}',
        "the cryptoperiod became 30 days, from 365",
      ].map((text) => ({ environment: "default", legal: true, text: `default: ${text}` })),
    );
    expect(manifestChanges(from.manifest, from.manifest)).toEqual([]);
  });

  it("is not legal where its tag was left as it was", () => {
    const after = third.forged({ required: ["A"], public: ["X"] });
    expect(manifestChanges(third.manifest, after)).toEqual([
      { environment: "default", legal: false, text: "default: values that match X became public, and its tag was not made anew" },
    ]);
  });

  it("is not legal where another project or an environment without keys is left", () => {
    expect(manifestChanges(third.manifest, { ...third.manifest, project: idOf(8) })).toEqual([
      { environment: "", legal: false, text: "the manifest became another project's" },
    ]);
    expect(illegal({ ...third.manifest, environments: {} })).toEqual(["environment default was dropped, with all its keys"]);
    expect(illegal(third.manifest, { ...third.manifest, environments: {} })).toEqual([]);
  });

  const key = (keyId: string) => third.entry.keys[keyId] as KeyEntry;
  it.each<[string, Partial<KeyEntry>, string]>([
    ["its version", { version: 9 }, `the version of ${v2} was edited`],
    ["its date", { created: LATER }, `the created of ${v2} was edited`],
    ["its commitment", { commitment: "hkdf:x" }, `the commitment of ${v2} was edited`],
    ["its reason", { reason: "fence" }, `the reason of ${v2} was edited`],
    ["its history", { history: [{ state: "active", at: LATER }] }, `the history of ${v2} was edited`],
    [
      "the first of its history",
      { history: [{ state: "active", at: LATER }, ...key(second.active).history.slice(1)] },
      `the history of ${v2} was edited`,
    ],
    [
      "a link upwards",
      { links: { ...key(second.active).links, [third.active]: "aead:x" } },
      `${v2} was linked to a key that it did not lead to`,
    ],
    ["its state alone", { state: "compromised" }, `the state of ${v2} was edited to compromised`],
    ["its links", { links: {} }, `a link of ${v2} to an earlier key was removed or edited`],
    ["a link's text", { links: { [base.active]: "aead:other" } }, `a link of ${v2} to an earlier key was removed or edited`],
    [
      "a way back",
      { state: "active", history: [...key(second.active).history, { state: "active", at: LATER }] },
      `${v2} went from deactivated to active, which is no legal transition`,
    ],
    [
      "two steps of which one is none",
      {
        state: "destroyed",
        links: {},
        history: [
          ...key(second.active).history,
          { state: "suspended", at: LATER },
          { state: "compromised", at: LATER },
          { state: "destroyed", at: LATER },
        ],
      },
      `${v2} went from deactivated to suspended, which is no legal transition`,
    ],
    [
      "a step that its state does not show",
      { history: [...key(second.active).history, { state: "compromised", at: LATER }] },
      `the state of ${v2} was edited to deactivated`,
    ],
  ])("is not legal where a key has %s changed", (_, change, text) => {
    expect(illegal(edited(second.active, change))).toEqual([`default: ${text}`]);
  });

  it("is not legal where a link stays on a destroyed key, or is taken away though its key is not", () => {
    const history = [...key(second.active).history, { state: "destroyed", at: LATER } as const];
    const kept = edited(second.active, { state: "destroyed", history });
    expect(illegal(kept)).toEqual([`default: a link of ${v2} to an earlier key was removed or edited`]);
    const gone = edited(second.active, { state: "destroyed", history, links: {} });
    expect(illegal(gone)).toEqual([]);
  });

  it("is not legal where a key is dropped, made active again, or the floor lowered", () => {
    const { [base.active]: _, ...keys } = third.entry.keys;
    expect(illegal(third.forged({ keys, tag: "x" }))).toEqual([`default: key version ${v1} was dropped`]);
    const unlinked = { ...keys, [second.active]: { ...key(second.active), links: {} } };
    expect(illegal(third.forged({ keys: unlinked, tag: "x" }))).toEqual([
      `default: key version ${v1} was dropped`,
      `default: a link of ${v2} to an earlier key was removed or edited`,
    ]);
    expect(illegal(third.forged({ active: second.active, tag: "x" }))).toEqual([
      `default: ${v2} was made active again, and a retired key never is`,
    ]);
    expect(illegal(third.forged({ floor: second.active, tag: "x" }))).toEqual([`default: the floor was lowered from ${v3}`]);
    expect(illegal(third.forged({ floor: base.active, tag: "x" }))).toEqual([`default: the floor was lowered from ${v3}`]);
    // Raised: to a new key, or to one that led to it.
    const destroying = third.apply((manifest, ring) => destroyed(manifest, ring, { keyId: base.active, at: LATER, reason: "old", nonce }));
    expect(illegal(destroying.manifest, second.rotate(3).manifest)).toEqual([]);
    expect(illegal(third.manifest, second.manifest)).toEqual([]);
    expect(illegal(third.set({ floor: third.active }).manifest, third.forged({ floor: base.active }))).toEqual([]);
    const loop = third.forged({ floor: base.active, tag: "x" });
    const looped = { ...(loop.environments.default as Environment) };
    looped.keys = { ...looped.keys, [base.active]: { ...key(base.active), links: { [second.active]: "a" } } };
    looped.keys[second.active] = { ...key(second.active), links: { [base.active]: key(second.active).links[base.active] as string } };
    expect(illegal({ ...loop, environments: { default: looped } })).toContain(`default: the floor was lowered from ${v3}`);
    // A link that was slipped in does not make an old key one above the floor.
    const lifted = { ...third.entry.keys, [base.active]: { ...key(base.active), links: { [third.active]: "aead:x" } } };
    expect(illegal(third.forged({ floor: base.active, keys: lifted, tag: "x" }))).toEqual([
      `default: ${v1} was linked to a key that it did not lead to`,
      `default: the floor was lowered from ${v3}`,
    ]);
  });

  it("is reported by the guard where it is not legal, with the file", () => {
    const findings = inspectChange("a/envseal.json", third.manifest, edited(second.active, { version: 9 }));
    expect(findings).toEqual([
      {
        rule: "manifest-change",
        path: "a/envseal.json",
        message: `a/envseal.json: default: the version of ${v2} was edited`,
        fix: expect.stringContaining("take envseal.json from git again"),
      },
    ]);
    expect(inspectChange("x", third.manifest, third.set({ required: ["A"] }).manifest)).toEqual([]);
  });
});

describe("what nobody with the key made", () => {
  it("is each access entry and listing without a genuine tag, of this environment alone", () => {
    expect(inspectEntries("m", third.keyring)).toEqual([]);
    const manifest: Manifest = {
      ...third.forged({ access: { ...third.entry.access, eve: third.entry.access.ada as never } }),
      recipients: { ...third.manifest.recipients, eve: { recipient: recipient(12), added: "2026-01-01" } },
      vaults: {
        ...third.manifest.vaults,
        "b/.env.vault": { environment: "default", id: idOf(5), tag: "hmac:x" },
        ".env.staging.vault": { environment: "staging", id: idOf(6), tag: "hmac:x" },
      },
    };
    const findings = inspectEntries("m", new Ring(manifest, third.dataKey).keyring);
    expect(findings.map(({ rule, path, message }) => [rule, path, message])).toEqual([
      ["forged-access", "m", expect.stringContaining("the access entry of eve to default was slipped in")],
      [
        "forged-manifest",
        "m",
        expect.stringContaining("the entry for b/.env.vault was made or changed by someone without the key of default"),
      ],
    ]);
  });

  it("is told with what differs from the last commit, in this environment", () => {
    const after = third.forged({ required: ["A"], public: ["X"], cryptoperiodDays: 2 });
    expect(forgedEnvironment("m", "it is forged", third.manifest, after, "default")).toMatchObject({
      rule: "forged-manifest",
      path: "m",
      message:
        "m: it is forged (default: values that match X became public, and its tag was not made anew; default: the cryptoperiod became 2 days, from 365, and its tag was not made anew)",
    });
    expect(forgedEnvironment("m", "it is forged", third.manifest, after, "staging").message).toBe("m: it is forged");
    expect(forgedEnvironment("m", "it is forged", null, after, "default").message).toBe("m: it is forged");
  });
});

describe("a key version's name", () => {
  const find = (text: string, entry = third.entry) => findVersion(entry, "default", text);

  it("is its number, with or without v, or its id", () => {
    expect([find("2"), find("v2"), find(second.active)]).toEqual(Array(3).fill(second.active));
    expect(versionLabel("abc", third.entry.keys[third.active] as KeyEntry)).toBe("v3 (abc)");
  });

  it.each(["", "0", "v0", "02", "4", "v", "vv2", "2.", " 2", "2 ", "2x", "-2", "toString", "99999999999"])("is not %j", (text) => {
    expect(errorOf(() => find(text))).toMatchObject({
      code: "USAGE",
      message: "default has no such key version",
      hint: `it has ${Object.keys(third.entry.keys)
        .map((keyId) => [v1, v2, v3].find((label) => label.includes(keyId)))
        .join(", ")}`,
    });
  });

  it("is not a number that two keys have", () => {
    const twin = {
      ...third.entry,
      keys: { ...third.entry.keys, [second.active]: { ...(third.entry.keys[second.active] as KeyEntry), version: 3 } },
    };
    const error = errorOf(() => find("3", twin));
    expect(error).toMatchObject({ code: "USAGE", message: expect.stringMatching(/^default has 2 keys of version 3,/) });
    expect(error?.hint?.replace("name one by its id: ", "").split(", ").sort()).toEqual([second.active, third.active].sort());
  });
});
