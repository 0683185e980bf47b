import type { AuthorityStatement } from "../../src/core/authority/authority.ts";
import { withAuthority, withJoined } from "../../src/core/authority/authority-changes.ts";
import { authorityOf, environmentNames, environmentOf, headOf } from "../../src/core/authority/authority-of.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { fenced, withFloor, withoutAccess, withRolesChanged } from "../../src/core/keys/fence.ts";
import { Keyring } from "../../src/core/keys/keyring.ts";
import { taggerOf, withGrant, withSettings, withVault, withWrapped } from "../../src/core/keys/manifest-edits.ts";
import { withoutEnvironment } from "../../src/core/keys/new-environment.ts";
import { REASONS, rotated } from "../../src/core/keys/rotate.ts";
import { adminsOf, type Person, person } from "./authority.ts";
import { idOf, keyOf, manifestOf, withPlanned, wrappedFor } from "./manifests.ts";
import type { Dice } from "./mutate.ts";

/** Everybody who may turn up in a history, with or without a role. */
export const PEOPLE = ["ada", "bob", "eve", "max", "nia"].map((name, index) => person(name, 30 + index));
const ENVIRONMENTS = ["default", "production", "staging"];
const AT = "2026-02-01T00:00:00Z";

/** A manifest in the course of a history, with the number of each environment's active key. */
export interface State {
  manifest: Manifest;
  keys: Readonly<Record<string, number>>;
}

const keyringIn = ({ manifest, keys }: State, environment: string) =>
  new Keyring(manifest, environment, keyOf(keys[environment] as number));

type Step = (state: State, dice: Dice, fresh: number) => State;

const adminOf = ({ manifest }: State, dice: Dice): Person =>
  dice.of(PEOPLE.filter(({ name }) => Object.hasOwn(headOf(manifest).admins, name)));
const environmentIn = ({ manifest }: State, dice: Dice) => dice.of(environmentNames(manifest));
const members = ({ manifest }: State) =>
  PEOPLE.filter(({ name }) => !Object.hasOwn(headOf(manifest).admins, name) && !Object.hasOwn(headOf(manifest).rotators, name));

/** What people do, each by somebody with the right to. A step that cannot be taken leaves all as it is. */
const STEPS: Record<string, Step> = {
  "an admin more": (state, dice) => {
    const [who] = members(state);
    if (who === undefined) return state;
    const admins = { ...headOf(state.manifest).admins, ...adminsOf(who) };
    return { ...state, manifest: withAuthority(state.manifest, { admins }, adminOf(state, dice)) };
  },
  "an admin less": (state, dice) => {
    const [first, ...others] = PEOPLE.filter(({ name }) => Object.hasOwn(headOf(state.manifest).admins, name));
    if (others.length === 0) return state;
    return { ...state, manifest: withRolesChanged(state.manifest, { admins: adminsOf(...others) }, dice.of(others) ?? (first as Person)) };
  },
  "a rotator": (state, dice) => {
    const who = members(state).at(-1);
    if (who === undefined) return state;
    const rotators = { [who.name]: { signer: who.signer, environments: [environmentIn(state, dice)] } };
    return { ...state, manifest: withRolesChanged(state.manifest, { rotators }, adminOf(state, dice)) };
  },
  grant: (state, dice) => {
    const [environment, who] = [environmentIn(state, dice), dice.of(PEOPLE)];
    const kind = dice.of(["person", "deploy", "recovery"] as const);
    const granted = withGrant(state.manifest, environment, who.name, { recipient: who.recipient, kind }, adminOf(state, dice));
    if (dice.below(3) === 0) return { ...state, manifest: granted };
    const number = state.keys[environment] as number;
    const tagger = taggerOf(keyOf(number), granted.project, environment);
    return { ...state, manifest: withWrapped(granted, tagger, who.name, wrappedFor(number)) };
  },
  "leave out": (state, dice) => {
    const environment = environmentIn(state, dice);
    const [who] = Object.keys(environmentOf(state.manifest, environment).access);
    return who === undefined ? state : { ...state, manifest: withoutAccess(state.manifest, environment, [who]) };
  },
  rotate: (state, dice, fresh) => {
    const environment = environmentIn(state, dice);
    const keyring = keyringIn(state, environment);
    const rotator = PEOPLE.find(({ name }) => headOf(state.manifest).rotators[name]?.environments.includes(environment));
    const signer = rotator !== undefined && dice.below(2) === 0 ? rotator : adminOf(state, dice);
    const kept = Object.keys(keyring.access).filter((name) => ["genuine", "waiting"].includes(keyring.accessState(name)));
    const wrapped = new Map(kept.map((name) => [name, wrappedFor(fresh)] as const));
    const rotation = { dataKey: keyOf(fresh), nonce: new Uint8Array(12).fill(fresh), reason: dice.of(REASONS), at: AT, wrapped };
    const next = rotated(state.manifest, keyring, rotation, signer);
    const manifest = rotation.reason === "scheduled" ? next.manifest : withFloor(next.manifest, next.keyring, signer);
    return { manifest, keys: { ...state.keys, [environment]: fresh } };
  },
  fence: (state, dice) => {
    const keyring = keyringIn(state, environmentIn(state, dice));
    return { ...state, manifest: fenced(state.manifest, [keyring], adminOf(state, dice)) };
  },
  settings: (state, dice, fresh) => {
    const { tagger } = keyringIn(state, environmentIn(state, dice));
    return { ...state, manifest: withSettings(state.manifest, tagger, { required: [`NAME_${fresh}`] }) };
  },
  "a vault": (state, dice, fresh) => {
    const environment = environmentIn(state, dice);
    const path = `d${fresh}/.env${environment === "default" ? "" : `.${environment}`}.vault`;
    return { ...state, manifest: withVault(state.manifest, keyringIn(state, environment).tagger, path, idOf(fresh)) };
  },
  "an environment more": (state, dice, fresh) => {
    const name = ENVIRONMENTS.find((one) => !environmentNames(state.manifest).includes(one));
    if (name === undefined) return state;
    const manifest = withPlanned(state.manifest, name, { key: fresh }, adminOf(state, dice));
    return { manifest, keys: { ...state.keys, [name]: fresh } };
  },
  "an environment less": (state, dice) => {
    if (environmentNames(state.manifest).length < 2) return state;
    return { ...state, manifest: withoutEnvironment(state.manifest, environmentIn(state, dice), adminOf(state, dice)) };
  },
  "two branches that meet": (state, dice) => {
    const signer = adminOf(state, dice);
    const left = withRolesChanged(state.manifest, { rotators: {} }, signer);
    const right = withAuthority(state.manifest, {}, adminOf(state, dice));
    return { ...state, manifest: met(left, right, signer) };
  },
};

/** Both authorities in one list, joined by an admin of both. */
function met(left: Manifest, right: Manifest, signer: Person): Manifest {
  const [ours, theirs] = [authorityOf(left), authorityOf(right)];
  if (ours.headDigest === theirs.headDigest) return left;
  const { signatures: _, ...head } = ours.head;
  const statement = { ...head, revision: head.revision + 1, previous: [ours.headDigest, theirs.headDigest].sort() };
  const ends = [[ours.headDigest, ours.head] as const, [theirs.headDigest, theirs.head] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  const before: AuthorityStatement[] = left.authority.slice(0, -1);
  const list = [...before, ...ends.map(([, one]) => one), withJoined(left, statement, signer)];
  return { ...left, authority: list };
}

/** Every state of a project's history, the first one first. */
export function history(dice: Dice, length: number): State[] {
  const [ada, bob] = PEOPLE as [Person, Person];
  const manifest = manifestOf({
    admins: dice.below(2) === 0 ? [ada] : [ada, bob],
    environments: { default: { key: 1, vaults: { ".env.vault": 1 } }, production: { key: 2, access: [ada, bob] } },
  });
  const states: State[] = [{ manifest, keys: { default: 1, production: 2 } }];
  for (let fresh = 3; fresh < length + 3; fresh++) {
    states.push(STEPS[dice.of(Object.keys(STEPS))]?.(states.at(-1) as State, dice, fresh) as State);
  }
  return states;
}
