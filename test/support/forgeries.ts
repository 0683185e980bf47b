import type { AccessEntry } from "../../src/core/access-entry.ts";
import type { AuthorityStatement } from "../../src/core/authority.ts";
import { taggerOf } from "../../src/core/changes.ts";
import { type Manifest, serialiseManifest } from "../../src/core/manifest.ts";
import { signStatement } from "../../src/core/statement.ts";
import { settingsTag, vaultTag } from "../../src/core/tags.ts";
import { authorityDigest } from "./authority.ts";
import { PEOPLE, type State } from "./histories.ts";
import { keyOf } from "./manifests.ts";
import { type Dice, mutate } from "./mutate.ts";

/** A manifest that somebody changed who may hold a signing key, and what they did. */
export interface Forgery {
  what: string;
  text: string;
}

type Forge = (manifest: Manifest, dice: Dice, states: readonly State[]) => Manifest | string;

const someone = (dice: Dice) => dice.of(PEOPLE);
const entryIn = ({ environments }: Manifest, dice: Dice) => dice.of(Object.keys(environments));
const copyOf = <T>(value: T): T => structuredClone(value);

/** Signed by anybody, under their own name or another's. */
function signed<T extends object>(
  kind: "authority" | "environment" | "access",
  manifest: Manifest,
  environment: string,
  made: T,
  dice: Dice,
) {
  const [who, as] = [someone(dice), someone(dice)];
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
  "a statement on top": (manifest, dice) => {
    const last = manifest.authority.at(-1) as AuthorityStatement;
    const next = { ...copyOf(last), revision: last.revision + 1, previous: [authorityDigest(last, manifest.project)] };
    if (dice.below(6) > 0) dice.of(CHANGES)(next, dice);
    return { ...manifest, authority: [...manifest.authority, signed("authority", manifest, "", next, dice)] };
  },
  "a statement in the middle": (manifest, dice) => {
    const authority = copyOf(manifest.authority);
    const at = dice.below(authority.length);
    dice.of(CHANGES)(authority[at] as AuthorityStatement, dice);
    authority[at] = signed("authority", manifest, "", authority[at] as AuthorityStatement, dice);
    return { ...manifest, authority };
  },
  "a statement less": (manifest, dice) => ({
    ...manifest,
    authority: manifest.authority.toSpliced(dice.below(manifest.authority.length), 1),
  }),
  "an environment's statement": (manifest, dice) => {
    const [name, next] = [entryIn(manifest, dice), copyOf(manifest)];
    const entry = next.environments[name] as Manifest["environments"][string];
    entry.statement = signed(
      "environment",
      manifest,
      name,
      { ...entry.statement, revision: entry.statement.revision + dice.below(3) },
      dice,
    );
    return next;
  },
  "an access entry": (manifest, dice) => {
    const [name, next] = [entryIn(manifest, dice), copyOf(manifest)];
    const { access } = next.environments[name] as Manifest["environments"][string];
    const who = someone(dice);
    const { wrapped, tag, signatures: _, ...old } = access[who.name] ?? { ...ENTRY, recipient: who.recipient };
    const members = { ...old, name: dice.below(5) === 0 ? "zoe" : who.name, since: 1 + dice.below(6) };
    const { name: _name, ...made } = signed("access", manifest, name, members, dice);
    access[who.name] = { ...made, ...(wrapped !== undefined && tag !== undefined && { wrapped, tag }) };
    return next;
  },
  "a reserved member": (manifest, dice, states) => {
    const next = copyOf(manifest);
    const state = states.find((one) => one.manifest === manifest) as State;
    dice.of(RESERVED)(next, entryIn(next, dice), dice, state);
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
const RESERVED: ((manifest: Manifest, name: string, dice: Dice, state: State) => void)[] = [
  (manifest, name, dice) => {
    const { access } = manifest.environments[name] as Manifest["environments"][string];
    const who = dice.below(3) === 0 ? "zoe" : dice.of([...Object.keys(access), "zoe"]);
    const { wrapped, tag, signatures, ...old } = access[who] ?? { ...ENTRY, recipient: someone(dice).recipient, signatures: {} };
    const members = { ...old, until: "2027-06-30", name: who };
    const { name: _, ...made } = signed("access", manifest, name, members, dice);
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
  (manifest, name, dice) => {
    const entry = manifest.environments[name] as Manifest["environments"][string];
    entry.statement = signed("environment", manifest, name, { ...entry.statement, postQuantum: true }, dice);
  },
  (manifest, name, dice, { keys }) => {
    const entry = manifest.environments[name] as Manifest["environments"][string];
    const settings = { ...entry.settings, ...(dice.below(2) === 0 ? { inherits: ["A*"] } : { expand: { URL: ["HOST"] } }) };
    const tagger = taggerOf(keyOf(keys[name] ?? 1), manifest.project, name);
    entry.settings = dice.below(3) === 0 ? settings : { ...settings, tag: settingsTag(tagger, settings) };
  },
  (manifest, name, dice) => {
    const last = manifest.authority.at(-1) as AuthorityStatement;
    const next = { ...copyOf(last), revision: last.revision + 1, previous: [authorityDigest(last, manifest.project)] };
    const [other] = Object.keys(next.environments).filter((one) => one !== name);
    const entry = next.environments[name];
    if (dice.below(2) === 0) next.groups = { backend: ["ada"] };
    else if (other !== undefined && entry !== undefined) next.environments[name] = { ...entry, extends: other };
    manifest.authority = [...manifest.authority, signed("authority", manifest, "", next, dice)];
  },
];

const ENTRY: Omit<AccessEntry, "recipient" | "signatures"> = { kind: "person", since: 1, direct: true };

export function forged(states: readonly State[], dice: Dice): Forgery {
  const state = dice.of(states);
  const what = dice.of(Object.keys(FORGERIES));
  const made = FORGERIES[what]?.(state.manifest, dice, states) as Manifest | string;
  return { what, text: typeof made === "string" ? made : JSON.stringify(made) };
}
