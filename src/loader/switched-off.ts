import type { Env } from "../custody/key.ts";
import { isOperatorsWord } from "./operators-word.ts";

/**
 * True for `ENVSEAL=off`, which is the operator's word: with a file's, an app would start without its vault.
 * @param cwd where the program runs
 */
export function isSwitchedOff(env: Env, cwd: string, warn: (message: string) => void): boolean {
  return env.ENVSEAL === "off" && isOperatorsWord("ENVSEAL", [cwd], warn);
}
