import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Tests run the built program. It is built here where a source is newer than it. */
export default async function setup(): Promise<void> {
  // The vectors alone need none of them.
  const needed = process.env.ENVSEAL_TEST_CRYPTO === "portable" ? 0 : Number(process.env.TOOLS_INSTALLER ?? 0);
  for (const end = Date.now() + 600_000; isAlive(needed) && Date.now() < end; ) await new Promise((done) => setTimeout(done, 500));
  const built = "dist/bin/cli.js";
  const newest = Math.max(...["src", "scripts/build.mjs", "scripts/build"].map(newestIn));
  if (!existsSync(built) || statSync(built).mtimeMs < newest) execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
}

/** Of .ci/run's, which installs what some tests need. */
function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function newestIn(path: string): number {
  const stats = statSync(path);
  return stats.isDirectory() ? Math.max(...readdirSync(path).map((name) => newestIn(join(path, name)))) : stats.mtimeMs;
}
