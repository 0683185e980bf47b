import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entryOf } from "../../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../../src/core/authority/manifest.ts";
import { signerOf, signingSeed } from "../../../src/core/authority/statement.ts";
import { validEntries, withLowest, withoutAccess } from "../../../src/core/keys/fence.ts";
import { withEntry, withGrant } from "../../../src/core/keys/manifest-edits.ts";
import { mergeManifests } from "../../../src/core/merging/merge-manifest.ts";
import { losesRole, type Sides, withoutRemoved } from "../../../src/core/merging/removed-by-side.ts";
import { ADMIN, manifestOf, recipient } from "../../support/manifests.ts";

const ENVIRONMENTS = ["default", "production"];
const start = manifestOf({ environments: { default: { key: 1 }, production: { key: 2 } } });
const signerWith = (seed: number) => signerOf(signingSeed(new Uint8Array(32).fill(seed), start.project));

/** An admin lets somebody in: whose recipient and signing key are those of a seed. */
function grant(manifest: Manifest, name: string, environment: string, seed = name.charCodeAt(0), signer = seed): Manifest {
  const given = { recipient: recipient(seed), signer: signerWith(signer), kind: "person" as const };
  return withGrant(manifest, environment, name, given, ADMIN);
}

/** An admin puts somebody out: nothing that was signed before counts, and whoever counted and stays is signed again. */
function revoke(manifest: Manifest, name: string, environments: readonly string[] = ENVIRONMENTS): Manifest {
  let next = manifest;
  for (const environment of environments) {
    const counted = validEntries(next, environment);
    const { statement, access } = withoutAccess(next, environment, [name]).environments[environment] as Manifest["environments"][string];
    next = withEntry(next, environment, { statement: { ...statement, revision: statement.revision + 1 }, access: {} });
    for (const [other, { recipient, signer, kind }] of Object.entries(access).filter(([other]) => counted.includes(other)))
      next = withGrant(next, environment, other, { recipient, kind, ...(signer !== undefined && { signer }) }, ADMIN);
  }
  return withLowest(next, environments, ADMIN);
}

/** Anybody writes an old entry back into the file. */
function putBack(manifest: Manifest, name: string, environment: string, from: Manifest): Manifest {
  const old = entryOf(from, environment)?.access[name];
  const access = entryOf(manifest, environment)?.access ?? {};
  return old === undefined ? manifest : withEntry(manifest, environment, { access: { ...access, [name]: old } });
}

const all = (manifest: Manifest, name: string) => ENVIRONMENTS.reduce((next, environment) => grant(next, name, environment), manifest);
const namesIn = (manifest: Manifest | null | undefined, environment = "production") =>
  Object.keys((manifest && entryOf(manifest, environment)?.access) ?? {}).sort();

/** Whoever merges, the same comes of it. */
function merged(sides: Sides, environment = "production"): string[] {
  const { lines } = sides;
  const turned = { ...sides, ours: sides.theirs, theirs: sides.ours, ...(lines && { lines: { ours: lines.theirs, theirs: lines.ours } }) };
  const [one, other] = [sides, turned].map((each) => namesIn(mergeManifests(each)?.manifest, environment));
  expect(other).toEqual(one);
  return one as string[];
}

const base = all(all(start, "ada"), "bob");
const out = revoke(base, "bob");

describe("who was put out on one side stays out", () => {
  it.each<[string, Sides]>([
    ["whose dead entry was put back there", { base, ours: putBack(out, "bob", "production", base), theirs: grant(base, "eve", "default") }],
    ["whom the other side signed again", { base, ours: out, theirs: revoke(grant(base, "eve", "production"), "eve") }],
    ["under another name", { base, ours: out, theirs: grant(base, "robert", "production", "b".charCodeAt(0)) }],
    ["with another recipient and the same signing key", { base, ours: out, theirs: grant(base, "robert", "production", 77, 98) }],
    ["under the same name with another identity", { base, ours: out, theirs: grant(base, "bob", "production", 77) }],
    [
      "of one environment alone, and signed again there",
      { base, ours: revoke(base, "bob", ["production"]), theirs: revoke(grant(base, "eve", "default"), "eve") },
    ],
    [
      "of all, by a grant of another environment",
      { base: revoke(base, "bob", ["production"]), ours: out, theirs: grant(revoke(base, "bob", ["production"]), "bob", "production") },
    ],
    ["where there is no base", { base: null, ours: putBack(out, "bob", "production", base), theirs: base }],
    [
      "whom both sides had let in after they parted",
      { base: start, ours: revoke(base, "bob"), theirs: base, lines: { ours: [base], theirs: [base] } },
    ],
    [
      "who took the own entries out before the two parted, and put them back on a branch",
      {
        base: withoutAccess(withoutAccess(base, "default", ["bob"]), "production", ["bob"]),
        ours: revoke(withoutAccess(withoutAccess(base, "default", ["bob"]), "production", ["bob"]), "bob"),
        theirs: grant(base, "eve", "default"),
        earlier: [base],
      },
    ],
  ])("%s", (_, sides) => {
    expect(merged(sides)).not.toContain("bob");
    expect(merged(sides)).not.toContain("robert");
    expect(withoutRemoved(sides).leftOut).toContainEqual(
      expect.objectContaining({ environment: "production", by: ADMIN.name, recipient: expect.stringMatching(/^age1/) }),
    );
  });

  it("and has no role by what the other side gave", () => {
    const isLost = losesRole({ base, ours: out, theirs: base });
    expect(isLost("robert", { signer: signerWith("b".charCodeAt(0)) })).toBe(true);
    expect(isLost("ada", { signer: signerWith("a".charCodeAt(0)) })).toBe(false);
  });

  it("and a side that lacks the keys of an environment has removed nobody: it was tampered with", () => {
    const { production: _, ...environments } = out.environments;
    expect(() => withoutRemoved({ base, ours: { ...out, environments }, theirs: base })).toThrow(/the manifest lacks its keys/);
  });
});

describe("who was not put out gets in without a question", () => {
  const carol = all(base, "carol");
  it.each<[string, Sides, string[]]>([
    [
      "a grant on a branch while main revoked somebody else",
      { base: carol, ours: revoke(carol, "carol"), theirs: grant(carol, "eve", "production") },
      ["ada", "bob", "eve"],
    ],
    [
      "the same person on both sides",
      { base, ours: grant(base, "eve", "production"), theirs: grant(base, "eve", "production") },
      ["ada", "bob", "eve"],
    ],
    ["a renewal", { base, ours: grant(base, "bob", "production", 77), theirs: grant(base, "eve", "production") }, ["ada", "bob", "eve"]],
    [
      "somebody put out and let in again on one side",
      { base, ours: grant(out, "bob", "production"), theirs: grant(base, "eve", "production") },
      ["ada", "bob", "eve"],
    ],
    [
      "somebody put out before the two parted, and let in on one side",
      { base: out, ours: grant(out, "bob", "production"), theirs: grant(out, "eve", "production") },
      ["ada", "bob", "eve"],
    ],
    ["nobody new", { base, ours: base, theirs: grant(base, "eve", "default") }, ["ada", "bob"]],
  ])("%s", (_, sides, names) => {
    expect(merged(sides)).toEqual(names);
    expect(withoutRemoved(sides).leftOut).toEqual([]);
  });

  it("a renewal has the new identity", () => {
    const { manifest } = mergeManifests({ base, ours: grant(base, "bob", "production", 77), theirs: grant(base, "eve", "default") }) ?? {};
    expect(manifest?.environments.production?.access.bob?.recipient).toBe(recipient(77));
  });
});

describe("any two histories", () => {
  type Held = Record<string, string[]>;
  interface State {
    manifest: Manifest;
    held: Held;
  }
  const PEOPLE = ["ada", "bob", "eve"];
  const step = fc.record({
    what: fc.constantFrom("grant", "revoke", "put back"),
    name: fc.constantFrom(...PEOPLE),
    environment: fc.constantFrom(...ENVIRONMENTS),
  });

  function run({ manifest, held }: State, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], old: Manifest): State {
    let state: State = { manifest, held };
    for (const { what, name, environment } of steps) {
      const here = state.held[environment] ?? [];
      if (what === "grant")
        state = {
          manifest: grant(state.manifest, name, environment),
          held: { ...state.held, [environment]: [...new Set([...here, name])] },
        };
      else if (what === "revoke")
        state = {
          manifest: revoke(state.manifest, name),
          held: Object.fromEntries(Object.entries(state.held).map(([one, names]) => [one, names.filter((other) => other !== name)])),
        };
      // Where it counts still, it is there already: whoever counts is never taken out without a fence here.
      else if (!here.includes(name)) state = { ...state, manifest: putBack(state.manifest, name, environment, old) };
    }
    return state;
  }

  it("leave in whom neither side put out, and nobody else", () => {
    const steps = fc.array(step, { maxLength: 4 });
    fc.assert(
      fc.property(steps, steps, steps, (first, one, two) => {
        const from = run({ manifest: start, held: { default: [], production: [] } }, first, start);
        const [ours, theirs] = [run(from, one, from.manifest), run(from, two, from.manifest)];
        const has = ({ held }: State, name: string) => ENVIRONMENTS.some((environment) => held[environment]?.includes(name));
        for (const environment of ENVIRONMENTS) {
          const holds = ({ held }: State, name: string) => held[environment]?.includes(name) === true;
          const expected = PEOPLE.filter((name) => {
            const sides = [ours, theirs];
            if (has(from, name) && !sides.every((side) => has(side, name))) return false;
            return holds(from, name) ? sides.every((side) => holds(side, name)) : sides.some((side) => holds(side, name));
          });
          expect(merged({ base: from.manifest, ours: ours.manifest, theirs: theirs.manifest }, environment)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });
});
