import type { EnvironmentStatement, KeyEntry } from "../authority/environment-statement.ts";
import { keysBelow } from "../authority/reachable-keys.ts";
import { canonicalJson, type Json } from "../json.ts";
import { dueStep, withDue } from "../keys/due.ts";
import { mayBecome } from "../keys/state-transitions.ts";
import { mergeRecords, mergeValue, type Settle, type Three } from "./three-way.ts";

/** Whose active key the merged environment has; `fork` where both sides rotated, and neither key leads to the other. */
export type Lead = "ours" | "theirs" | "fork";

export interface MergedStatement {
  statement: EnvironmentStatement;
  lead: Lead;
  /** True where no side signed the statement as it now is. */
  unsigned: boolean;
}

/**
 * An environment's statement in its three versions as one. What one side changed is taken whole; what both changed is joined, and
 * has to be signed, unless one side has it just so. In a fork it is ours with what both sides did, and has no active key yet.
 */
export function mergeStatement(name: string, versions: Three<EnvironmentStatement>, settle: Settle): MergedStatement {
  const { base, ours, theirs } = versions as {
    base: EnvironmentStatement | undefined;
    ours: EnvironmentStatement;
    theirs: EnvironmentStatement;
  };
  if (base !== undefined && (wentBack(ours, base) || wentBack(theirs, base))) {
    const side = settle(`${name}, whose key one side set back to an earlier one`);
    return { statement: side === "ours" ? ours : theirs, lead: side, unsigned: false };
  }
  const lead = leadOf(ours, theirs);
  const [b, o, t] = [base, ours, theirs].map((one) => JSON.stringify(one));
  if (o === t || b === t) return { statement: ours, lead: o === t ? lead : "ours", unsigned: false };
  if (b === o) return { statement: theirs, lead: "theirs", unsigned: false };
  const statement = withDueOf([ours, theirs], joined(name, { base, ours, theirs }, lead, settle), lead);
  const signed = lead === "fork" ? undefined : [ours, theirs].find((side) => contentOf(side) === contentOf(statement));
  return { statement: signed ?? statement, lead, unsigned: signed === undefined };
}

/** The key that one side made knows nothing of whom the other took access from without a key: it was made for them, too. */
function withDueOf(sides: readonly EnvironmentStatement[], merged: EnvironmentStatement, lead: Lead): EnvironmentStatement {
  const active = merged.keys[merged.active];
  if (lead === "fork" || active === undefined || dueStep(active) !== undefined) return merged;
  const due = sides.flatMap((side) =>
    Object.hasOwn(side.keys, merged.active) ? [] : (dueStep(side.keys[side.active] as KeyEntry) ?? []),
  )[0];
  return due === undefined ? merged : { ...merged, keys: withDue(merged, due.at) };
}

function contentOf({ signatures: _, ...content }: EnvironmentStatement): string {
  return canonicalJson(content as unknown as Json);
}

function joined(
  name: string,
  { base, ours, theirs }: { base: EnvironmentStatement | undefined; ours: EnvironmentStatement; theirs: EnvironmentStatement },
  lead: Lead,
  settle: Settle,
): EnvironmentStatement {
  const leader = lead === "theirs" ? theirs : ours;
  const other = leader === ours ? theirs : ours;
  let keys = mergeRecords({ base: base?.keys, ours: ours.keys, theirs: theirs.keys }, (keyId, key) =>
    mergeKey(key, lead, `the key ${keyId} of ${name}`, settle),
  );
  if (lead !== "fork" && cutsOff({ ...leader, keys }, [ours, theirs])) {
    const chosen = settle(`which keys of ${name} were destroyed`) === "ours" ? ours : theirs;
    keys = (chosen.active === leader.active ? chosen : leader).keys;
  }
  const revision = Math.max(ours.revision, theirs.revision);
  return { ...leader, keys, floor: mergeFloor(leader, other, keys), revision };
}

/** The side whose links lead to the other's active key is ahead; that it names the key alone proves nothing. */
function leadOf(ours: EnvironmentStatement, theirs: EnvironmentStatement): Lead {
  if (leadsTo(ours, theirs.active)) return "ours";
  return leadsTo(theirs, ours.active) ? "theirs" : "fork";
}

/** To a key that was destroyed no link leads any more: its tombstone says that this side went on from it. */
function leadsTo(statement: EnvironmentStatement, keyId: string): boolean {
  return (
    statement.active === keyId || keysBelow(statement, statement.active).includes(keyId) || statement.keys[keyId]?.state === "destroyed"
  );
}

/** A side whose active key does not lead to the base's, or whose revision is lower, holds an older manifest: genuine, and nobody's change. */
function wentBack(side: EnvironmentStatement, base: EnvironmentStatement): boolean {
  return side.revision < base.revision || !leadsTo(side, base.active);
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
  const due = dueStep(other);
  if (due !== undefined && dueStep(leader) === undefined)
    return mergeKey(
      { ...key, [lead === "theirs" ? "theirs" : "ours"]: { ...leader, history: [...leader.history, { ...due, state: leader.state }] } },
      lead,
      what,
      settle,
    );
  const bad = other.state === "compromised" || other.state === "suspended";
  // It stays destroyed, and its history cannot say any more what the other side knew.
  if (bad && leader.state === "destroyed" && leader.history.every(({ state }) => state !== "compromised"))
    settle(`${what}, which one side destroyed and the other knew to be in wrong hands`);
  if (!bad || !mayBecome(leader.state, "compromised")) return leader;
  const step = other.history.at(-1) as KeyEntry["history"][number];
  return { ...leader, state: "compromised", history: [...leader.history, { ...step, state: "compromised" }] };
}

/** True where a key that a side opens is left without a link: each side destroyed another one, and linked past its own alone. */
function cutsOff(merged: EnvironmentStatement, sides: readonly EnvironmentStatement[]): boolean {
  const reached = new Set(keysBelow(merged, merged.active));
  const left = sides.flatMap((side) => keysBelow(side, side.active)).filter((keyId) => merged.keys[keyId]?.state !== "destroyed");
  return left.some((keyId) => !reached.has(keyId));
}

/** True if `later` has all of the other's states, and goes on from there or ends with them. */
function goesOn(later: KeyEntry, earlier: KeyEntry): boolean {
  return earlier.history.every((step, index) => JSON.stringify(step) === JSON.stringify(later.history[index]));
}

/** The higher of the two: the one from which links lead to the other. No side's change lowers it, an older manifest put back may. */
function mergeFloor(leader: EnvironmentStatement, other: EnvironmentStatement, keys: Readonly<Record<string, KeyEntry>>): string {
  return keysBelow({ keys }, other.floor).includes(leader.floor) ? other.floor : leader.floor;
}
