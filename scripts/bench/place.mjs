// What is measured, and where: a folder of its own, and an environment with nothing of this machine's settings.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const cli = join(root, "dist/bin/cli.js");

/** @returns { scratch, env, own } a new folder, a bare environment, and this shell's own, which may make every start dearer */
export function place(scratch = mkdtempSync(join(tmpdir(), "envseal-bench-"))) {
  const home = { HOME: scratch, XDG_CONFIG_HOME: join(scratch, "config"), XDG_STATE_HOME: join(scratch, "state") };
  const kept = Object.entries(process.env).filter(([name]) => !/^(ENVSEAL|NODE_OPTIONS|DOTENV)/.test(name));
  return { scratch, env: { PATH: process.env.PATH, ...home }, own: { ...Object.fromEntries(kept), ...home } };
}
