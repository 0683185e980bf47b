import { execFileSync } from "node:child_process";

/** The newest release of a major version of Node, from npm; kept in npm's cache. */
export function nodeOf(major: number): string {
  return execFileSync("npx", ["--yes", `node@${major}`, "-p", "process.execPath"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}
