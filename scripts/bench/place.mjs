// What is measured, and where: a folder of its own, and an environment with nothing of this machine's settings.
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const cli = join(root, "dist/bin/cli.js");

/** @returns { scratch, env } a new folder, and a bare environment: a shell's own may make every start dearer (NODE_EXTRA_CA_CERTS) */
export function place(scratch = mkdtempSync(join(tmpdir(), "envseal-bench-"))) {
  const home = { HOME: scratch, XDG_CONFIG_HOME: join(scratch, "config"), XDG_STATE_HOME: join(scratch, "state") };
  return { scratch, env: { PATH: process.env.PATH, ...home } };
}

/** Makes packages importable from a folder, as an install would: this one, and what it has itself. */
export function link(folder, ...packages) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const name of packages)
    symlinkSync(name === "envseal" ? root : join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
}
