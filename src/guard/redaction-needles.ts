import type { Templates } from "../project/templates.ts";
import { formsOf } from "./encodings.ts";
import { MIN_NEEDLE } from "./matcher.ts";
import { isSecretName, partsOf, trimmedLines, weigh } from "./secret-likelihood.ts";

/** Shorter ones stand in too much that is no secret. */
const MIN_SHORT = 5;
/** What every key file begins and ends with tells nothing. */
export const ARMOUR = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** What is masked under a name: each form of each value that the guards take for a secret, and of each of its lines. */
export function needlesOf(
  secrets: Iterable<readonly [name: string, value: string]>,
  templates: Templates = new Map(),
): { name: string; bytes: Buffer }[] {
  const needles = new Map<string, { name: string; bytes: Buffer }>();
  const add = (name: string, bytes: Buffer) => {
    const key = bytes.toString("latin1");
    if (!needles.has(key)) needles.set(key, { name, bytes });
  };
  for (const [name, padded] of secrets) {
    // What reads a value often trims it.
    const value = padded.trim();
    const isGiven = templates.get(name)?.some((given) => given.trim() === value) === true;
    if (!isGiven && isShortSecret(name, value)) add(name, Buffer.from(value));
    const whole = weigh(name, value, isGiven) === null ? [] : [value, ...linesOf(value)];
    const parts = [value, ...whole].flatMap(partsOf).filter((part) => weigh("PASSWORD", part) !== null);
    for (const text of new Set([...whole, ...parts])) for (const { bytes } of formsOf(text)) add(name, Buffer.from(bytes, "latin1"));
  }
  return [...needles.values()];
}

/** A program that indents or prefixes its lines prints a value of several lines one by one; a terminal turns LF into CRLF. */
function linesOf(value: string): string[] {
  return trimmedLines(value).filter((line) => line.length >= MIN_NEEDLE && !ARMOUR.test(line));
}

/** `hunter2` under the name of a secret; but no word and no number, which would mask the log itself. */
function isShortSecret(name: string, value: string): boolean {
  if (value.length < MIN_SHORT || value.length >= MIN_NEEDLE) return false;
  return isSecretName(name) && /[a-z]/i.test(value) && /[^a-z]/i.test(value);
}
