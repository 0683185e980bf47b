import type { Environment, KeyEntry, Recipient } from "./manifest.ts";
import { taggedPart } from "./manifest.ts";
import { keysBelow } from "./reach.ts";
import { mayBecome } from "./states.ts";
import { mergeLists, mergeRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

/** Whose active key the merged environment has; `fork` where both sides rotated, and neither key leads to the other. */
export type Lead = "ours" | "theirs" | "fork";

export interface MergedEnvironment {
  entry: Environment;
  lead: Lead;
  /** True where no side's tag speaks for the entry as it now is. */
  unsigned: boolean;
  /** Recipients whom the side that does not lead gave access: the active key has to be wrapped for them. */
  grants: string[];
}

/** The environment's three versions as one. In a fork, `entry` is ours with what both sides did; it has no active key yet. */
export function mergeEnvironment(name: string, versions: Required<Three<Environment>>, settle: Settle): MergedEnvironment {
  const { base, ours, theirs } = versions as { base: Environment | undefined; ours: Environment; theirs: Environment };
  if (base !== undefined && (wentBack(ours, base) || wentBack(theirs, base))) {
    const side = settle(`${name}, whose key one side set back to an earlier one`);
    return { entry: side === "ours" ? ours : theirs, lead: side, unsigned: false, grants: [] };
  }
  const lead = leadOf(ours, theirs);
  const leader = lead === "theirs" ? theirs : ours;
  const other = leader === ours ? theirs : ours;
  const of = <T>(pick: (entry: Environment) => T): Three<T> => ({ base: base && pick(base), ours: pick(ours), theirs: pick(theirs) });
  let keys = mergeRecords(
    of((entry) => entry.keys),
    (keyId, key) => mergeKey(key, lead, `the key ${keyId} of ${name}`, settle),
  );
  if (lead !== "fork" && cutsOff({ ...leader, keys }, [ours, theirs])) {
    const chosen = settle(`which keys of ${name} were destroyed`) === "ours" ? ours : theirs;
    keys = (chosen.active === leader.active ? chosen : leader).keys;
  }
  const entry: Environment = {
    ...leader,
    keys,
    floor: mergeFloor(leader, other, keys),
    public: mergeLists(of((entry) => entry.public)),
    required: mergeLists(of((entry) => entry.required)),
    allow: mergeLists(of((entry) => entry.allow)),
    cryptoperiodDays: mergeValue(
      of((entry) => entry.cryptoperiodDays),
      `the cryptoperiod of ${name}`,
      settle,
    ) as number,
  };
  const { access, grants } = mergeAccess(base, leader, other);
  const part = taggedPart(entry);
  const signed = [leader, other].find((side) => taggedPart(side) === part);
  return { entry: { ...entry, access, tag: signed?.tag ?? leader.tag }, lead, unsigned: signed === undefined, grants };
}

/** The side whose links lead to the other's active key is ahead; that it names the key alone proves nothing. */
function leadOf(ours: Environment, theirs: Environment): Lead {
  if (leadsTo(ours, theirs.active)) return "ours";
  return leadsTo(theirs, ours.active) ? "theirs" : "fork";
}

/** To a key that was destroyed no link leads any more: its tombstone says that this side went on from it. */
function leadsTo(entry: Environment, keyId: string): boolean {
  return entry.active === keyId || keysBelow(entry, entry.active).includes(keyId) || entry.keys[keyId]?.state === "destroyed";
}

/** A side whose active key does not lead to the base's holds an older manifest: genuine, and nobody's change. */
function wentBack(side: Environment, base: Environment): boolean {
  return !leadsTo(side, base.active);
}

/**
 * A key's states only go forward: the longer history counts where it goes on from the other. Where the two parted, the
 * leader's stays, and what the other side knew to be in wrong hands becomes compromised.
 */
function mergeKey(key: Three<KeyEntry>, lead: Lead, what: string, settle: Settle): KeyEntry | undefined {
  const { ours, theirs } = key;
  if (ours === undefined || theirs === undefined) return ours ?? theirs;
  const [leader, other] = lead === "theirs" ? [theirs, ours] : [ours, theirs];
  if (JSON.stringify(leader.links) !== JSON.stringify(other.links)) return mergeValue(key, what, settle);
  if (goesOn(other, leader)) return other;
  if (goesOn(leader, other)) return leader;
  const bad = other.state === "compromised" || other.state === "suspended";
  // It stays destroyed, and its history cannot say any more what the other side knew.
  if (bad && leader.state === "destroyed" && leader.history.every(({ state }) => state !== "compromised"))
    settle(`${what}, which one side destroyed and the other knew to be in wrong hands`);
  if (!bad || !mayBecome(leader.state, "compromised")) return leader;
  const step = other.history.at(-1) as KeyEntry["history"][number];
  return { ...leader, state: "compromised", history: [...leader.history, { ...step, state: "compromised" }] };
}

/** True where a key that a side opens is left without a link: each side destroyed another one, and linked past its own alone. */
function cutsOff(merged: Environment, sides: readonly Environment[]): boolean {
  const reached = new Set(keysBelow(merged, merged.active));
  const left = sides.flatMap((side) => keysBelow(side, side.active)).filter((keyId) => merged.keys[keyId]?.state !== "destroyed");
  return left.some((keyId) => !reached.has(keyId));
}

/** True if `later` has all of the other's states, and goes on from there or ends with them. */
function goesOn(later: KeyEntry, earlier: KeyEntry): boolean {
  return earlier.history.every((step, index) => JSON.stringify(step) === JSON.stringify(later.history[index]));
}

/** The higher of the two: the one from which links lead to the other. No side's change lowers it, an older manifest put back may. */
function mergeFloor(leader: Environment, other: Environment, keys: Readonly<Record<string, KeyEntry>>): string {
  return keysBelow({ ...leader, keys }, other.floor).includes(leader.floor) ? other.floor : leader.floor;
}

/** The leader's entries and the other's grants, without what either removed (FORMAT.md section 3). Under one key, an entry that the other alone made anew counts. */
function mergeAccess(
  base: Environment | undefined,
  leader: Environment,
  other: Environment,
): { access: Environment["access"]; grants: string[] } {
  const had = (name: string) => base !== undefined && Object.hasOwn(base.access, name);
  const kept = Object.entries(leader.access).filter(([name]) => Object.hasOwn(other.access, name) || !had(name));
  const granted = Object.entries(other.access).filter(([name]) => !Object.hasOwn(leader.access, name) && !had(name));
  if (leader.active !== other.active) return { access: Object.fromEntries(kept), grants: granted.map(([name]) => name) };
  const newest = kept.map(([name, ours]) => {
    const versions = { base: base?.access[name], ours, theirs: other.access[name] };
    return [name, mergeValue(versions, name, () => "ours") as typeof ours] as const;
  });
  return { access: Object.fromEntries([...newest, ...granted]), grants: [] };
}

/** A recipient's entry: who it is and how it is held are told apart, so that both sides may change one each. */
export function mergeRecipient(name: string, versions: Three<Recipient>, settle: Settle): Recipient | undefined {
  const { base, ours, theirs } = versions;
  if (ours === undefined || theirs === undefined || ours.recipient !== theirs.recipient)
    return mergeValue(versions, `the recipient ${name}`, settle);
  const of = <T>(pick: (recipient: Recipient) => T): Three<T> => ({ base: base && pick(base), ours: pick(ours), theirs: pick(theirs) });
  const custody = mergeValue(
    of((recipient) => recipient.custody),
    `how ${name} holds the identity`,
    settle,
  );
  const { recipient, added } = ours;
  return custody === undefined ? { recipient, added } : { recipient, added, custody };
}
