import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { keyVariable } from "../../custody/key.ts";
import { EnvsealError } from "../../errors.ts";
import { runGit } from "../../git/process.ts";
import { shellWord } from "../../printable.ts";
import type { FileChange } from "../../workspace/ignore-files.ts";
import { packageTemplate } from "../../workspace/package-template.ts";

/** package.json's, put in by scripts/build.mjs. */
declare const ENVSEAL_VERSION: string;

/** Where each CI system looks for what it runs. */
const PLACES: Readonly<Record<string, string>> = {
  github: ".github/workflows/envseal.yml",
  gitlab: ".gitlab-ci.yml",
  circleci: ".circleci/config.yml",
};

export interface CiPlan {
  changes: FileChange[];
  /** For a file that is there and somebody's: what to add to it by hand. */
  snippet: { path: string; text: string } | null;
}

/**
 * The file that makes a CI system check every push, where there is none. A file that runs the check already is left alone.
 * @param top of the work tree @param root the project's folder @param environments whose values are searched for
 * @throws USAGE
 */
export function planCi(top: string, root: string, system: string, environments: readonly string[]): CiPlan {
  const place = Object.hasOwn(PLACES, system) ? PLACES[system] : undefined;
  if (place === undefined)
    throw new EnvsealError("USAGE", "there is no template for this CI system", { hint: `--ci takes ${Object.keys(PLACES).join(", ")}` });
  const template = packageTemplate(`ci/${system}.yml`);
  const { install, program } = programFor(top, root);
  const keys = environments.length === 1 ? ["ENVSEAL_KEY"] : environments.map(keyVariable);
  const text = template
    .replace("[BRANCH]", () => `[${JSON.stringify(defaultBranch(top))}]`)
    .replace(/^( +)KEYS$/m, (_, indent: string) => keys.map((name) => `${indent}${name}: \${{ secrets.${name} }}`).join("\n"))
    .replace("create ci)", () => (keys.length === 1 ? "create ci)" : "create ci-ENVIRONMENT -e ENVIRONMENT, for each)"))
    .replaceAll(/\bKEYS\b/g, keys.join(" "))
    .replace("INSTALL", () => install)
    .replace("PROGRAM", () => program);
  const path = join(top, place);
  if (!existsSync(path)) return { changes: [{ path, text, why: "so that CI checks every push" }], snippet: null };
  const done = /^[^#\n]*\benvseal(@\S+)? check\b/m.test(readFileSync(path, "utf8"));
  return { changes: [], snippet: done ? null : { path: place, text } };
}

/** Lock files, and how what they name is installed without a package's scripts. */
const LOCKS: readonly [string, (text: string) => string][] = [
  ["package-lock.json", () => "npm ci --ignore-scripts"],
  ["npm-shrinkwrap.json", () => "npm ci --ignore-scripts"],
  ["pnpm-lock.yaml", () => "corepack enable && pnpm install --frozen-lockfile --ignore-scripts"],
  [
    "yarn.lock",
    (text) =>
      text.includes("\n__metadata:")
        ? "corepack enable && YARN_NODE_LINKER=node-modules yarn install --immutable --mode=skip-build"
        : "yarn install --frozen-lockfile --ignore-scripts",
  ],
];

/**
 * By the lock file that names envseal, so that it is the same one for everybody; else this very version, in a folder that no
 * setting of the repository is for.
 */
function programFor(top: string, root: string): { install: string; program: string } {
  for (const folder of new Set([root, top])) {
    const shown = relative(top, folder).split(sep).join("/");
    for (const [name, command] of LOCKS) {
      const path = join(folder, name);
      const text = existsSync(path) ? readFileSync(path, "utf8") : "";
      if (!/(?:^|["'/\s])envseal["'@:]/m.test(text)) continue;
      const install = shown === "" ? command(text) : `cd ${shellWord(shown)} && ${command(text)}`;
      return { install, program: shellWord(`${shown === "" ? "" : `${shown}/`}node_modules/.bin/envseal`) };
    }
  }
  const install = `cd / && npm install --prefix /tmp/envseal --ignore-scripts --no-audit --no-fund envseal@${ENVSEAL_VERSION}`;
  return { install, program: "/tmp/envseal/node_modules/.bin/envseal" };
}

/** The remote's, as the clone knows it; else main or master, or what is checked out. */
function defaultBranch(top: string): string {
  const ask = (...args: string[]) => runGit(top, args).stdout.toString().trim();
  const remote = ask("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").replace(/^origin\//, "");
  if (remote !== "") return remote;
  const usual = ["main", "master"].find((name) => runGit(top, ["rev-parse", "--verify", "--quiet", `refs/heads/${name}`]).status === 0);
  return usual ?? (ask("symbolic-ref", "--quiet", "--short", "HEAD") || "main");
}
