// Writes test/vectors/*.json, or with --check says whether they still come out the same. Keys, tokens, tags, signatures, links
// and key strings are made here from node:crypto alone, a second reading of docs/reference/format.md; whole vaults by the build.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { authority } from "./vectors/authority.mjs";
import { keys } from "./vectors/keys.mjs";
import { keystrings } from "./vectors/keystrings.mjs";
import { manifest } from "./vectors/manifest.mjs";
import { padding } from "./vectors/padding.mjs";
import { refused } from "./vectors/refused.mjs";
import { tokens } from "./vectors/tokens.mjs";
import { vaults } from "./vectors/vaults.mjs";

const FOLDER = new URL("../test/vectors/", import.meta.url);

const files = {
  "keys.json": keys(),
  "padding.json": padding(),
  "tokens.json": tokens(),
  "vaults.json": vaults(),
  "authority.json": authority(),
  "manifest.json": await manifest(FOLDER),
  "keystrings.json": keystrings(),
  "refused.json": refused(),
};
const check = process.argv.includes("--check");
mkdirSync(FOLDER, { recursive: true });
for (const [name, value] of Object.entries(files)) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const file = new URL(name, FOLDER);
  const same = existsSync(file) && readFileSync(file, "utf8") === text;
  if (check && !same) process.exitCode = 1;
  if (!check && !same) writeFileSync(file, text);
  console.log(`${name}: ${same ? "unchanged" : check ? "differs" : "written"}`);
}
