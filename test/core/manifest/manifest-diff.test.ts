import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { destroyed, markCompromised } from "../../../src/core/keys/key-states.ts";
import { withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { manifestChanges } from "../../../src/core/manifest/manifest-diff.ts";
import { changesOnce, forgedEnvironment, inspectChange, inspectEntries } from "../../../src/guard/manifest.ts";
import { adminsOf, type Person, person } from "../../support/authority.ts";
import { ADMIN, idOf, Ring, recipient } from "../../support/keyring-builder.ts";
import { withPlanned } from "../../support/manifests.ts";

const base = Ring.start().grant("ada", 11);
const second = base.rotate(2);
const third = second.rotate(3).fence();
const LATER = "2026-03-01T00:00:00Z";
const [v1, v2, v3] = [base, second, third].map((ring, index) => `v${index + 1} (${ring.active})`) as [string, string, string];
const nonce = () => new Uint8Array(12).fill(1);
const destroy = (keyId: string) =>
  third.apply((manifest, ring, signer) => destroyed(manifest, ring, { keyId, at: LATER, reason: "old", nonce }, signer));

/** The third manifest with a key's entry changed by hand. */
function edited(keyId: string, change: Partial<KeyEntry>): Manifest {
  return third.forged({
    statement: { keys: { ...third.statement.keys, [keyId]: { ...(third.statement.keys[keyId] as KeyEntry), ...change } } },
  });
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
      third.state({ keys: markCompromised(third.keyring, base.active, LATER, "laptop") }),
      third.admit("eve", 12).wrap("eve", 3),
      third.without("ada").fence(),
      third.rotate(4, { reason: "offboarding", keep: [] }).raise(),
      destroy(second.active),
      destroy(base.active),
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
        'a finding was allowed: {"reason":"why","rule":"leak"}',
        "the cryptoperiod became 30 days, from 365",
      ].map((text) => ({ environment: "default", legal: true, text: `default: ${text}` })),
    );
    expect(manifestChanges(from.manifest, from.manifest)).toEqual([]);
  });

  it("is not legal where the settings' tag was left as it was, or they went back", () => {
    const after = third.forged({ settings: { required: ["A"], public: ["X"] } });
    expect(manifestChanges(third.manifest, after)).toEqual([
      {
        environment: "default",
        legal: false,
        text: "default: values that match X became public, and the tag of the settings is the old one",
      },
    ]);
    const later = third.set({ required: ["A"] }).set({ required: ["A", "B"] });
    expect(illegal(third.manifest, later.manifest)).toEqual(["default: its settings went back from revision 3 to 1"]);
  });

  it("is not legal where a statement went back, though its signature is genuine", () => {
    const raised = third.raise();
    const back = raised.forged({ statement: third.statement });
    expect(illegal(back, raised.manifest)).toEqual([
      `default: its statement went back from revision ${raised.statement.revision} to ${third.statement.revision}`,
    ]);
  });

  it("is not legal where the authority went back or is of another line", () => {
    const admitted = (people: Person[]) => withAuthority(third.manifest, { admins: adminsOf(ADMIN, ...people) }, ADMIN);
    const [one, two] = [admitted([person("bob", 12)]), admitted([person("eve", 13)])];
    const text = (before: Manifest) => `the authority went back from revision ${before.authority.length}, or is of another line`;
    expect(illegal(third.manifest, one)).toEqual([`${text(one)}; bob is no admin any more`]);
    expect(illegal(two, one)).toEqual([`${text(one)}; eve became an admin; bob is no admin any more`]);
    expect(manifestChanges(third.manifest, one)).toEqual([{ environment: "", legal: true, text: "bob became an admin" }]);
    const rotators = { night: { signer: person("night", 14).signer, environments: ["default"] } };
    const handed = withAuthority(one, { admins: adminsOf(ADMIN), rotators }, ADMIN);
    expect(manifestChanges(one, handed).map(({ text }) => text)).toEqual(["bob is no admin any more", "night became a rotator"]);
    expect(manifestChanges(handed, withAuthority(handed, { rotators: {} }, ADMIN)).map(({ text }) => text)).toEqual([
      "night is no rotator any more",
    ]);
    const anew = withAuthority(one, { admins: adminsOf(ADMIN, person("bob", 15)) }, ADMIN);
    expect(manifestChanges(one, anew).map(({ text }) => text)).toEqual(["the key with which bob signs as admin was replaced"]);
  });

  it("takes access away by an admin, or with the key at least", () => {
    const gone = third.without("ada");
    const untold = "default: the access entry of ada was removed, and nothing says that an admin took it away";
    expect(illegal(gone.manifest)).toEqual([untold]);
    expect(illegal(third.rotate(4, { keep: [] }).manifest)).toEqual([untold]);
    expect(illegal(third.rotate(4, { keep: [], reason: "offboarding" }).manifest)).toEqual([]);
    expect(illegal(gone.fence().manifest)).toEqual([]);
    // A fence of before says nothing of what is taken away now.
    expect(illegal(third.fence().without("ada").manifest, third.fence().manifest)).toEqual([untold]);
  });

  it("leaves out entries that counted for nothing", () => {
    const ada = third.entry.access.ada as AccessEntry;
    const slipped = third.with(third.forged({ access: { ada, mallory: { ...ada, recipient: recipient(14) } } }));
    expect(illegal(slipped.rotate(4, { keep: ["ada"] }).manifest, slipped.manifest)).toEqual([]);
    expect(illegal(slipped.without("mallory").manifest, slipped.manifest)).toEqual([]);
    const old = third.fence().with(third.fence().forged({ access: third.entry.access }));
    expect(old.keyring.accessState("ada")).toBe("outdated");
    expect(illegal(old.without("ada").manifest, old.manifest)).toEqual([]);
    // A rotator cut the key, and what waited from before was not signed again.
    const waiting = base.admit("bob", 12);
    const cut = base.rotate(2, { reason: "offboarding" });
    const merged = cut.with(cut.forged({ access: { ...cut.entry.access, bob: waiting.entry.access.bob as AccessEntry } }));
    expect(merged.keyring.accessState("bob")).toBe("outdated");
    expect(illegal(merged.rotate(3, { keep: ["ada"] }).manifest, merged.manifest)).toEqual([]);
  });

  it("is not legal where another project or an environment without keys is left", () => {
    expect(manifestChanges(third.manifest, { ...third.manifest, project: idOf(8) })).toEqual([
      { environment: "", legal: false, text: "the manifest became another project's" },
    ]);
    expect(illegal({ ...third.manifest, environments: {} })).toEqual(["environment default was dropped, with all its keys"]);
    expect(illegal(third.manifest, { ...third.manifest, environments: {} })).toEqual([]);
    const removed = withoutEnvironment(withPlanned(third.manifest, "staging", { key: 8 }), "default", ADMIN);
    expect(manifestChanges(third.manifest, removed)).toEqual([
      { environment: "", legal: true, text: "environment staging was added" },
      { environment: "default", legal: true, text: "environment default was removed, with all its keys" },
    ]);
    expect(illegal(third.manifest, removed)).toEqual([
      "the authority went back from revision 4, or is of another line",
      "environment staging was dropped, with all its keys",
    ]);
  });

  const key = (keyId: string) => third.statement.keys[keyId] as KeyEntry;
  it.each<[string, Partial<KeyEntry>, string]>([
    ["its version", { version: 9 }, `the version of ${v2} was edited`],
    ["its revision", { revision: 1 }, `the revision of ${v2} was edited`],
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
    const { [base.active]: _, ...keys } = third.statement.keys;
    expect(illegal(third.forged({ statement: { keys } }))).toEqual([`default: key version ${v1} was dropped`]);
    const unlinked = { ...keys, [second.active]: { ...key(second.active), links: {} } };
    expect(illegal(third.forged({ statement: { keys: unlinked } }))).toEqual([
      `default: key version ${v1} was dropped`,
      `default: a link of ${v2} to an earlier key was removed or edited`,
    ]);
    expect(illegal(third.forged({ statement: { active: second.active } }))).toEqual([
      `default: ${v2} was made active again, and a retired key never is`,
    ]);
    expect(illegal(third.forged({ statement: { floor: second.active } }))).toEqual([`default: the floor was lowered from ${v3}`]);
    expect(illegal(third.forged({ statement: { floor: base.active } }))).toEqual([`default: the floor was lowered from ${v3}`]);
    // Raised: to a new key, or to one that led to it.
    const destroying = destroy(base.active);
    expect(illegal(destroying.manifest, second.rotate(3).manifest)).toEqual([]);
    expect(illegal(third.manifest, second.manifest)).toEqual([]);
    expect(illegal(third.raise().manifest, third.forged({ statement: { floor: base.active } }))).toEqual([]);
    const looped = { ...third.statement.keys, [base.active]: { ...key(base.active), links: { [second.active]: "a" } } };
    expect(illegal(third.forged({ statement: { floor: base.active, keys: looped } }))).toContain(
      `default: the floor was lowered from ${v3}`,
    );
    // A link that was slipped in does not make an old key one above the floor.
    const lifted = { ...third.statement.keys, [base.active]: { ...key(base.active), links: { [third.active]: "aead:x" } } };
    expect(illegal(third.forged({ statement: { floor: base.active, keys: lifted } }))).toEqual([
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
    // Signed by an admin, who has no key: what it holds is whatever somebody put there.
    const granted = third.grant("eve", 12);
    const { wrapped, tag } = granted.entry.access.ada as Required<AccessEntry>;
    const borrowed = { wrapped, tag };
    const manifest: Manifest = {
      ...third.forged({ access: { ...granted.entry.access, eve: { ...(granted.entry.access.eve as AccessEntry), ...borrowed } } }),
      vaults: {
        ...third.manifest.vaults,
        "b/.env.vault": { environment: "default", id: idOf(5), tag: "hmac:x" },
        ".env.staging.vault": { environment: "staging", id: idOf(6), tag: "hmac:x" },
      },
    };
    const findings = inspectEntries("m", new Ring(manifest, third.dataKey).keyring);
    expect(findings.map(({ rule, path, message }) => [rule, path, message])).toEqual([
      ["forged-access", "m", expect.stringContaining("the access entry of eve to default holds another key than the environment's")],
      [
        "forged-manifest",
        "m",
        expect.stringContaining("the entry for b/.env.vault was made or changed by someone without the key of default"),
      ],
    ]);
  });

  it("is told with what differs from the last commit, in this environment", () => {
    const after = third.forged({ settings: { required: ["A"], public: ["X"], cryptoperiodDays: 2 } });
    expect(forgedEnvironment("m", "it is forged", changesOnce(third.manifest, after)("default"))).toMatchObject({
      rule: "forged-manifest",
      path: "m",
      message:
        "m: it is forged (default: values that match X became public, and the tag of the settings is the old one; default: the cryptoperiod became 2 days, from 365, and the tag of the settings is the old one)",
    });
    expect(forgedEnvironment("m", "it is forged", changesOnce(third.manifest, after)("staging")).message).toBe("m: it is forged");
    expect(forgedEnvironment("m", "it is forged", changesOnce(null, after)("default")).message).toBe("m: it is forged");
  });
});
