import { describe, expect, it } from "vitest";
import type { AccessEntry } from "../../../src/core/authority/access-entry.ts";
import { withAuthority } from "../../../src/core/authority/authority-changes.ts";
import { headOf, scopeOf } from "../../../src/core/authority/authority-of.ts";
import { environmentProblem } from "../../../src/core/authority/environment-statement.ts";
import type { Environment, Manifest } from "../../../src/core/authority/manifest.ts";
import { verifyAlone } from "../../../src/core/authority/trust.ts";
import { keyIdOfTag } from "../../../src/core/commitment.ts";
import { fenced, validEntries, withLowest, withoutAccess, withRolesChanged } from "../../../src/core/keys/fence.ts";
import { adminsOf, person } from "../../support/authority.ts";
import { ADMIN, keyOf, manifestOf, Ring } from "../../support/keyring-builder.ts";
import { keyringOf } from "../../support/manifests.ts";

const [ada, bob, night] = [person("ada", 11), person("bob", 12), person("night", 13)];
const two = manifestOf({
  admins: [ADMIN, bob],
  rotators: [{ ...night, environments: ["production"] }],
  environments: {
    default: { key: 1, access: [ada, bob], vaults: { ".env.vault": 1 } },
    production: { key: 2, access: [ada], vaults: { ".env.production.vault": 2, "a/.env.production.vault": 3 } },
  },
});
const entry = (manifest: Manifest, environment = "production") => manifest.environments[environment] as Environment;
const lowestOf = (manifest: Manifest) =>
  Object.fromEntries(Object.entries(headOf(manifest).environments).map(([name, { lowest }]) => [name, lowest]));
const problem = (manifest: Manifest, environment: string, from = manifest) =>
  environmentProblem(headOf(manifest), scopeOf(manifest, environment), entry(from, environment).statement);
const states = (manifest: Manifest, environment = "production", key = 2) => {
  const ring = keyringOf(manifest, environment, key);
  return Object.fromEntries(Object.keys(ring.access).map((name) => [name, ring.accessState(name)]));
};

describe("a fence", () => {
  const production = new Ring(two, keyOf(2), "production");
  const rotated = production.rotate(3);
  const after = rotated.fence();

  it("raises the floor, and lets nothing from before its statement count", () => {
    expect(rotated.statement.floor).toBe(production.active);
    expect(after.statement.floor).toBe(rotated.active);
    expect(lowestOf(after.manifest)).toEqual({ default: 1, production: after.statement.revision });
    expect(problem(after.manifest, "production")).toBeNull();
    for (const before of [two, rotated.manifest]) expect(problem(after.manifest, "production", before)).toBe("replaced");
    expect(() => verifyAlone(after.manifest)).not.toThrow();
  });

  it("signs the entries that counted again, and no other", () => {
    const entries = { ...rotated.entry.access, mallory: { ...rotated.entry.access.ada, recipient: bob.recipient } };
    const slipped = rotated.with(rotated.forged({ access: entries as Environment["access"] })).fence();
    expect(states(slipped.manifest, "production", 3)).toEqual({ ada: "genuine", mallory: "spoiled" });
    expect(slipped.entry.access.ada?.since).toBe(slipped.statement.revision);
    // What waits still waits.
    expect(states(rotated.admit("eve", 14).fence().manifest, "production", 3)).toEqual({ ada: "genuine", eve: "waiting" });
  });

  it("signs nothing again of whom a rotator left out, and who put the entry back", () => {
    const held = production.grant("eve", 14);
    const cut = held.without("eve").by(night).rotate(3, { reason: "offboarding" }).raise().by(ADMIN);
    const { eve } = held.entry.access;
    const { ada: active } = cut.entry.access;
    for (const tag of [eve?.tag, active?.tag]) {
      const put = cut.with(cut.forged({ access: { ...cut.entry.access, eve: { ...eve, tag } as AccessEntry } }));
      expect(states(put.fence().manifest, "production", 3).ada).toBe("genuine");
      expect(states(put.fence().manifest, "production", 3).eve).not.toMatch(/waiting|genuine/);
    }
  });

  it("tags settings and genuine listings with the active key, and no other environment's", () => {
    expect(keyIdOfTag(rotated.entry.settings.tag)).toBe(production.active);
    expect(keyIdOfTag(after.entry.settings.tag)).toBe(rotated.active);
    const { revision, public: patterns } = rotated.entry.settings;
    expect(after.entry.settings).toMatchObject({ revision, public: patterns });
    const paths = [".env.production.vault", "a/.env.production.vault"];
    for (const path of paths) expect(keyIdOfTag(after.manifest.vaults[path]?.tag as string)).toBe(rotated.active);
    expect(after.manifest.vaults[".env.vault"]).toEqual(two.vaults[".env.vault"]);
    expect(entry(after.manifest, "default")).toEqual(entry(two, "default"));
  });

  it("is of several environments at once, in one statement of the authority", () => {
    const next = fenced(two, [keyringOf(two, "default", 1)], ADMIN, { others: ["production"] });
    expect(next.authority).toHaveLength(2);
    expect(lowestOf(next)).toEqual({ default: 2, production: 2 });
    expect([problem(next, "default"), problem(next, "production")]).toEqual([null, null]);
    expect(states(next)).toEqual({ ada: "genuine" });
    expect(states(next, "default", 1)).toEqual({ ada: "genuine", bob: "genuine" });
    // Without its key only what is signed is made anew.
    expect(entry(next).settings).toEqual(entry(two).settings);
    expect(next.vaults[".env.production.vault"]).toEqual(two.vaults[".env.production.vault"]);
  });

  it("takes a role away in the same statement", () => {
    const next = fenced(two, [keyringOf(two, "default", 1)], ADMIN, { authority: { admins: adminsOf(ADMIN) } });
    expect(Object.keys(headOf(next).admins)).toEqual([ADMIN.name]);
    expect(lowestOf(next)).toEqual({ default: 2, production: 1 });
  });

  it("is half done by a rotator, who cannot say what counts", () => {
    const raised = production.by(night).rotate(3).raise();
    expect(problem(raised.manifest, "production")).toBeNull();
    expect(raised.statement.floor).toBe(raised.active);
    expect(raised.lowest).toBe(1);
    expect(states(raised.manifest, "production", 3)).toEqual({ ada: "genuine" });
    const tried = raised.apply((manifest) => withLowest(manifest, ["production"], night));
    expect(() => verifyAlone(tried.manifest)).toThrow(/is signed by night, who was no admin/);
  });

  it("signs no statement again that was put back from before an earlier fence", () => {
    const behind = { ...after.manifest, environments: two.environments };
    expect(() => fenced(behind, [], ADMIN, { others: ["production"] })).toThrow(/is from before somebody lost access/);
  });
});

describe("an entry that counts", () => {
  it("is signed by an admin of now, for this environment, from what counts on", () => {
    expect(validEntries(two, "default")).toEqual(["ada", "bob"]);
    const production = new Ring(two, keyOf(2), "production");
    expect(validEntries(production.admit("eve", 14).manifest, "production")).toEqual(["ada", "eve"]);
    const copied = production.forged({ access: { ...entry(two, "default").access } });
    expect(validEntries(copied, "production")).toEqual([]);
    const fence = production.fence();
    expect(validEntries(fence.forged({ access: production.entry.access }), "production")).toEqual([]);
    // A rotator signs statements, and no entries.
    expect(validEntries(production.by(night).admit("eve", 14).manifest, "production")).toEqual(["ada"]);
    expect(validEntries(withoutAccess(two, "default", ["ada"]), "default")).toEqual(["bob"]);
  });
});

describe("somebody whose role goes", () => {
  const bobs = new Ring(two, keyOf(2), "production").by(bob).admit("eve", 14).state({});
  const { manifest } = bobs;

  it("as an admin: what they signed is signed by whoever takes it away, and counts on", () => {
    const after = withRolesChanged(manifest, { admins: adminsOf(ADMIN) }, ADMIN);
    expect(problem(after, "production")).toBeNull();
    expect(Object.keys(entry(after).statement.signatures)).toEqual([ADMIN.name]);
    expect(states(after)).toEqual({ ada: "genuine", eve: "waiting" });
    expect(entry(after).access.ada).toEqual(entry(manifest).access.ada);
    // What the other one signed stays as it was.
    expect(entry(after, "default")).toEqual(entry(manifest, "default"));
    expect(() => verifyAlone(after)).not.toThrow();
    // Without that, nothing of it would count.
    const bare = withAuthority(manifest, { admins: adminsOf(ADMIN) }, ADMIN);
    expect(problem(bare, "production")).toBe("unsigned");
    expect(validEntries(bare, "production")).toEqual(["ada"]);
  });

  it("signs nothing for entries that did not count", () => {
    const { eve } = entry(manifest).access;
    const slipped = bobs.forged({ access: { ...entry(manifest).access, mallory: { ...eve, since: 1 } as never } });
    const after = withRolesChanged(slipped, { admins: adminsOf(ADMIN) }, ADMIN);
    expect(validEntries(after, "production")).toEqual(["ada", "eve"]);
  });

  it("as a rotator: the statements alone", () => {
    const raised = new Ring(two, keyOf(2), "production").by(night).rotate(3).raise();
    const after = withRolesChanged(raised.manifest, { rotators: {} }, ADMIN);
    expect(problem(after, "production")).toBeNull();
    expect(Object.keys(entry(after).statement.signatures)).toEqual([ADMIN.name]);
    expect(entry(after).access).toEqual(raised.entry.access);
    expect(states(after, "production", 3)).toEqual({ ada: "genuine" });
  });

  it("as an admin who becomes a rotator: the statements count, and the entries are signed again", () => {
    const rotators = { ...headOf(manifest).rotators, bob: { signer: bob.signer, environments: ["production"] } };
    const after = withRolesChanged(manifest, { admins: adminsOf(ADMIN), rotators }, ADMIN);
    expect(problem(after, "production")).toBeNull();
    expect(states(after)).toEqual({ ada: "genuine", eve: "waiting" });
    expect(Object.keys(entry(after).access.eve?.signatures ?? {})).toEqual([ADMIN.name]);
  });
});
