import { describe, expect, it } from "vitest";
import { accessProblem } from "../../src/core/authority/access-entry.ts";
import { authorityOf, entryOf, environmentNames, headOf, scopeOf } from "../../src/core/authority/authority-of.ts";
import { environmentProblem } from "../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { nowSeen, outdated } from "../../src/core/authority/seen.ts";
import { type Anchor, pinOfManifest, trust, verifySince } from "../../src/core/authority/trust.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { inspectChange } from "../../src/guard/manifest.ts";
import { inspectSignatures } from "../../src/guard/signatures.ts";
import { MUTATION, runs } from "../support/arbitraries.ts";
import { type Person, person } from "../support/authority.ts";
import { forgedBy, type Hands } from "../support/forgeries.ts";
import { history, PEOPLE, type State } from "../support/histories.ts";
import { keyOf } from "../support/manifests.ts";
import { Dice } from "../support/mutate.ts";
import { SEED } from "../support/sample.ts";

/**
 * Somebody who may write to the repository has everything that was ever in it, and puts it together anew, with what they sign and
 * tag themselves. Loader, CLI, edge and hooks ask `trust`, `outdated` and the keyring; `check` without a key compares with the base.
 */

/** Of each forger. */
const { numRuns: FORGERIES } = runs(3_000, 100_000);
const STEPS = 12;
/** Of one history. */
const EACH = 40;

const textOf = (value: unknown) => canonicalJson(value as Json);

/** Everything that somebody with the right to it made in the course of a history. */
class Honest {
  readonly heads = new Set<string>();
  readonly statements = new Set<string>();
  readonly entries = new Set<string>();
  readonly settings = new Set<string>();
  readonly listings = new Set<string>();
  /** The number of every data key, by its id. */
  readonly numbers = new Map<string, number>();

  constructor(states: readonly State[]) {
    for (const { manifest, keys } of states) {
      for (const digest of authorityOf(manifest).digests) this.heads.add(digest);
      for (const [name, { statement, access, settings }] of Object.entries(manifest.environments)) {
        this.statements.add(textOf([name, statement]));
        this.settings.add(settingsOf(name, settings));
        this.numbers.set(statement.active, keys[name] as number);
        for (const [who, entry] of Object.entries(access)) this.entries.add(signedPart(name, who, entry));
      }
      for (const [path, { environment, id }] of Object.entries(manifest.vaults)) this.listings.add(textOf([environment, path, id]));
    }
  }
}

/** As `toContain`, which takes its time with a set. */
function expectIn(made: ReadonlySet<string>, one: string): void {
  if (!made.has(one)) expect([...made]).toContain(one);
}

type Entry = Manifest["environments"][string];
const signedPart = (environment: string, who: string, { wrapped: _w, tag: _t, ...signed }: Entry["access"][string]) =>
  textOf([environment, who, signed]);
const settingsOf = (environment: string, { tag: _, ...settings }: Entry["settings"]) => textOf([environment, settings]);

/** What was let through, and how often: a property that refuses everything says nothing. */
type Tally = Map<string, number>;

interface Case {
  manifest: Manifest;
  honest: Honest;
  newest: Manifest;
  hands: Hands;
  tally: Tally;
}

function refusedOr<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return null;
  }
}

/** A reader takes nothing that nobody with the right to it made, nor anything from before what they know to be taken away. */
function expectNothingTaken({ manifest, honest, newest, hands, tally }: Case, anchor: Anchor, knows: "newest" | "root"): void {
  const verdict = refusedOr(() => trust(manifest, anchor));
  if (verdict === null) return;
  const writes = verdict === "match" || verdict === "newer";
  const { head, headDigest } = authorityOf(manifest);
  if (writes) expectIn(honest.heads, headDigest);
  for (const name of environmentNames(manifest)) {
    const entry = entryOf(manifest, name);
    const scope = scopeOf(manifest, name);
    if (entry === undefined || environmentProblem(head, scope, entry.statement) !== null) continue;
    if (outdated(manifest, name, entry.statement, verdict, anchor.seen) !== null) continue;
    expectIn(honest.statements, textOf([name, entry.statement]));
    count(tally, `statement for a reader who knows the ${knows}`);
    if (knows === "newest") expect(entry.statement.revision).toBeGreaterThanOrEqual(headOf(newest).environments[name]?.lowest as number);
    // Where the authority is behind, nothing is wrapped for anybody.
    for (const [who, one] of writes ? Object.entries(entry.access) : []) {
      if (accessProblem(head, scope, entry.statement.revision, who, one) !== null) continue;
      expectIn(honest.entries, signedPart(name, who, one));
      count(tally, "access");
    }
    const keyring = refusedOr(() => new Keyring(manifest, name, keyOf(honest.numbers.get(entry.statement.active) as number)));
    if (keyring === null || Object.hasOwn(hands.keys, name)) continue;
    expectIn(honest.settings, settingsOf(name, keyring.settings));
    count(tally, "settings");
    for (const [path, { id }] of Object.entries(manifest.vaults))
      if (keyring.listsVault(path)) expectIn(honest.listings, textOf([name, path, id]));
  }
}

/** Whoever has no key sees every change against the newest manifest but those that whoever holds a data key may make. */
function expectSeen({ manifest, honest, newest, tally }: Case): void {
  const findings = refusedOr(() => {
    verifySince(newest, manifest);
    return [...inspectSignatures("envseal.json", manifest), ...inspectChange("envseal.json", newest, manifest)];
  });
  if (findings === null || findings.length > 0) return;
  count(tally, "check");
  expect(authorityOf(manifest).headDigest).toBe(authorityOf(newest).headDigest);
  for (const name of environmentNames(manifest)) {
    const { statement, access } = entryOf(manifest, name) as Entry;
    expect(statement).toEqual(entryOf(newest, name)?.statement);
    // An entry from before somebody lost access is no finding, and nothing.
    for (const [who, one] of Object.entries(access)) expectIn(honest.entries, signedPart(name, who, one));
  }
}

const count = (tally: Tally, what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

const STRANGER = person("mallory", 66);
const hasRole = ({ manifest }: State, { name }: Person) =>
  Object.hasOwn(headOf(manifest).admins, name) || Object.hasOwn(headOf(manifest).rotators, name);

interface Forger {
  hands: Hands;
  /** Nobody among them ever had a role. Whoever had one goes on from that time, for readers who know no more than that. */
  never: boolean;
}

const FORGERS: [string, (states: readonly State[], dice: Dice) => Forger][] = [
  ["without a key", () => ({ hands: { people: [STRANGER], keys: {} }, never: true })],
  [
    "who has all keys of one environment",
    (states, dice) => {
      const never = dice.below(2) === 0;
      const since = never ? states : states.slice(-1);
      const people = PEOPLE.filter((who) => !since.some((state) => hasRole(state, who)));
      return { hands: { people: [STRANGER, ...people], keys: { default: keysOf(states, "default") } }, never };
    },
  ],
];

const keysOf = (states: readonly State[], name: string) => [...new Set(states.flatMap(({ keys }) => keys[name] ?? []))];

describe("parts of every manifest of a generated history, put together anew by somebody", () => {
  it.each(FORGERS)(`%s, give nobody anything: ${FORGERIES} forgeries`, { timeout: 3_600_000 }, (_who, forgerOf) => {
    const dice = new Dice(SEED * 15_485_863);
    const tally: Tally = new Map();
    for (let at = 0; at < FORGERIES; ) {
      const states = history(dice, STEPS);
      const honest = new Honest(states);
      const [root, newest] = [states[0] as State, states.at(-1) as State].map(({ manifest }) => manifest) as [Manifest, Manifest];
      const { hands, never } = forgerOf(states, dice);
      const anchors: [Anchor, "newest" | "root"][] = [
        [{ pins: [pinOfManifest(newest)], seen: null }, "newest"],
        [{ pins: [], seen: nowSeen(newest, null) }, "newest"],
      ];
      if (never) anchors.push([{ pins: [pinOfManifest(root)], seen: null }, "root"]);
      for (let left = EACH; left > 0 && at < FORGERIES; left--, at++) {
        const { what, text } = forgedBy(hands, states, dice);
        const manifest = refusedOr(() => parseManifest(text));
        if (manifest === null) continue;
        const one = { manifest, honest, newest, hands, tally };
        try {
          for (const [anchor, knows] of anchors) expectNothingTaken(one, anchor, knows);
          expectSeen(one);
        } catch (error) {
          throw new Error(`#${at} ${what}`, { cause: error });
        }
      }
    }
    // So few as a mutation run makes bring nothing about for certain.
    if (MUTATION) return;
    for (const what of ["statement for a reader who knows the newest", "access", "settings", "check"])
      expect(tally.get(what) ?? 0, `${what}: ${JSON.stringify([...tally])}`).toBeGreaterThan(FORGERIES / 100);
  });
});
