// The package as it is published: what `files` of package.json names, and a package.json without what is for this repository alone.
// npm would warn whoever installs it of a script that it does not run. `npm run package FOLDER` writes the archive there.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = join(import.meta.dirname, "..");
const destination = resolve(process.argv[2] ?? ".");
const { scripts: _, devDependencies: __, overrides: ___, ...published } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const staged = mkdtempSync(join(tmpdir(), "envseal-package-"));
try {
  for (const name of published.files) cpSync(join(root, name), join(staged, name), { recursive: true });
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  mkdirSync(destination, { recursive: true });
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const stdout = execFileSync("npm", args, { cwd: staged, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  console.log(join(destination, JSON.parse(stdout)[0].filename));
} finally {
  rmSync(staged, { recursive: true, force: true });
}
