import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { nowSeen, outdated } from "../../src/core/authority/seen.ts";
import { pinOfManifest, trust } from "../../src/core/authority/trust.ts";
import { withRolesChanged } from "../../src/core/keys/fence.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { parseManifest, serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { runs } from "../support/arbitraries.ts";
import { adminsOf, person } from "../support/authority.ts";
import { Ring } from "../support/keyring-builder.ts";
import { ADMIN, keyOf, manifestOf } from "../support/manifests.ts";

/**
 * Whoever may write envseal.json, and holds no key, has every part of every manifest that there ever was: each is genuine. From
 * them they make one that no command wrote.
 */

const [ada, bob, eve] = [person("ada", 11), person("bob", 12), person("eve", 13)];
const night = { ...person("night", 14), environments: ["default"] };

/** Bob and eve come and go; eve was an admin, and night replaces keys. The seed is that of the active key. */
const HISTORY: [step: string, ring: Ring, seed: number][] = [];
const step = (what: string, ring: Ring, seed: number) => HISTORY.push([what, ring, seed]);
const start = manifestOf({
  admins: [ADMIN, eve],
  rotators: [night],
  environments: { default: { access: [ada, bob], vaults: { ".env.vault": 1 } } },
});
step("init", new Ring(start, keyOf(1)), 1);
const last = () => HISTORY.at(-1)?.[1] as Ring;
step("settings", last().set({ required: ["A"] }), 1);
step("eve grants", last().by(eve).grant("fay", 15).by(ADMIN), 1);
step("night rotates", last().by(night).rotate(2).by(ADMIN), 2);
step("night raises the floor", last().by(night).raise().by(ADMIN), 2);
step("bob is revoked", last().without("bob").rotate(3, { reason: "offboarding" }), 3);
step("and fenced", last().fence(), 3);
const before = last();
step(
  "eve signs once more",
  before
    .by(eve)
    .set({ public: ["P_*"] })
    .state({})
    .by(ADMIN),
  3,
);
step(
  "eve is no admin",
  last().apply((manifest) => withRolesChanged(manifest, { admins: adminsOf(ADMIN) }, ADMIN)),
  3,
);
step("all is fenced", last().rotate(4).fence(), 4);
step("settings again", last().set({ required: ["A", "B"] }), 4);
/** What eve makes on a branch of her own, as the admin that she was. */
step(
  "eve's branch",
  before
    .by(eve)
    .apply((manifest) => withRolesChanged(manifest, { admins: adminsOf(eve) }, eve))
    .state({})
    .grant("bob", 12),
  3,
);
const NEWEST = HISTORY.length - 2;
const newest = (HISTORY[NEWEST] as (typeof HISTORY)[number])[1];

const at = fc.nat({ max: HISTORY.length - 1 });
const recipe = fc.record({
  authority: at,
  statement: at,
  settings: at,
  listing: at,
  access: fc.dictionary(fc.constantFrom("ada", "bob", "fay"), fc.tuple(at, fc.constantFrom("ada", "bob", "fay"), fc.boolean())),
});

function recombined(parts: typeof recipe extends fc.Arbitrary<infer T> ? T : never): Manifest {
  const of = (index: number) => (HISTORY[index] as (typeof HISTORY)[number])[1];
  const access = Object.entries(parts.access).flatMap(([name, [index, from, isBare]]) => {
    const { wrapped, tag, ...bare } = of(index).entry.access[from] ?? {};
    return tag === undefined ? [] : [[name, isBare ? bare : { ...bare, wrapped, tag }]];
  });
  const entry = {
    statement: of(parts.statement).statement,
    access: Object.fromEntries(access),
    settings: of(parts.settings).entry.settings,
  };
  const manifest = { ...of(parts.authority).manifest, environments: { default: entry }, vaults: of(parts.listing).manifest.vaults };
  return parseManifest(serialiseManifest(manifest));
}

/** What a reader has who holds the statement's key, and whether they write there too; null where they refuse. */
function opened(manifest: Manifest, anchor: Parameters<typeof trust>[1]): { keyring: Keyring; writes: boolean } | null {
  try {
    const verdict = trust(manifest, anchor);
    const { statement } = manifest.environments.default as NonNullable<Manifest["environments"][string]>;
    const held = HISTORY.find(([, ring]) => ring.active === statement.active)?.[2] as number;
    const keyring = new Keyring(manifest, "default", keyOf(held));
    const writes = verdict === "match" || verdict === "newer";
    return outdated(manifest, "default", statement, verdict, anchor.seen) === null ? { keyring, writes } : null;
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return null;
  }
}

describe("parts of every manifest of history, put together anew", () => {
  const ANCHORS: [string, Parameters<typeof trust>[1]][] = [
    ["with the newest pin", { pins: [pinOfManifest(newest.manifest)], seen: null }],
    ["that saw the newest", { pins: [], seen: nowSeen(newest.manifest, null) }],
  ];

  it.each(ANCHORS)("give a reader %s nothing from before what was taken away", (_, anchor) => {
    const codes = new Set<boolean>();
    fc.assert(
      fc.property(recipe, (parts) => {
        const found = opened(recombined(parts), anchor);
        codes.add(found !== null);
        if (found === null) return;
        const { keyring, writes } = found;
        const { lowest } = headOf(newest.manifest).environments.default as { lowest: number };
        expect(keyring.statement.revision).toBeGreaterThanOrEqual(lowest);
        expect(keyring.statement).toEqual(newest.statement);
        expect(keyring.settings.required).toContain("A");
        // Where the authority is behind, nothing is wrapped for anybody.
        if (!writes) return;
        const counts = Object.keys(keyring.access).filter((name) => ["genuine", "waiting"].includes(keyring.accessState(name)));
        for (const name of counts) {
          expect(["ada", "fay"]).toContain(name);
          expect(keyring.access[name]?.recipient).toBe(newest.entry.access[name]?.recipient);
        }
      }),
      runs(1_500, 50_000),
    );
    // Some of them are the newest manifest in all that counts.
    expect([...codes].sort()).toEqual([false, true]);
  });

  it("and the newest itself opens, while a reader who knows nothing takes any genuine line", () => {
    for (const [, anchor] of ANCHORS) expect(opened(newest.manifest, anchor)).not.toBeNull();
    for (const [, ring] of HISTORY) expect(opened(ring.manifest, { pins: [], seen: null })).not.toBeNull();
    const [, branch] = HISTORY.at(-1) as (typeof HISTORY)[number];
    for (const [, anchor] of ANCHORS) expect(opened(branch.manifest, anchor)).toBeNull();
  });
});
