import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Tests run the built program. It is built here where a source is newer than it. */
export default function setup(): void {
  const built = "dist/bin/cli.js";
  const newest = Math.max(...["src", "scripts/build.mjs"].map(newestIn));
  if (!existsSync(built) || statSync(built).mtimeMs < newest) execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
}

function newestIn(path: string): number {
  const stats = statSync(path);
  return stats.isDirectory() ? Math.max(...readdirSync(path).map((name) => newestIn(join(path, name)))) : stats.mtimeMs;
}
