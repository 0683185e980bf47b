// Prints where lefthook is for the tests of hook managers, and installs it there first. It is no dependency of this repository:
// its install script writes into the work tree.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const VERSION = "2.2.1";
const folder = resolve(import.meta.dirname, "../node_modules/.cache/envseal-tools", `lefthook-${VERSION}`);
const program = join(folder, "node_modules/.bin/lefthook");
if (!existsSync(program)) {
  mkdirSync(dirname(folder), { recursive: true });
  // Test files run at the same time: the first to have it whole puts it there.
  const made = mkdtempSync(`${folder}-`);
  try {
    const args = ["install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefix", made, `lefthook@${VERSION}`];
    execFileSync("npm", args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
    if (!existsSync(program)) renameSync(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
console.log(program);
