import { isWordy } from "./wordiness.ts";

/** True for what a generator made, or looks so: of some length, of many characters, and not of words. */
export function isRandom(value: string): boolean {
  return value.length >= 16 && entropyOf(value) >= 3 && !isWordy(value);
}

/** Shannon entropy of the characters, in bits each. */
export function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let [bits, total] = [0, 0];
  for (const count of counts.values()) total += count;
  for (const count of counts.values()) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
