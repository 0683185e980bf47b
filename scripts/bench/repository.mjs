// A repository to measure in: sealed by the built CLI, with nothing of this machine's own settings.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./place.mjs";

export const someValue = () => randomBytes(18).toString("base64url");

/** A dotenv file of these values. */
export const dotenvOf = (values) => values.map((value, index) => `SECRET_${index}=${value}\n`).join("");

/** A repository with a sealed `.env`, nothing committed. @returns runs a command in it, and throws where it fails */
export function sealedRepository(folder, env, text, hooks = false) {
  mkdirSync(folder, { recursive: true });
  const run = (command, args, input) => {
    const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, env, input, encoding: "utf8", maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  run("git", ["init", "-q", "-b", "main"]);
  for (const pair of ["user.name bench", "user.email bench@example.com", "gc.auto 0", "maintenance.auto false"])
    run("git", ["config", ...pair.split(" ")]);
  writeFileSync(join(folder, ".env"), text);
  run(process.execPath, [cli, "init", "--yes", "-q", ...(hooks ? [] : ["--no-hooks"])]);
  return run;
}
