import type { AccessEntry } from "../../src/core/authority/access-entry.ts";
import type { AuthorityStatement } from "../../src/core/authority/authority.ts";
import type { Manifest } from "../../src/core/authority/manifest.ts";
import { signStatement } from "../../src/core/authority/statement.ts";
import { b64u } from "../../src/core/bytes.ts";
import { taggerOf, withVault } from "../../src/core/keys/manifest-edits.ts";
import { accessTag, settingsTag, vaultTag } from "../../src/core/keys/tags.ts";
import { serialiseManifest } from "../../src/core/manifest/manifest-text.ts";
import { authorityDigest, type Person } from "./authority.ts";
import { PEOPLE, type State } from "./histories.ts";
import { idOf, keyOf, wrappedFor } from "./manifests.ts";
import { type Dice, mutate } from "./mutate.ts";

/** A manifest that somebody changed who may hold a signing key, and what they did. */
export interface Forgery {
  what: string;
  text: string;
}

/** What a forger has beside the repository: seeds to sign with, and the numbers of the data keys of some environments. */
export interface Hands {
  people: readonly Person[];
  keys: Readonly<Record<string, readonly number[]>>;
}

type Forge = (manifest: Manifest, dice: Dice, states: readonly State[], hands: Hands) => Manifest | string;

const someone = (dice: Dice) => dice.of(PEOPLE);
const entryIn = ({ environments }: Manifest, dice: Dice) => dice.of(Object.keys(environments));
const copyOf = <T>(value: T): T => structuredClone(value);

/** Signed by whoever forges, under their own name or another's. */
function signed<T extends object>(
  kind: "authority" | "environment" | "access",
  manifest: Manifest,
  environment: string,
  made: T,
  dice: Dice,
  hands: Hands,
) {
  const [who, as] = [dice.of(hands.people), someone(dice)];
  const signer = { ...who, name: dice.below(4) === 0 ? as.name : who.name };
  return signStatement(kind, { project: manifest.project, environment }, made, signer);
}

const CHANGES: ((statement: AuthorityStatement, dice: Dice) => unknown)[] = [
  (statement, dice) => {
    const who = someone(dice);
    statement.admins[who.name] = { recipient: who.recipient, signer: who.signer };
    delete statement.rotators[who.name];
  },
  ({ admins }, dice) => delete admins[dice.of(Object.keys(admins))],
  ({ environments }, dice) => {
    const name = dice.of(Object.keys(environments));
    environments[name] = { lowest: 1 + dice.below(9) };
  },
  ({ environments }, dice) => delete environments[dice.of(Object.keys(environments))],
  (statement) => delete statement.gone,
  (statement, dice) => {
    const name = dice.of(Object.keys(statement.environments));
    delete statement.environments[name];
    statement.gone = { ...statement.gone, [name]: { revision: 1 + dice.below(9) } };
  },
  (statement, dice) => {
    const [name] = Object.keys(statement.gone ?? {});
    if (name === undefined) return;
    delete statement.gone?.[name];
    if (Object.keys(statement.gone ?? {}).length === 0) delete statement.gone;
    statement.environments[name] = { lowest: 1 + dice.below(9) };
  },
  (statement, dice) => {
    const who = someone(dice);
    if (Object.hasOwn(statement.admins, who.name)) return;
    statement.rotators = { [who.name]: { signer: who.signer, environments: [dice.of(Object.keys(statement.environments))] } };
  },
];

const FORGERIES: Record<string, Forge> = {
  text: (manifest, dice) => mutate(serialiseManifest(manifest), dice, "json").text,
  "a statement on top": (manifest, dice, _states, hands) => {
    const last = manifest.authority.at(-1) as AuthorityStatement;
    const next = { ...copyOf(last), revision: last.revision + 1, previous: [authorityDigest(last, manifest.project)] };
    if (dice.below(6) > 0) dice.of(CHANGES)(next, dice);
    return { ...manifest, authority: [...manifest.authority, signed("authority", manifest, "", next, dice, hands)] };
  },
  "a statement in the middle": (manifest, dice, _states, hands) => {
    const authority = copyOf(manifest.authority);
    const at = dice.below(authority.length);
    dice.of(CHANGES)(authority[at] as AuthorityStatement, dice);
    authority[at] = signed("authority", manifest, "", authority[at] as AuthorityStatement, dice, hands);
    return { ...manifest, authority };
  },
  "a statement less": (manifest, dice) => ({
    ...manifest,
    authority: manifest.authority.toSpliced(dice.below(manifest.authority.length), 1),
  }),
  "an environment's statement": (manifest, dice, _states, hands) => {
    const [name, next] = [entryIn(manifest, dice), copyOf(manifest)];
    const entry = next.environments[name] as Manifest["environments"][string];
    entry.statement = signed(
      "environment",
      manifest,
      name,
      { ...entry.statement, revision: entry.statement.revision + dice.below(3) },
      dice,
      hands,
    );
    return next;
  },
  "an access entry": (manifest, dice, _states, hands) => {
    const [name, next] = [entryIn(manifest, dice), copyOf(manifest)];
    const { access } = next.environments[name] as Manifest["environments"][string];
    const who = someone(dice);
    const { wrapped, tag, signatures: _, ...old } = access[who.name] ?? { ...ENTRY, recipient: who.recipient };
    const members = { ...old, name: dice.below(5) === 0 ? "zoe" : who.name, since: 1 + dice.below(6) };
    const { name: _name, ...made } = signed("access", manifest, name, members, dice, hands);
    access[who.name] = { ...made, ...(wrapped !== undefined && tag !== undefined && { wrapped, tag }) };
    return next;
  },
  "a reserved member": (manifest, dice, states, hands) => {
    const next = copyOf(manifest);
    const state = states.find((one) => one.manifest === manifest) ?? (states.at(-1) as State);
    dice.of(RESERVED)(next, entryIn(next, dice), dice, state, hands);
    return next;
  },
  "parts of other times": (manifest, dice, states) => {
    const next = copyOf(manifest);
    for (let times = 1 + dice.below(3); times > 0; times--) {
      const other = dice.of(states).manifest;
      const name = entryIn(other, dice);
      const theirs = copyOf(other.environments[name] as Manifest["environments"][string]);
      const own = next.environments[name];
      const part = dice.of(["authority", "whole", "statement", "access", "settings", "vaults"] as const);
      if (part === "authority") next.authority = copyOf(other.authority);
      else if (part === "vaults") next.vaults = copyOf(other.vaults);
      else if (part === "whole" || own === undefined) next.environments[name] = theirs;
      else Object.assign(own, { [part]: theirs[part] });
    }
    return next;
  },
  "parts of other places": (manifest, dice) => {
    const next = copyOf(manifest);
    const [one, two] = [entryIn(next, dice), entryIn(next, dice)].map(
      (name) => next.environments[name] as Manifest["environments"][string],
    );
    const part = dice.of(["statement", "access", "settings"] as const);
    Object.assign(one as object, { [part]: copyOf(two?.[part]) });
    return next;
  },
};

/**
 * What this release cannot follow, in a part that counts or in one that does not: by somebody with the right or the key, or by
 * anybody at all.
 */
const RESERVED: ((manifest: Manifest, name: string, dice: Dice, state: State, hands: Hands) => void)[] = [
  (manifest, name, dice, _state, hands) => {
    const { access } = manifest.environments[name] as Manifest["environments"][string];
    const who = dice.below(3) === 0 ? "zoe" : dice.of([...Object.keys(access), "zoe"]);
    const { wrapped, tag, signatures, ...old } = access[who] ?? { ...ENTRY, recipient: someone(dice).recipient, signatures: {} };
    const members = { ...old, until: "2027-06-30", name: who };
    const { name: _, ...made } = signed("access", manifest, name, members, dice, hands);
    const kept = dice.below(2) === 0 && Object.keys(signatures).length === 1 ? signatures : made.signatures;
    access[who] = { ...made, signatures: kept, ...(wrapped !== undefined && tag !== undefined && { wrapped, tag }) };
  },
  (manifest, name, dice, { keys }) => {
    const [path] = Object.keys(manifest.vaults).filter((one) => manifest.vaults[one]?.environment === name);
    if (path === undefined) return;
    const listed = { ...(manifest.vaults[path] as Manifest["vaults"][string]), below: { default: "A".repeat(16) } };
    const tagger = taggerOf(keyOf(keys[name] ?? 1), manifest.project, name);
    manifest.vaults[path] = dice.below(2) === 0 ? listed : { ...listed, tag: vaultTag(tagger, path, listed) };
  },
  (manifest, name, dice, _state, hands) => {
    const entry = manifest.environments[name] as Manifest["environments"][string];
    entry.statement = signed("environment", manifest, name, { ...entry.statement, postQuantum: true }, dice, hands);
  },
  (manifest, name, dice, { keys }) => {
    const entry = manifest.environments[name] as Manifest["environments"][string];
    const settings = { ...entry.settings, ...(dice.below(2) === 0 ? { inherits: ["A*"] } : { expand: { URL: ["HOST"] } }) };
    const tagger = taggerOf(keyOf(keys[name] ?? 1), manifest.project, name);
    entry.settings = dice.below(3) === 0 ? settings : { ...settings, tag: settingsTag(tagger, settings) };
  },
  (manifest, name, dice, _state, hands) => {
    const last = manifest.authority.at(-1) as AuthorityStatement;
    const next = { ...copyOf(last), revision: last.revision + 1, previous: [authorityDigest(last, manifest.project)] };
    const [other] = Object.keys(next.environments).filter((one) => one !== name);
    const entry = next.environments[name];
    if (dice.below(2) === 0) next.groups = { backend: ["ada"] };
    else if (other !== undefined && entry !== undefined) next.environments[name] = { ...entry, extends: other };
    manifest.authority = [...manifest.authority, signed("authority", manifest, "", next, dice, hands)];
  },
];

const ENTRY: Omit<AccessEntry, "recipient" | "signatures"> = { kind: "person", since: 1, direct: true };

/** What has a tag, changed under the tag that it has. */
const BY_HAND: Record<string, Forge> = {
  "settings by hand": (manifest, dice) => {
    const next = copyOf(manifest);
    const { settings } = next.environments[entryIn(next, dice)] as Manifest["environments"][string];
    settings.public = dice.of([["*"], ["API_*"], []]);
    settings.revision += dice.below(2);
    return next;
  },
  "a listing by hand": (manifest, dice) => {
    const next = copyOf(manifest);
    const [path] = Object.keys(next.vaults);
    const listed = path === undefined ? undefined : next.vaults[path];
    if (listed !== undefined) next.vaults[dice.of(["x/.env.vault", path as string])] = { ...listed, id: idOf(200 + dice.below(3)) };
    return next;
  },
};

/** What takes a data key: the tags of an environment, made as a holder of one of its keys makes them. */
const BY_KEY: Record<string, Forge> = {
  settings: (manifest, dice, _states, hands) => {
    const tagger = held(manifest, dice, hands);
    const next = copyOf(manifest);
    const entry = tagger && next.environments[tagger.environment];
    if (!tagger || !entry) return manifest;
    const { tag: _, ...before } = entry.settings;
    const allow = [{ rule: "*", path: "*", reason: "forged" }];
    const settings = { ...before, revision: before.revision + dice.below(3), allow };
    entry.settings = { ...settings, tag: settingsTag(tagger, settings) };
    return next;
  },
  "a listing": (manifest, dice, _states, hands) => {
    const tagger = held(manifest, dice, hands);
    if (tagger === null) return manifest;
    return withVault(manifest, tagger, dice.of([".env.vault", "x/.env.vault", ...Object.keys(manifest.vaults)]), idOf(200 + dice.below(3)));
  },
  "a key handed on": (manifest, dice, _states, hands) => {
    const tagger = held(manifest, dice, hands);
    const next = copyOf(manifest);
    const entry = tagger && next.environments[tagger.environment];
    if (!tagger || !entry) return manifest;
    const who = someone(dice);
    const before = entry.access[who.name] ?? { ...ENTRY, recipient: who.recipient, signatures: {} };
    const recipient = dice.below(2) === 0 ? before.recipient : dice.of(hands.people).recipient;
    const wrapped = `age:${b64u(wrappedFor(199))}`;
    entry.access[who.name] = { ...before, recipient, wrapped, tag: accessTag(tagger, who.name, recipient) };
    return next;
  },
};

/** What makes the tags of an environment of which the forger has a key, of any age. */
function held({ project, environments }: Manifest, dice: Dice, { keys }: Hands) {
  const names = Object.keys(keys).filter((name) => Object.hasOwn(environments, name));
  if (names.length === 0) return null;
  const environment = dice.of(names);
  return taggerOf(keyOf(dice.of(keys[environment] as number[])), project, environment);
}

const ANYBODY: Hands = { people: PEOPLE, keys: {} };

export function forged(states: readonly State[], dice: Dice): Forgery {
  const what = dice.of(Object.keys(FORGERIES));
  return { what, text: textOf(FORGERIES[what]?.(dice.of(states).manifest, dice, states, ANYBODY) as Manifest | string) };
}

/** Every part of a manifest, each from any time: half of them from the newest. What comes of it is refused by its parts, not as a whole. */
function recombined(states: readonly State[], dice: Dice): Manifest {
  const manifests = states.map(({ manifest }) => manifest);
  const some = () => halfNewest(manifests, dice);
  const environments = Object.keys(some().environments).map((name) => {
    const times = manifests.flatMap((manifest) => manifest.environments[name] ?? []);
    const from = () => halfNewest(times, dice);
    const access = { ...from().access };
    for (const { name: who } of PEOPLE) {
      const entry = from().access[dice.below(6) === 0 ? someone(dice).name : who];
      if (entry === undefined || dice.below(6) === 0) delete access[who];
      else access[who] = entry;
    }
    return [name, { statement: from().statement, access, settings: from().settings }] as const;
  });
  const parts = { authority: lineOf(manifests, dice), environments: Object.fromEntries(environments), vaults: some().vaults };
  return copyOf({ ...some(), ...parts });
}

const halfNewest = <T>(times: readonly T[], dice: Dice) => (dice.below(2) === 0 ? (times.at(-1) as T) : dice.of(times));

/** A list of the statements that there ever were: what leads to one of them, now and then with one too many or too few. */
function lineOf(manifests: readonly Manifest[], dice: Dice): AuthorityStatement[] {
  const list = halfNewest(manifests, dice).authority;
  if (dice.below(6) > 0) return list;
  const at = dice.below(list.length + 1);
  return dice.below(2) === 0 ? list.toSpliced(at, 1) : list.toSpliced(at, 0, dice.of(dice.of(manifests).authority));
}

/** What a forger makes of all that there ever was, with what they have in hand. */
export function forgedBy(hands: Hands, states: readonly State[], dice: Dice): Forgery {
  const done = ["recombined"];
  let made: Manifest | string = dice.below(4) === 0 ? dice.of(states).manifest : recombined(states, dice);
  const forgeries = { ...FORGERIES, ...BY_HAND, ...(Object.keys(hands.keys).length > 0 && BY_KEY) };
  for (let times = dice.below(4); times > 0 && typeof made !== "string"; times--) {
    const what = dice.of(Object.keys(forgeries));
    // What another change emptied has nothing more to be changed.
    if (made.authority.length === 0 || Object.keys(made.environments).length === 0) break;
    made = forgeries[what]?.(made, dice, states, hands) as Manifest | string;
    done.push(what);
  }
  return { what: done.join(", "), text: textOf(made) };
}

const textOf = (made: Manifest | string) => (typeof made === "string" ? made : JSON.stringify(made));
