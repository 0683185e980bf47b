// The whole suite under each supported Node, one after the other; the first argument may name some: 22,24. What else is
// given goes to vitest.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

const SUPPORTED = [20, 22, 24, 26];
const [first = "", ...rest] = process.argv.slice(2);
const chosen = /^\d+(,\d+)*$/.test(first);
const majors = chosen ? first.split(",").map(Number) : SUPPORTED;
const options = chosen || first === "" ? rest : [first, ...rest];
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

const outcomes = majors.map((major) => {
  const found = spawnSync("npx", ["--yes", `node@${major}`, "-p", "process.execPath"], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const node = found.stdout.trim();
  if (found.status !== 0) return `node ${major}: npm has none for this machine\n${found.stderr}`;
  // What a test starts as `node` is the same one.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const { status } = spawnSync(node, [vitest, "run", ...options], { stdio: "inherit", env });
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  return status === 0 ? null : `node ${version}: the suite ended with ${status}`;
});
const failed = outcomes.filter((outcome) => outcome !== null);
console.log(failed.length === 0 ? `green under node ${majors.join(", ")}` : failed.join("\n"));
process.exitCode = failed.length === 0 ? 0 : 1;
