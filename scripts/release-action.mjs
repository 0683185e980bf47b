// A commit for a release of the action: HEAD and the build, which the action runs from its own folder. Neither the branch nor the
// work tree changes; what it prints is to be tagged. Only a clean tree was built from what HEAD says.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

if (!existsSync("dist/bin/cli.js")) throw new Error("there is no build: npm run build");
const changes = execFileSync("git", ["status", "--porcelain", "--untracked-files=normal"], { encoding: "utf8" });
if (changes !== "") {
  console.error(`the work tree is not what HEAD holds, and so neither is its build; commit these first, or put them aside:\n${changes}`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "envseal-action-"));
const env = { ...process.env, GIT_INDEX_FILE: join(folder, "index") };
const git = (...args) => execFileSync("git", args, { env, encoding: "utf8" }).trim();
try {
  git("read-tree", "HEAD");
  git("add", "--force", "dist");
  const message = "action: HEAD with its build";
  const commit = git("commit-tree", git("write-tree"), "-p", "HEAD", "-m", message);
  console.log(commit);
  console.error(`to release it: git tag v1.2.3 ${commit}, git push origin v1.2.3, and the same with --force for v1`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
