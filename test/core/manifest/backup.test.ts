import { describe, expect, it } from "vitest";
import { headOf } from "../../../src/core/authority/authority-of.ts";
import type { KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { environmentProblem } from "../../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest, VaultEntry } from "../../../src/core/authority/manifest.ts";
import { keysBelow, reachableKeys } from "../../../src/core/authority/reachable-keys.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { destroyed, markCompromised } from "../../../src/core/keys/key-states.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { withStatement } from "../../../src/core/keys/manifest-edits.ts";
import { withoutEnvironment } from "../../../src/core/keys/new-environment.ts";
import { sealLink } from "../../../src/core/keys/rotate.ts";
import { type Backup, backupKeyring, backupText, parseBackup } from "../../../src/core/manifest/backup.ts";
import { conditionOf, restored } from "../../../src/core/manifest/restore.ts";
import { PROJECT, person } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, AT, idOf, keyOf, Ring, recipient } from "../../support/keyring-builder.ts";
import { withPlanned } from "../../support/manifests.ts";

const base = Ring.start().grant("ada", 11);
const third = base.rotate(2).rotate(3).fence();
const [first, second] = [base.active, base.rotate(2).active];
const nonce = () => new Uint8Array(12).fill(7);
const destroy = (ring: Ring, keyId: string, fresh = nonce) =>
  ring.apply((manifest, keyring, signer) => destroyed(manifest, keyring, { keyId, at: AT, reason: "old", nonce: fresh }, signer));
const linkTo = (ring: Ring, below: Ring) => sealLink({ dataKey: ring.dataKey, nonce: nonce() }, ring.active, below.keyring);
/** Why a ring's statement would not count after a key was destroyed. */
const outdatedOf = (ring: Ring) =>
  environmentProblem(headOf(destroy(ring, second).manifest), { project: PROJECT, environment: "default" }, ring.statement);
const text = (ring: Ring, manifest = ring.manifest) => backupText(manifest, [ring.keyring], "2026-04-01T00:00:00Z");

describe("a key that is destroyed", () => {
  it("leaves a tombstone, and what lay below it linked to what lay above", () => {
    let made = 0;
    const after = destroy(third, second, () => new Uint8Array(12).fill(++made));
    expect(after.statement.keys[second]).toMatchObject({ state: "destroyed", links: {}, version: 2 });
    expect(after.statement.keys[second]?.history.at(-1)).toEqual({ state: "destroyed", at: AT, reason: "old" });
    expect(Object.keys(after.statement.keys[third.active]?.links ?? {})).toEqual([first]);
    expect(b64u(after.keyring.dataKey(first, "x"))).toBe(b64u(base.dataKey));
    expect(errorOf(() => after.keyring.dataKey(second, "x"))).toMatchObject({ code: "KEY_DESTROYED" });
    expect(after.keyring.leadsTo(base.rotate(2).keyring.keyPin)).toBe(false);
    expect(after.keyring.leadsTo(base.keyring.keyPin)).toBe(true);
    expect(made).toBe(1);
    // Nothing from before it counts: whoever put it back would bring the key back.
    expect(after.lowest).toBe(after.statement.revision);
    expect(after.keyring.accessIsGenuine("ada")).toBe(true);
    expect(outdatedOf(third)).toBe("replaced");
    // The other keys stay as they were.
    expect(after.statement.keys[first]).toEqual(third.statement.keys[first]);
  });

  it("takes the last link with it where nothing lay below", () => {
    const after = destroy(third, first);
    expect(after.statement.keys[second]?.links).toEqual({});
    expect(b64u(after.keyring.dataKey(second, "x"))).toBe(b64u(keyOf(2)));
    expect(after.statement.keys[third.active]).toEqual(third.statement.keys[third.active]);
  });

  it("makes no second link to a key that is linked to already", () => {
    const sealedLink = linkTo(third.rotate(4), base);
    const once = destroy(third.rotate(4).fence(), third.active);
    const links = once.statement.keys[once.active]?.links ?? {};
    expect(Object.keys(links)).toEqual([second]);
    const active = { ...(once.statement.keys[once.active] as KeyEntry), links: { ...links, [first]: sealedLink } };
    const joined = once.state({ keys: { ...once.statement.keys, [once.active]: active } });
    const again = destroy(joined, second);
    expect(again.statement.keys[once.active]?.links).toEqual({ [first]: sealedLink });
  });

  it("is not the floor, nor active", () => {
    expect(errorOf(() => destroy(third, third.active))).toMatchObject({ code: "USAGE", message: "the floor cannot be destroyed" });
    const low = base.rotate(2);
    expect(errorOf(() => destroy(low, low.active))).toMatchObject({ code: "USAGE", message: "v2 is active and cannot become destroyed" });
    expect(errorOf(() => destroy(low, base.active))).toMatchObject({ code: "USAGE", message: "the floor cannot be destroyed" });
    const after = destroy(third, second);
    expect(errorOf(() => destroy(after, second))).toMatchObject({ code: "USAGE" });
  });

  it("is told from one that others know", () => {
    const compromised = (ring: Ring, keyId: string, reason: string) =>
      ring.state({ keys: markCompromised(ring.keyring, keyId, AT, reason) });
    const after = compromised(third, second, "laptop");
    expect(after.statement.keys[second]).toMatchObject({ state: "compromised" });
    expect(after.statement.keys[second]?.history.at(-1)).toEqual({ state: "compromised", at: AT, reason: "laptop" });
    expect(b64u(after.keyring.dataKey(second, "x"))).toBe(b64u(keyOf(2)));
    expect(errorOf(() => compromised(after, second, "x"))).toMatchObject({ code: "USAGE" });
  });
});

describe("what a key opens", () => {
  it("is all that its links lead to, nearest first, each once", () => {
    expect(keysBelow(third.statement, third.active)).toEqual([second, first]);
    expect(keysBelow(third.statement, second)).toEqual([first]);
    expect(keysBelow(third.statement, first)).toEqual([]);
    expect(keysBelow(third.statement, "nothing")).toEqual([]);
    const links = { [second]: "a", [first]: "b" };
    const loop = {
      ...third.statement,
      keys: { ...third.statement.keys, [third.active]: { ...(third.statement.keys[third.active] as KeyEntry), links } },
    };
    expect(keysBelow(loop, third.active)).toEqual([second, first]);
  });

  it("counts a destroyed one in, where its version is no higher", () => {
    expect([...reachableKeys(third.statement, second)].sort()).toEqual([first, second].sort());
    const gone = destroy(third, first).statement;
    expect([...reachableKeys(gone, third.active)].sort()).toEqual([first, second, third.active].sort());
    expect([...reachableKeys(gone, second)].sort()).toEqual([first, second].sort());
    const middle = destroy(third, second).statement;
    expect([...reachableKeys(middle, first)]).toEqual([first]);
    const same = { ...middle, keys: { ...middle.keys, [second]: { ...(middle.keys[second] as KeyEntry), version: 1 } } };
    expect([...reachableKeys(same, first)].sort()).toEqual([first, second].sort());
    expect([...reachableKeys(middle, "nothing")]).toEqual(["nothing"]);
    // Of two branches that both rotated, neither's key opens the other's.
    const twin = { ...(third.statement.keys[second] as KeyEntry), links: { [first]: "a" } };
    const forked = { keys: { ...third.statement.keys, AAAAAAAA: twin } };
    expect([...reachableKeys(forked, second)].sort()).toEqual([first, second].sort());
  });
});

describe("a backup", () => {
  it("holds every key that is not destroyed, and gives the keyring back", () => {
    const backup = parseBackup(text(third));
    expect(backup.created).toBe("2026-04-01T00:00:00Z");
    expect(backup.manifest).toEqual(third.manifest);
    expect(backup.environments.default).toEqual({
      [first]: { version: 1, key: b64u(base.dataKey) },
      [second]: { version: 2, key: b64u(keyOf(2)) },
      [third.active]: { version: 3, key: b64u(third.dataKey) },
    });
    expect(backupKeyring(backup, "default", third.manifest)?.active.version).toBe(3);
    expect(Object.keys(parseBackup(text(destroy(third, second))).environments.default ?? {}).sort()).toEqual([first, third.active].sort());
  });

  const change = (edit: (backup: Record<string, unknown> & Backup) => void): string => {
    const raw = JSON.parse(text(third));
    edit(raw);
    return JSON.stringify(raw);
  };
  it.each<[string, string]>([
    ["no JSON", "{"],
    ["empty", "{}"],
    ["of another format", change((it) => Object.assign(it, { "envseal-backup": 2 }))],
    ["with a part more", change((it) => Object.assign(it, { more: 1 }))],
    ["with a date that is none", change((it) => Object.assign(it, { created: "2026-04-01" }))],
    ["with more and a date", change((it) => Object.assign(it, { created: "x2026-04-01T00:00:00Z" }))],
    ["with a date and more", change((it) => Object.assign(it, { created: "2026-04-01T00:00:00Z+" }))],
    ["with words for a manifest", change((it) => Object.assign(it, { manifest: "x" }))],
    ["without a manifest", change((it) => Object.assign(it, { manifest: null }))],
    ["with an environment of no name", change((it) => Object.assign(it.environments, { "A B": {} }))],
    [
      "with a key id that is none",
      change((it) => Object.assign(it.environments.default as object, { short: { version: 1, key: b64u(keyOf(1)) } })),
    ],
    ["with version 0", change((it) => Object.assign(it.environments.default?.[first] as object, { version: 0 }))],
    ["with a short key", change((it) => Object.assign(it.environments.default?.[first] as object, { key: b64u(keyOf(1)).slice(1) }))],
    [
      "with a key that is not canonical",
      change((it) => Object.assign(it.environments.default?.[first] as object, { key: `${b64u(keyOf(1)).slice(0, -1)}F` })),
    ],
    ["with another key", change((it) => Object.assign(it.environments.default?.[first] as object, { key: b64u(keyOf(5)) }))],
    ["with another version", change((it) => Object.assign(it.environments.default?.[first] as object, { version: 2 }))],
    [
      "with a key the manifest does not know",
      change((it) => Object.assign(it.environments.default as object, { AAAAAAAA: { version: 1, key: b64u(keyOf(1)) } })),
    ],
    ["without the active key", change((it) => delete it.environments.default?.[third.active])],
    ["with another active key", change((it) => Object.assign(it.environments.default?.[third.active] as object, { key: b64u(keyOf(5)) }))],
    ["with an environment the manifest has not", change((it) => Object.assign(it.environments, { staging: it.environments.default }))],
  ])("is refused where it is %s", (_, source) => {
    const error = errorOf(() => parseBackup(source));
    expect(["BACKUP", "MALFORMED_MANIFEST"]).toContain(error?.code);
    expect(JSON.stringify(error)).not.toContain(b64u(keyOf(1)).slice(0, 20));
  });

  // A name out of the file may be a key that stands in the wrong place: it is told only where it is what it ought to be.
  it.each<[string, string]>([
    ["it is not valid JSON", "{"],
    ["it is not an object", "[]"],
    ["it.about is not text", change((it) => Object.assign(it, { about: 1 }))],
    [
      "it.environments has a member whose name is not an environment",
      change((it) => Object.assign(it.environments, { ["a".repeat(33)]: {} })),
    ],
    [
      "it.environments.default has a member whose name is not a key id",
      change((it) => Object.assign(it.environments.default as object, { AAAAAAAAA: it.environments.default?.[first] })),
    ],
    [
      `it.environments.default.${first}.key is not 32 bytes of base64url`,
      change((it) => Object.assign(it.environments.default?.[first] as object, { key: "A".repeat(44) })),
    ],
    ["it lacks the active key of default", change((it) => delete it.environments.default?.[third.active])],
    [
      `its key ${first} of default is not the one the manifest commits to`,
      change((it) => Object.assign(it.environments.default?.[first] as object, { version: 2 })),
    ],
  ])("is refused with what is wrong: %s", (problem, source) => {
    expect(errorOf(() => parseBackup(source))).toMatchObject({ code: "BACKUP", message: `the backup cannot be used: ${problem}` });
  });

  it("is refused where its manifest was changed by someone without the key", () => {
    expect(errorOf(() => parseBackup(text(third, third.forged({ settings: { required: ["A"] } }))))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
    expect(errorOf(() => parseBackup(text(third, third.forged({ statement: { floor: first } }))))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
    expect(errorOf(() => parseBackup(text(third, { ...third.manifest, envseal: 2 as 1 })))).toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  });

  it("has no keyring for an environment or a key that it lacks", () => {
    const backup = parseBackup(text(base));
    expect(backupKeyring(backup, "staging", base.manifest)).toBeNull();
    expect(backupKeyring(backup, "toString", base.manifest)).toBeNull();
    expect(backupKeyring(backup, "default", third.manifest)).toBeNull();
    expect(backupKeyring({ ...backup, environments: {} }, "default", base.manifest)).toBeNull();
    const short = { ...backup, environments: { default: { [first]: { version: 1, key: "AAAA" } } } };
    expect(backupKeyring(short, "default", base.manifest)).toBeNull();
  });
});

describe("putting back from a backup", () => {
  const backup = parseBackup(text(third));

  it("tells how the project's environment stands to it", () => {
    const condition = (manifest: Manifest | null, from = backup) => conditionOf(from, "default", manifest);
    expect(condition(third.manifest)).toBe("healthy");
    expect(condition(third.list("a/.env.vault", 4).manifest)).toBe("healthy");
    expect(condition(null)).toBe("missing");
    expect(condition({ ...third.manifest, environments: {} })).toBe("missing");
    expect(conditionOf(backup, "toString", third.manifest)).toBe("missing");
    expect(condition(base.rotate(2).manifest)).toBe("older");
    expect(condition(base.manifest)).toBe("older");
    expect(condition(third.rotate(4).manifest)).toBe("unknown");
    expect(condition(Ring.start(8).manifest)).toBe("unknown");
    expect(conditionOf({ ...backup, environments: {} }, "default", third.manifest)).toBe("unknown");
    expect(condition(third.forged({ settings: { required: ["A"] } }))).toBe("damaged");
    expect(condition(third.forged({ statement: { floor: first } }))).toBe("damaged");
    const { [first]: _, ...keys } = third.statement.keys;
    expect(condition(third.state({ keys }).manifest)).toBe("damaged");
    const broken = {
      ...third.statement.keys,
      [second]: { ...(third.statement.keys[second] as KeyEntry), links: { [first]: `aead:${b64u(new Uint8Array(60))}` } },
    };
    expect(condition(third.state({ keys: broken }).manifest)).toBe("damaged");
    const recommitted = {
      ...third.statement.keys,
      [third.active]: { ...(third.statement.keys[third.active] as KeyEntry), commitment: `hkdf:${b64u(keyOf(1))}` },
    };
    expect(condition(withStatement(third.manifest, "default", { keys: recommitted }, ADMIN))).toBe("damaged");
    expect(condition(destroy(third, second).manifest)).toBe("healthy");
    expect(condition(withoutEnvironment(third.manifest, "default", ADMIN))).toBe("missing");
    const left = { ...withoutEnvironment(third.manifest, "default", ADMIN), environments: third.manifest.environments };
    expect(condition(left)).toBe("removed");
  });

  it("takes the environment, its vaults and its recipients, and leaves the rest", () => {
    expect(restored(backup, null, ["default"])).toEqual(third.manifest);
    expect(restored(backup, null, [])).toEqual({ ...third.manifest, environments: {}, vaults: {}, recipients: {} });
    const wider = base.apply((manifest, _, signer) =>
      withPlanned(manifest, "staging", { key: 8, access: [person("eve", 12)] }, signer),
    ).manifest;
    const current: Manifest = {
      ...wider,
      recipients: { ...wider.recipients, ada: { recipient: recipient(19), added: "2026-01-01" } },
      environments: { ...wider.environments, default: { ...base.entry, settings: { ...base.entry.settings, tag: "bad" } } },
      vaults: {
        ".env.staging.vault": { environment: "staging", id: idOf(8), tag: "hmac:x" },
        "moved/.env.vault": { ...(base.manifest.vaults[".env.vault"] as VaultEntry), tag: "hmac:y" },
        "new/.env.vault": { environment: "default", id: idOf(9), tag: "hmac:z" },
      },
      backup: { verified: "2026-01-01" },
    };
    const before = structuredClone(current);
    const after = restored(backup, current, ["default"]);
    expect(current).toEqual(before);
    expect(after.environments).toEqual({ staging: current.environments.staging, default: third.entry as Environment });
    expect(after.vaults).toEqual({
      ".env.staging.vault": current.vaults[".env.staging.vault"],
      "new/.env.vault": current.vaults["new/.env.vault"],
      ".env.vault": third.manifest.vaults[".env.vault"],
    });
    expect(after.recipients).toEqual({ eve: current.recipients.eve, ada: third.manifest.recipients.ada });
    expect(after.backup).toEqual(current.backup);
    expect(restored(backup, current, [])).toEqual(current);
    // The two parted: the project's authority stays, and an admin has to sign what was put back.
    expect(after.authority).toEqual(current.authority);
    expect(errorOf(() => new Keyring(after, "default", third.dataKey))).toBeUndefined();
    // What the backup says of other environments' vaults is not asked for.
    const listed = { ".env.staging.vault": { environment: "staging", id: idOf(8), tag: "hmac:older" } };
    const other = { ...backup, manifest: { ...backup.manifest, vaults: { ...backup.manifest.vaults, ...listed } } };
    expect(restored(other, current, ["default"])).toEqual(after);
  });
});
