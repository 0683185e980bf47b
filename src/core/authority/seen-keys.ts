import { MAX_KEYS } from "../limits.ts";
import { ownMember } from "./authority.ts";
import type { EnvironmentStatement } from "./environment-statement.ts";
import { keysBelow } from "./reachable-keys.ts";

/** What a machine remembers of the keys of an environment, and what a later statement may make of them. */
export interface SeenKeys {
  /** The floor of the newest statement. */
  floor: string;
  /** Every key that was seen of it, those that are not listed any more too. */
  keys: Record<string, { version: number; destroyed?: true }>;
}

type Keys = SeenKeys["keys"];
type Statement = Pick<EnvironmentStatement, "keys" | "active" | "floor">;

interface Word {
  /** True where an admin signed the statement. */
  isAdmins: boolean;
  /** True where an admin has signed since that nothing older counts. */
  isRaised: boolean;
}

/**
 * What a statement does to the keys that were seen, and may not; null where it goes on from them. The number of a key never changes,
 * since numbers say which of two keys is older. Rotators make keys and raise the floor; what lowers it, or destroys a key, an admin
 * has signed.
 */
export function brokenBy(statement: Statement, known: SeenKeys, word: Word): "keys" | "floor" | null {
  if (!keepsKeys(known.keys, statement, word)) return "keys";
  return keepsFloor(known, statement) || (word.isAdmins && isJoin(statement, known)) ? null : "floor";
}

function keepsKeys(known: Keys, { keys }: Statement, { isAdmins, isRaised }: Word): boolean {
  // Who fills the list up could have others forgotten.
  if (!isAdmins && Object.keys({ ...known, ...keys }).length > MAX_KEYS) return false;
  return Object.entries(keys).every(([keyId, { version, state }]) => {
    const was = ownMember(known, keyId);
    if (was === undefined) return true;
    const isGone = state === "destroyed";
    const mayEnd = isGone ? isAdmins || isRaised : isAdmins;
    return version === was.version && (isGone === (was.destroyed === true) || mayEnd);
  });
}

/** To a key that was destroyed no link leads any more; its number says that it came before the floor. */
function keepsFloor({ floor, keys: known }: SeenKeys, { keys, floor: now }: Statement): boolean {
  if (floor === now) return true;
  if ((ownMember(keys, now)?.version ?? 0) <= (ownMember(known, floor)?.version ?? 0)) return false;
  return keysBelow({ keys }, now).includes(floor) || ownMember(keys, floor)?.state === "destroyed";
}

/**
 * Two rotations that were joined leave the floor below until the vaults are sealed: the third key is one that was not seen, and links
 * to both. No other later statement lowers a floor, whoever signed it.
 */
function isJoin({ keys, active }: Statement, { floor, keys: known }: SeenKeys): boolean {
  const key = ownMember(keys, active);
  if (key?.reason !== "merge" || Object.hasOwn(known, active) || Object.keys(key.links).length < 2) return false;
  return keysBelow({ keys }, active).includes(floor);
}

/** What is known of keys after a statement was accepted. An admin's alone may be more than there is room for. */
export function keysSeen(known: Keys, { keys }: Statement): Keys {
  const now = Object.entries(keys).map(([keyId, { version, state }]) => {
    return [keyId, { version, ...(state === "destroyed" && { destroyed: true as const }) }] as const;
  });
  const all = { ...known, ...Object.fromEntries(now) };
  return Object.keys(all).length > MAX_KEYS ? Object.fromEntries(now) : all;
}
