import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./sandbox.ts";

/** Where the real tools of others are kept between runs; `npm ci` takes them away. */
const CACHE = join(ROOT, "node_modules/.cache/peers");

/**
 * The folder of a package in exactly this version, from the cache or the registry; null where neither has it.
 * Its install scripts do not run.
 */
export function installedPeer(name: string, version: string): string | null {
  const folder = join(CACHE, `${name}@${version}`.replace(/[^\w.@-]/g, "-"));
  const made = join(folder, "node_modules", name);
  if (existsSync(join(made, "package.json"))) return made;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, "new-"));
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--prefix", fresh];
  const { status } = spawnSync("npm", [...args, `${name}@${version}`], { timeout: 60_000 });
  if (status === 0 && !existsSync(folder)) renameSync(fresh, folder);
  rmSync(fresh, { recursive: true, force: true });
  return existsSync(join(made, "package.json")) ? made : null;
}

export const hasProgram = (name: string, ...args: string[]): boolean => spawnSync(name, args).status === 0;

/** Runs a script of node's with JSON in and JSON out. */
export function inNode<T>(script: string, input: unknown, env: Record<string, string>, cwd = dirname(CACHE)): T {
  const output = execFileSync(process.execPath, ["-e", script], { input: JSON.stringify(input), env, cwd, encoding: "utf8" });
  return JSON.parse(output.slice(output.lastIndexOf("\n{") + 1)) as T;
}
