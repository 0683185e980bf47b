import { type AccessEntry, isTagged } from "../authority/access-entry.ts";
import { environmentOf } from "../authority/authority-of.ts";
import { cutOf } from "../authority/environment-statement.ts";
import type { Manifest } from "../authority/manifest.ts";
import { entryState, stateOfEntry } from "../keys/entry-state.ts";
import { added, type Note } from "./manifest-notes.ts";

/**
 * What takes access away leaves nothing of before in force; a rotator, who cannot do that, replaces the key at least. So an entry that
 * counted, and would count still, is one that nobody with the right took away, whatever stands in its place. Needs no key.
 */

/** How somebody lost access though nobody signed it: the entry is not there, does not count any more, or holds the key no more. */
export interface LostAccess {
  name: string;
  how: "removed" | "replaced" | "unwrapped";
}

/** @throws as `entryState` */
export function lostAccess(before: Manifest, after: Manifest, environment: string): LostAccess[] {
  const [was, now] = [environmentOf(before, environment), environmentOf(after, environment)];
  const cut = cutOf(now.statement);
  if (cut !== undefined && !Object.hasOwn(was.statement.keys, cut.keyId)) return [];
  return Object.entries(was.access).flatMap(([name, entry]): LostAccess[] => {
    const next = Object.hasOwn(now.access, name) ? (now.access[name] as AccessEntry) : undefined;
    if (next === undefined || !isInForce(after, environment, name, next) || isReplacedBack(entry, next)) {
      const isLost = isInForce(before, environment, name, entry) && isInForce(after, environment, name, entry);
      return isLost ? [{ name, how: next === undefined ? "removed" : "replaced" }] : [];
    }
    if (!holds(before, environment, name, entry) || entry.recipient !== next.recipient) return [];
    const isSameKey = was.statement.active === now.statement.active;
    return isSameKey && !isTagged(next, now.statement.active) ? [{ name, how: "unwrapped" }] : [];
  });
}

/**
 * Whose entry holds other bytes though its key, and what an admin signed, are the same, and whose name stands for another recipient now.
 * Neither shows that it is wrong: an admin may have granted it again.
 */
function swappedAccess(before: Manifest, after: Manifest, environment: string): { name: string; what: "key" | "recipient" }[] {
  const [was, now] = [environmentOf(before, environment), environmentOf(after, environment)];
  const isSameKey = was.statement.active === now.statement.active;
  return Object.entries(was.access).flatMap(([name, entry]): { name: string; what: "key" | "recipient" }[] => {
    const next = Object.hasOwn(now.access, name) ? (now.access[name] as AccessEntry) : undefined;
    if (next === undefined || !isInForce(before, environment, name, entry) || !isInForce(after, environment, name, next)) return [];
    if (entry.recipient !== next.recipient) return [{ name, what: "recipient" }];
    if (!isSameKey || !holds(before, environment, name, entry) || !isTagged(next, now.statement.active)) return [];
    const isSame = entry.wrapped === next.wrapped && entry.tag === next.tag;
    return isSame || next.since > entry.since ? [] : [{ name, what: "key" }];
  });
}

const HOW: Readonly<Record<LostAccess["how"], string>> = {
  removed: "was removed, and nothing says that an admin took it away",
  replaced: "was replaced by one that does not give it, and nothing says that an admin took it away",
  unwrapped: "holds the key no more, and nothing says that an admin took it away",
};

const SWAPPED = {
  key: "holds the key in other bytes, though it is the same key: right where an admin granted it again, and else it may not open",
  recipient: "is of another identity: right where that was compared and granted",
};

/** Entries that count for nothing go with any rotation. */
export function accessChanges(before: Manifest, after: Manifest, environment: string): Note[] {
  const [was, now] = [environmentOf(before, environment).access, environmentOf(after, environment).access];
  const given = added(Object.keys(was), Object.keys(now)).map((name): Note => [true, `${name} was given access`]);
  const lost = lostAccess(before, after, environment);
  const taken = added(Object.keys(now), Object.keys(was)).filter((name) => !lost.some((one) => one.name === name));
  return [
    ...given,
    ...taken.map((name): Note => [true, `the access entry of ${name} was removed`]),
    ...lost.map(({ name, how }): Note => [false, `the access entry of ${name} ${HOW[how]}`]),
    ...swappedAccess(before, after, environment).map(
      ({ name, what }): Note => [true, `the access entry of ${name} ${SWAPPED[what]}`, true],
    ),
  ];
}

/** As far as can be told without a key: an admin signed it, and nobody lost access since. */
function isInForce(manifest: Manifest, environment: string, name: string, entry: AccessEntry): boolean {
  return ["ok", "waiting"].includes(stateOfEntry(manifest, environment, name, entry));
}

function holds(manifest: Manifest, environment: string, name: string, entry: AccessEntry): boolean {
  return entryState(manifest, environment, name) === "ok" && isTagged(entry, environmentOf(manifest, environment).statement.active);
}

/** An admin gives a name to another identity by a later entry; an earlier one was put back. */
function isReplacedBack(before: AccessEntry, after: AccessEntry): boolean {
  return before.recipient !== after.recipient && after.since < before.since;
}
