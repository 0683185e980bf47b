import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { expect } from "vitest";
import { filesHolding } from "../support/find-secrets.ts";
import { type Project, ROOT } from "../support/sandbox.ts";

const { load } = createRequire(import.meta.url)(join(ROOT, "dist/index.cjs")) as typeof import("../../src/index.ts");

export type Values = Record<string, Record<string, string>>;

/** What the loader gives an app, for every vault that is there and in no conflict. @throws what the loader throws */
export function valuesOf(project: Project): Values {
  const vaults = filesOf(project.folder).filter((path) => /(^|\/)\.env(\.\w+)?\.vault$/.test(path));
  const env = project.sandbox.env;
  const valuesIn = (path: string) => {
    try {
      return { ...load({ path: project.path(path), env }) };
    } catch (error) {
      if ((error as { code?: string }).code === "CONFLICT_MARKERS") return { unresolved: "" };
      throw error;
    }
  };
  return Object.fromEntries(vaults.map((path) => [path, valuesIn(path)]));
}

/** Every file below, but what is in the git folder. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^\.git(\/|$)/.test(path) && lstatSync(join(folder, path)).isFile(),
  );
}

/** Files whose content is not the same in any two runs: sealed with nonces, or holding keys, pins, dates or delimiters. */
const RANDOM =
  /\.vault$|envseal\.json$|^home\/|^bob\/|^(words|backup|run\/|tmp\/|ours$|step$|phrase)|^repo\/\.git\/(?!hooks\/|info\/|envseal\/(run|before-))|report\.sarif$/;

/** A folder or file of a staging name, or a file made beside the one it is to replace. */
const UNFINISHED = /(^|\/)(\.[^/]+\.)?tmp-\d+-/;

/** Everything in the sandbox, by its path: modes and contents, and where links lead. */
export function stateOf({ sandbox }: Project): string {
  const all = readdirSync(sandbox.root, { recursive: true, encoding: "utf8" }).sort();
  const hash = createHash("sha256");
  for (const path of all) {
    const full = join(sandbox.root, path);
    const stat = lstatSync(full);
    hash.update(`${path}\0${stat.mode}\0`);
    if (stat.isSymbolicLink()) hash.update(readlinkSync(full));
    else if (stat.isFile()) hash.update(`${stat.size}\0`).update(readFileSync(full));
  }
  return hash.digest("hex");
}

/** Everything in the sandbox that two runs write alike, by its path. */
export function contentsOf({ sandbox }: Project): Map<string, string> {
  const all = readdirSync(sandbox.root, { recursive: true, encoding: "utf8" });
  const files = all.filter((path) => !RANDOM.test(path) && lstatSync(join(sandbox.root, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(sandbox.root, path), "base64")]));
}

/** Each file is as before the run or as after a whole one: no half file stands under its final name. */
export function expectWholeFiles(project: Project, before: Map<string, string>, after: Map<string, string>): void {
  for (const [path, content] of contentsOf(project)) {
    // Unfinished work is in a folder of its own, or under a name of its own.
    if (UNFINISHED.test(path)) continue;
    expect([before.get(path), after.get(path)], path).toContain(content);
  }
}

/** The identities of everybody in the sandbox: the lines that must be nowhere but in files of their owner. */
function identitiesOf({ sandbox }: Project): string[] {
  const files = readdirSync(sandbox.root, { recursive: true, encoding: "utf8" }).filter((path) =>
    /envseal\/identities\/|run\/envseal/.test(path),
  );
  return files.flatMap((path) => {
    const full = join(sandbox.root, path);
    return lstatSync(full).isFile() ? (/AGE-SECRET-KEY-1\w+/.exec(readFileSync(full, "utf8")) ?? []) : [];
  });
}

/** Files that hold a secret in any form, outside what its owner alone may read: a file of 0600, or one in a folder of 0700. */
export function exposed(project: Project, secrets: readonly string[]): string[] {
  return holding(project, secrets).filter((path) => {
    const isPrivate = (lstatSync(path).mode & 0o077) === 0;
    return !isPrivate && !ancestors(path, project.sandbox.root).some((folder) => (lstatSync(folder).mode & 0o077) === 0);
  });
}

/** Every file in the sandbox that holds one of the secrets or an identity. */
export function holding(project: Project, secrets: readonly string[]): string[] {
  return filesHolding(project.sandbox.root, [...secrets, ...identitiesOf(project)]);
}

function ancestors(path: string, top: string): string[] {
  const folder = dirname(path);
  return folder === top ? [] : [folder, ...ancestors(folder, top)];
}

/** What a finished run must not leave: locks, claims, folders and files of unfinished writes. */
export function leftovers({ sandbox }: Project): string[] {
  const all = readdirSync(sandbox.root, { recursive: true, encoding: "utf8" });
  return all.filter((path) => UNFINISHED.test(path) || /envseal\.lock|\.\d+$/.test(path)).map((path) => relative(".", path));
}
