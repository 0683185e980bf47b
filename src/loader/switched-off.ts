import type { Env } from "./key.ts";
import { plaintextWith } from "./plaintext.ts";

/**
 * True for `ENVSEAL=off`, which is the operator's word: Next, Bun and `node --env-file` set what a plaintext file says before anything
 * of ours runs, and whoever commits one could have an app start without its vault. A file's word does not count.
 * @param cwd where the program runs
 */
export function isSwitchedOff(env: Env, cwd: string, warn: (message: string) => void): boolean {
  if (env.ENVSEAL !== "off") return false;
  const claimed = plaintextWith("ENVSEAL", new Set([cwd]));
  if (claimed === undefined) return true;
  warn(`${claimed} sets ENVSEAL, or is too large to tell, and only who starts a program switches loading off: it does not count`);
  return false;
}
