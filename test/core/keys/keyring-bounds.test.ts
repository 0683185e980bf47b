import { describe, expect, it } from "vitest";
import { type AccessEntry, signAccess } from "../../../src/core/authority/access-entry.ts";
import type { EnvironmentStatement, KeyEntry } from "../../../src/core/authority/environment-statement.ts";
import { b64u } from "../../../src/core/bytes.ts";
import { commitmentOf } from "../../../src/core/commitment.ts";
import { fenced } from "../../../src/core/keys/fence.ts";
import { Keyring } from "../../../src/core/keys/keyring.ts";
import { listedVault } from "../../../src/core/keys/listing.ts";
import { withSettings } from "../../../src/core/keys/manifest-edits.ts";
import { keepersOf, moved } from "../../../src/core/keys/rotate.ts";
import { tagMatches, vaultTag } from "../../../src/core/keys/tags.ts";
import { PROJECT, person } from "../../support/authority.ts";
import { errorOf } from "../../support/folders.ts";
import { ADMIN, AT, idOf, keyOf, Ring, recipient, wrappedFor } from "../../support/keyring-builder.ts";
import { manifestOf, withPlanned } from "../../support/manifests.ts";

const base = Ring.start().grant("ada", 11);
const third = base.rotate(2).rotate(3);
const second = base.rotate(2).active;

describe("a keyring", () => {
  it("refuses another environment's name, another key, and an entry that was changed", () => {
    expect(errorOf(() => new Keyring(third.manifest, "staging", third.dataKey))).toMatchObject({
      code: "UNKNOWN_ENVIRONMENT",
      hint: expect.stringMatching(/^it has: default;/),
    });
    const both = withPlanned(third.manifest, "staging", { key: 8 });
    expect(errorOf(() => new Keyring(both, "production", third.dataKey))?.hint).toMatch(/^it has: default, staging;/);
    expect(errorOf(() => new Keyring(manifestOf({ environments: {} }), "toString", third.dataKey))?.hint).toMatch(/^it has: none yet;/);
    expect(errorOf(() => new Keyring(third.manifest, "default", keyOf(2)))).toMatchObject({ code: "WRONG_KEY" });
    for (const change of [
      { statement: { floor: second } },
      { statement: { revision: third.statement.revision + 1 } },
      { settings: { required: ["A"] } },
      { settings: { public: ["*"] } },
      { settings: { cryptoperiodDays: 1 } },
      { settings: { allow: [{ rule: "leak", reason: "x" }] } },
    ])
      expect(errorOf(() => new Keyring(third.forged(change), "default", third.dataKey))).toMatchObject({ code: "FORGED_MANIFEST" });
    // Whoever holds an older key may change settings until the floor is above it.
    const byOld = (ring: Ring) =>
      errorOf(() => new Keyring(withSettings(ring.manifest, base.keyring.tagger, { required: ["A"] }), "default", third.dataKey));
    expect(byOld(third)).toBeUndefined();
    expect(byOld(third.raise())).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(errorOf(() => new Keyring({ ...third.manifest, project: idOf(8) }, "default", third.dataKey))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
  });

  it("gives the pins it can open, the active one's first, and reaches no other", () => {
    const pins = [third, base.rotate(2), base].map(({ keyring }) => keyring.keyPin);
    expect(third.keyring.keyPins().map(b64u)).toEqual(pins.map(b64u));
    expect(base.keyring.keyPins().map(b64u)).toEqual([b64u(pins[2] as Uint8Array)]);
    expect(pins.map((pin) => base.keyring.leadsTo(pin))).toEqual([false, false, true]);
    expect(third.keyring.leadsTo(new Uint8Array(16))).toBe(false);
    expect(third.keyring.leadsTo((pins[0] as Uint8Array).subarray(0, 15))).toBe(false);
    const ids = [third, base.rotate(2), base].map(({ active }) => active);
    expect([...ids, "AAAAAAAA", "toString"].map((keyId) => third.keyring.leadsToKey(keyId))).toEqual([true, true, true, false, false]);
    expect(ids.map((keyId) => base.keyring.leadsToKey(keyId))).toEqual([false, false, true]);
  });

  it("has a floor that counts itself and what leads to it", () => {
    const above = (ring: Ring) =>
      [base.active, second, third.active, "AAAAAAAA", "toString"].map((keyId) => ring.keyring.isAtOrAboveFloor(keyId));
    expect(above(third)).toEqual([true, true, true, false, false]);
    expect(above(third.retag().state({ floor: second }))).toEqual([false, true, true, false, false]);
    expect(above(third.fence())).toEqual([false, false, true, false, false]);
    expect(fenced(third.manifest, [third.keyring], ADMIN).environments.default?.statement.floor).toBe(third.active);
  });

  it("ends where links lead in a circle, and opens no key that none leads to", () => {
    const sealed = third.statement.keys[second]?.links[base.active] as string;
    const key = (keyId: string, links: KeyEntry["links"]) => ({ [keyId]: { ...(third.statement.keys[keyId] as KeyEntry), links } });
    const circle = { ...third.statement.keys, ...key(base.active, { [second]: sealed }), ...key(second, { [base.active]: sealed }) };
    expect(third.fence().state({ keys: circle }).keyring.isAtOrAboveFloor(base.active)).toBe(false);

    // A key that is opened twice would be looked at for ever: the fuse ends that.
    const ring = third.fence().state({ keys: { ...third.statement.keys } }).keyring;
    let looked = 0;
    const back = { ...(third.statement.keys[base.active] as KeyEntry) };
    Object.defineProperty(back, "links", {
      get: () => {
        if (++looked > 10) throw new Error("looked at again and again");
        return { [third.active]: sealed, [second]: sealed };
      },
    });
    ring.statement.keys[base.active] = back;
    expect(ring.keyPins().length).toBe(3);

    const cut = third.fence().state({ keys: { ...third.statement.keys, ...key(second, {}) } }).keyring;
    expect(errorOf(() => cut.dataKey(base.active, "the place"))).toMatchObject({
      code: "KEY_UNKNOWN",
      message: `the place: no link leads from the active key to v1 (${base.active}) of default`,
    });
    expect([cut.leadsTo(base.keyring.keyPin), cut.keyPins().length]).toEqual([false, 2]);
  });

  it("lists a vault by its path, id and environment, each of them bound", () => {
    const ring = third.keyring;
    const header = { environment: "default", id: idOf(1) };
    expect(ring.listsVault(".env.vault")).toBe(true);
    expect(() => ring.checkVault(".env.vault", header)).not.toThrow();
    expect(errorOf(() => ring.checkVault("a/.env.vault", header))).toMatchObject({ code: "UNLISTED_VAULT" });
    expect(errorOf(() => ring.checkVault("toString", header))).toMatchObject({ code: "UNLISTED_VAULT" });
    expect([ring.listsVault("a/.env.vault"), ring.listsVault("toString")]).toEqual([false, false]);
    expect(errorOf(() => ring.checkVault(".env.vault", { ...header, id: idOf(2) }))).toMatchObject({ code: "FOREIGN_VAULT" });
    expect(errorOf(() => ring.checkVault(".env.vault", { ...header, environment: "x" }))).toMatchObject({ code: "FOREIGN_VAULT" });
    expect(listedVault(third.manifest, ".env.vault", header)).toBe(third.manifest.vaults[".env.vault"]);
    const moved = { ...third.manifest, vaults: { "a/.env.vault": third.manifest.vaults[".env.vault"] as never } };
    expect(errorOf(() => new Keyring(moved, "default", third.dataKey).checkVault("a/.env.vault", header))).toMatchObject({
      code: "FORGED_MANIFEST",
    });
    const other = {
      ...third.manifest,
      vaults: { ".env.vault": { ...(third.manifest.vaults[".env.vault"] as object), id: idOf(2) } as never },
    };
    expect(new Keyring(other, "default", third.dataKey).listsVault(".env.vault")).toBe(false);
    // A listing is good under any key from the floor on.
    expect(third.manifest.vaults).toEqual(base.manifest.vaults);
    const low = { ...third.raise().manifest, vaults: base.manifest.vaults };
    expect(new Keyring(low, "default", third.dataKey).listsVault(".env.vault")).toBe(false);
    // What a key signed for another environment's place it did not list there.
    const elsewhere = { environment: "staging", id: idOf(4), tag: vaultTag(ring.tagger, ".env.staging.vault", { id: idOf(4) }) };
    const strayed = new Ring({ ...third.manifest, vaults: { ...third.manifest.vaults, ".env.staging.vault": elsewhere } }, third.dataKey);
    expect(strayed.keyring.listsVault(".env.staging.vault")).toBe(false);
    expect(errorOf(() => strayed.keyring.checkVault(".env.staging.vault", elsewhere))).toMatchObject({ code: "FORGED_MANIFEST" });
    expect(strayed.rotate(5).fence().manifest.vaults[".env.staging.vault"]).toEqual(elsewhere);
    expect(vaultTag(ring.tagger, ".env.vault", { id: idOf(1) })).toBe(third.fence().manifest.vaults[".env.vault"]?.tag);
    expect([tagMatches("a", "a"), tagMatches("a", "b"), tagMatches("a", "aa"), tagMatches("", "")]).toEqual([true, false, false, true]);
  });

  it("keeps in a rotation whom an admin let in", () => {
    const ada = third.entry.access.ada as AccessEntry;
    const stranger = person("ada", 33);
    const scope = { project: PROJECT, environment: "default" };
    const access = {
      ...third.entry.access,
      // Signed by an admin, and wrapped by nobody yet.
      bob: third.admit("bob", 13).entry.access.bob as AccessEntry,
      // Another's entry, and one of somebody who is no admin.
      eve: ada,
      mallory: signAccess(scope, "mallory", { ...ada, recipient: recipient(14) }, stranger),
    };
    const ring = new Keyring(third.forged({ access }), "default", third.dataKey);
    expect(keepersOf(ring)).toEqual({ kept: ["ada", "bob"], spoiled: ["eve", "mallory"] });
    const swapped = third.forged({ access: { ada: { ...ada, recipient: recipient(12) } } });
    expect(new Keyring(swapped, "default", third.dataKey).accessState("ada")).toBe("spoiled");
    // Who asks for access under a name that has some changes nothing: the entry's own recipient counts.
    expect(third.join("ada", 12).keyring.accessState("ada")).toBe("genuine");
    expect(third.keyring.accessIsGenuine("toString")).toBe(false);
  });

  it("rotates to a key that nobody had, and says what the old one became", () => {
    for (const [reason, state] of [
      ["scheduled", "deactivated"],
      ["offboarding", "deactivated"],
      ["suspected", "suspended"],
      ["compromised", "compromised"],
    ] as const) {
      const next = base.rotate(5, { reason });
      expect(next.statement.keys[base.active]).toMatchObject({ state });
      expect(next.statement.keys[base.active]?.history.at(-1)).toEqual({ state, at: AT, reason });
      expect(next.statement.keys[next.active]).toMatchObject({
        version: 2,
        state: "active",
        created: AT,
        reason,
        history: [{ state: "active", at: AT }],
      });
      expect(next.statement.floor).toBe(base.statement.floor);
      expect(Object.keys(next.entry.access)).toEqual(["ada"]);
      expect(next.entry.access.ada?.wrapped).toBe(`age:${b64u(wrappedFor(5))}`);
    }
    expect(errorOf(() => base.rotate(1))).toMatchObject({ code: "BUG" });
    expect(Object.keys(base.rotate(5, { keep: [] }).entry.access)).toEqual([]);
    const key = { ...(base.statement.keys[base.active] as KeyEntry) };
    expect(moved(key, "suspended", AT).history).toStrictEqual([...key.history, { state: "suspended", at: AT }]);
    const staging = {
      ...base.manifest,
      vaults: { ...base.manifest.vaults, ".env.staging.vault": { environment: "staging", id: idOf(4), tag: "hmac:kept" } },
    };
    expect(new Ring(staging, base.dataKey).rotate(5).fence().manifest.vaults[".env.staging.vault"]?.tag).toBe("hmac:kept");
    const unlisted = { ...base.manifest, vaults: { ".env.vault": { environment: "default", id: idOf(4), tag: "hmac:kept" } } };
    expect(new Ring(unlisted, base.dataKey).rotate(5).fence().manifest.vaults[".env.vault"]?.tag).toBe("hmac:kept");
  });

  it("tells whose key a token names", () => {
    const keys = third.keyring.keysOf(idOf(1));
    const token = { text: "", version: 1, keyId: base.active, bodyAt: 0 };
    expect(keys.keyFor(token, "x")).toMatchObject({ keyId: base.active, version: 1 });
    expect(keys.keyFor(token, "x")).toBe(keys.keyFor(token, "y"));
    expect(errorOf(() => keys.keyFor({ ...token, version: 2 }, "x"))).toMatchObject({
      code: "TAMPERED",
      message: expect.stringContaining("x: "),
    });
    expect(errorOf(() => keys.keyFor({ ...token, keyId: "AAAAAAAA" }, "x"))).toMatchObject({ code: "KEY_UNKNOWN" });
    const both = withPlanned(third.manifest, "staging", { key: 8 });
    const staging = both.environments.staging?.statement as EnvironmentStatement;
    const ring = new Keyring(both, "default", third.dataKey);
    expect(errorOf(() => ring.keysOf(idOf(1)).keyFor({ ...token, keyId: staging.active }, "x"))).toMatchObject({
      code: "TAMPERED",
      message: `x: it names key ${staging.active} of staging, and this vault is of default`,
    });
    const low = third.fence().keyring;
    expect(errorOf(() => low.keysOf(idOf(1)).keyFor(token, "x"))).toMatchObject({ code: "BELOW_FLOOR" });
    expect(low.keysOf(idOf(1), true).keyFor(token, "x").version).toBe(1);
    expect(b64u(commitmentOf(third.dataKey))).toBe(third.statement.keys[third.active]?.commitment.slice(5));
  });
});
