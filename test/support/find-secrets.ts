import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formsOf } from "../../src/guard/encodings.ts";
import { Matcher } from "../../src/guard/matcher.ts";
import type { Project } from "./sandbox.ts";

const matcherOf = (secrets: readonly string[]) => new Matcher(secrets.flatMap((secret) => formsOf(secret).map(({ bytes }) => bytes)));

/** Paths of the files below a folder that hold one of the secrets, in any form that the leak search knows. */
export function filesHolding(folder: string, secrets: readonly string[]): string[] {
  const matcher = matcherOf(secrets);
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return paths.filter((path) => lstatSync(path).isFile() && matcher.search(readFileSync(path)).length > 0);
}

/** Names of the repository's objects that do; loose and packed ones as they are, not as zlib has them. */
export function objectsHolding({ folder, sandbox }: Project, secrets: readonly string[]): string[] {
  const matcher = matcherOf(secrets);
  const all = execFileSync("git", ["cat-file", "--batch-all-objects", "--batch"], { cwd: folder, env: sandbox.env, maxBuffer: 1 << 28 });
  const found: string[] = [];
  for (let at = 0; at < all.length; ) {
    const from = all.indexOf("\n", at) + 1;
    const [name = "", , size] = all.toString("latin1", at, from).split(" ");
    at = from + Number(size) + 1;
    if (matcher.search(all.subarray(from, at)).length > 0) found.push(name);
  }
  return found;
}
