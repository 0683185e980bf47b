import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Hook managers that keep what to run in a file of the repository: envseal takes a place in that file, and never runs them. */
export type Manager = "lefthook" | "pre-commit" | "simple-git-hooks";

export interface ManagerFile {
  manager: Manager;
  path: string;
}

const FILES: readonly [Manager, string][] = [
  ...["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", ".config/lefthook.yml"].map((name): [Manager, string] => [
    "lefthook",
    name,
  ]),
  ["pre-commit", ".pre-commit-config.yaml"],
  ["simple-git-hooks", ".simple-git-hooks.json"],
];

/** The first manager that is set up here, and its file; null where there is none. */
export function managerOf(top: string): ManagerFile | null {
  for (const [manager, name] of FILES) if (existsSync(join(top, name))) return { manager, path: join(top, name) };
  const path = join(top, "package.json");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return /"simple-git-hooks"\s*:\s*\{/.test(text) ? { manager: "simple-git-hooks", path } : null;
}

/** What the person has to run for the manager to take its file over. */
export const MANAGER_COMMANDS: Readonly<Record<Manager, string>> = {
  lefthook: "npx lefthook install",
  "pre-commit": "pre-commit install",
  "simple-git-hooks": "npx simple-git-hooks",
};

/** True if the file calls our runner. */
export function isArmed({ path }: ManagerFile): boolean {
  return existsSync(path) && /envseal\/(hooks\/)?run\b/.test(readFileSync(path, "utf8"));
}
