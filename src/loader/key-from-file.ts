import { dirname } from "node:path";
import { type Env, keyVariable } from "../custody/key.ts";
import { plaintextBehind } from "../project/plaintext.ts";

/**
 * Bun, `node --env-file` and others set what a plaintext file says before anything of ours runs. A key in such a file, which
 * whoever commits can write, goes before another one that the operator set, and opens what was sealed for it: that is told.
 * @param path the vault
 */
export function tellKeyFromFile(environment: string, path: string, env: Env, warn: (message: string) => void): void {
  const [used, ...others] = [keyVariable(environment), "ENVSEAL_KEY", "ENVSEAL_KEY_FILE"].filter((name) => (env[name] ?? "") !== "");
  if (used === undefined || others.length === 0) return;
  const source = plaintextBehind(used, env[used] ?? "", new Set([process.cwd(), dirname(path)]));
  if (source === undefined) return;
  warn(
    `${path} is opened by the key in ${used}, which ${source} has too (or it is too large to tell), and not by the one of ${others.join(" or ")}: if a file of the project set it, it may be the key of anybody who commits; remove it from there`,
  );
}
