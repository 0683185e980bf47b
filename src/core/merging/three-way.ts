import { mergeSequences } from "./line-merge.ts";
import type { Side } from "./merge.ts";

/** One thing in a merge's three versions; undefined where a version lacks it. */
export interface Three<T> {
  base: T | undefined;
  ours: T | undefined;
  theirs: T | undefined;
}

/** Names what both sides changed differently, and says which side it goes to: what cannot be settled is reported by it. */
export type Settle = (what: string) => Side;

/** What a merge leaves of a thing: the side that changed it; where both did differently, the one that `settle` says. */
export function mergeValue<T>({ base, ours, theirs }: Three<T>, what: string, settle: Settle): T | undefined {
  const [b, o, t] = [base, ours, theirs].map((value) => JSON.stringify(value));
  if (o === t || b === t) return ours;
  if (b === o) return theirs;
  return settle(what) === "ours" ? ours : theirs;
}

/** Member by member; what `mergeMember` gives for each name that any version has. */
export function mergeRecords<T>(
  { base = {}, ours = {}, theirs = {} }: Three<Record<string, T>>,
  mergeMember: (name: string, member: Three<T>) => T | undefined,
): Record<string, T> {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  const own = (record: Record<string, T>, name: string) => (Object.hasOwn(record, name) ? record[name] : undefined);
  return Object.fromEntries(
    names.flatMap((name) => {
      const member = mergeMember(name, { base: own(base, name), ours: own(ours, name), theirs: own(theirs, name) });
      return member === undefined ? [] : [[name, member] as const];
    }),
  );
}

/** Member by member, where a removal counts for more than a change; `mergeMember` is asked for what both sides have. */
export function joinRecords<T>(
  records: Three<Record<string, T>>,
  mergeMember: (name: string, member: Three<T>) => T | undefined,
): Record<string, T> {
  return mergeRecords(records, (name, member) => {
    if (member.ours !== undefined && member.theirs !== undefined) return mergeMember(name, member);
    return member.base === undefined ? (member.ours ?? member.theirs) : undefined;
  });
}

/** Lists as sets that keep their order: what either side removed is gone, also where the other moved it; what either added is there once. */
export function mergeLists<T>({ base = [], ours = [], theirs = [] }: Three<T[]>): T[] {
  const keysOf = (list: readonly T[]) => list.map((item) => JSON.stringify(item));
  const [b, o, t] = [keysOf(base), keysOf(ours), keysOf(theirs)];
  const merged = new Map<string, T>();
  for (const { side, index } of mergeSequences(b, o, t)) {
    const item = (side === "ours" ? ours : theirs)[index] as T;
    merged.set(JSON.stringify(item), item);
  }
  const [inOurs, inTheirs] = [new Set(o), new Set(t)];
  for (const key of b) if (!inOurs.has(key) || !inTheirs.has(key)) merged.delete(key);
  return [...merged.values()];
}
