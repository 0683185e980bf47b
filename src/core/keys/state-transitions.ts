import type { KeyState } from "../authority/environment-statement.ts";

/** NIST SP 800-57 part 1 rev. 5, section 7: the transitions of a key's state, and no others. */
const TRANSITIONS: Readonly<Record<KeyState, readonly KeyState[]>> = {
  "pre-active": ["active", "deactivated", "compromised", "destroyed"],
  active: ["suspended", "deactivated", "compromised"],
  suspended: ["active", "deactivated", "compromised"],
  deactivated: ["compromised", "destroyed"],
  compromised: ["destroyed"],
  destroyed: [],
};

export function mayBecome(from: KeyState, to: KeyState): boolean {
  return TRANSITIONS[from].includes(to);
}
