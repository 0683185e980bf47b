// Puts the owner of the repository on the forge in the place of OWNER, once it is known: npm run owner NAME
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [owner = ""] = process.argv.slice(2);
if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/.test(owner)) {
  console.error("give the name of the account or organisation: npm run owner NAME");
  process.exit(2);
}
const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0");
for (const file of files.filter((name) => /\.(?:json|md|mjs|ts|yml)$/.test(name))) {
  const text = readFileSync(file, "utf8");
  const written = text.replaceAll("OWNER/envseal", `${owner}/envseal`);
  if (written !== text) writeFileSync(file, written);
}
