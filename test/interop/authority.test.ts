import { afterAll, describe, expect, it } from "vitest";
import { accessProblem } from "../../src/core/authority/access-entry.ts";
import { authorityOf, environmentNames, scopeOf } from "../../src/core/authority/authority-of.ts";
import { environmentProblem } from "../../src/core/authority/environment-statement.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { pinOfManifest, trust } from "../../src/core/authority/trust.ts";
import { b64u } from "../../src/core/bytes.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { parseManifest } from "../../src/core/manifest/manifest-text.ts";
import { isEnvsealError } from "../../src/errors.ts";
import { forged } from "../support/forgeries.ts";
import { history, type State } from "../support/histories.ts";
import { keyOf } from "../support/manifests.ts";
import { Dice } from "../support/mutate.ts";
import { base64, Python, pythonIsHere, pythonNotice, type VerifiedEnvironment } from "../support/python.ts";
import { isNightly, SEED } from "../support/sample.ts";

const [VALID, MUTATED] = isNightly ? [1_000, 10_000] : [60, 600];
const STEPS = 12;

interface Verdict {
  refused?: string;
  head?: string;
  environments?: Record<string, VerifiedEnvironment>;
}

/** Everything in a manifest that can be checked, as the program sees it. */
function ours(text: string, keys: State["keys"], pin?: Uint8Array): Verdict {
  try {
    const manifest = parseManifest(text);
    trust(manifest, { pins: pin === undefined ? [] : [pin], seen: null });
    const environments = environmentNames(manifest).map((name) => [name, verified(manifest, name, keys[name])] as const);
    return { head: authorityOf(manifest).headDigest, environments: Object.fromEntries(environments) };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return { refused: error.code };
  }
}

function verified(manifest: Manifest, name: string, key: number | undefined): VerifiedEnvironment {
  const entry = Object.hasOwn(manifest.environments, name) ? manifest.environments[name] : undefined;
  if (entry === undefined) return { statement: "missing" };
  const { head } = authorityOf(manifest);
  const scope = scopeOf(manifest, name);
  const { statement } = entry;
  const access = Object.entries(entry.access).map(([who, one]) => [who, accessProblem(head, scope, statement.revision, who, one)] as const);
  return {
    statement: environmentProblem(head, scope, statement),
    access: Object.fromEntries(access),
    ...(key !== undefined && { opened: openedBy(manifest, name, key) }),
  };
}

function openedBy(manifest: Manifest, name: string, key: number): VerifiedEnvironment["opened"] {
  try {
    const keyring = new Keyring(manifest, name, keyOf(key));
    keyring.keyPins();
    const states = Object.keys(keyring.access).map((who) => [who, keyring.accessState(who)] as const);
    return { states: Object.fromEntries(states), listed: Object.keys(manifest.vaults).filter((path) => keyring.listsVault(path)) };
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    return null;
  }
}

describe.runIf(pythonIsHere)(`a verifier written from FORMAT.md alone agrees with the program${pythonNotice}`, () => {
  const python = new Python();
  afterAll(() => python.end());

  async function compare(what: string, text: string, keys: State["keys"], pin?: Uint8Array): Promise<Verdict> {
    const dataKeys = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, Buffer.from(keyOf(key)).toString("hex")]));
    const theirs = await python.ask({ do: "verify", manifest: base64(text), dataKeys, ...(pin && { pin: b64u(pin) }) });
    const own = ours(text, keys, pin);
    const told = `${what}: ours ${own.refused ?? "good"}, theirs ${theirs.refused ?? "good"}`;
    if (own.refused !== undefined || theirs.refused !== undefined)
      expect(theirs.refused !== undefined, told).toBe(own.refused !== undefined);
    else expect(theirs, told).toEqual(own);
    return own;
  }

  it(`on ${VALID} manifests of histories in which everybody did what they may`, { timeout: 600_000 }, async () => {
    const dice = new Dice(SEED * 7919);
    const seen = new Set<string>();
    let [left, at] = [VALID, 0];
    while (left > 0) {
      const states = history(dice, STEPS);
      const root = pinOfManifest((states[0] as State).manifest);
      for (const { manifest, keys } of states.slice(0, left)) {
        const { refused, environments = {} } = await compare(
          `#${at++}`,
          JSON.stringify(manifest),
          keys,
          dice.below(2) === 0 ? root : undefined,
        );
        expect(refused).toBeUndefined();
        for (const one of Object.values(environments)) {
          expect(one).toMatchObject({ statement: null, opened: expect.anything() });
          for (const state of Object.values(one.opened?.states ?? {})) seen.add(state);
        }
      }
      left -= states.length;
    }
    expect([...seen].sort()).toEqual(expect.arrayContaining(["genuine", "waiting"]));
  });

  it(`on ${MUTATED} that were changed, by strangers and by people with a signing key`, { timeout: 1_800_000 }, async () => {
    const dice = new Dice(SEED * 104_729);
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    for (let at = 0, states: State[] = []; at < MUTATED; at++) {
      if (at % 20 === 0) states = history(dice, STEPS);
      const { what, text } = forged(states, dice);
      const pinned = dice.below(3);
      const pin = pinned === 0 ? undefined : pinOfManifest((pinned === 1 ? (states[0] as State) : dice.of(states)).manifest);
      const { refused, environments } = await compare(`#${at} ${what}`, text, (states.at(-1) as State).keys, pin);
      count(refused ?? "good");
      for (const one of Object.values(environments ?? {})) {
        count(`statement ${one.statement}`);
        for (const problem of Object.values(one.access ?? {})) count(`access ${problem}`);
        for (const state of Object.values(one.opened?.states ?? {})) count(state);
      }
    }
    // What the mutations are there to bring about.
    const kinds = ["good", "MALFORMED_MANIFEST", "FORGED_MANIFEST", "PIN_MISMATCH", "statement unsigned", "statement replaced"];
    const told = JSON.stringify([...seen]);
    for (const kind of [...kinds, "access unsigned", "access replaced", "access ahead", "genuine", "waiting", "spoiled"])
      expect(seen.get(kind) ?? 0, `${kind}: ${told}`).toBeGreaterThan(0);
  });
});
