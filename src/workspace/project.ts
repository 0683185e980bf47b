import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { environmentNames, environmentOf, hasEnvironment } from "../core/authority/authority-of.ts";
import { vaultPathsOf } from "../core/authority/manifest.ts";
import { classifyFile, plaintextName, vaultName } from "../core/names.ts";
import { injectedKey } from "../custody/key.ts";
import { EnvsealError } from "../errors.ts";
import { heldEnvironment } from "../loader/loaded-variable.ts";
import {
  displayPath,
  environmentsIn,
  findVaultAbove,
  type LocatedManifest,
  listedIn,
  listedPath,
  namedManifest,
  nearestManifest,
  readManifest,
} from "../project/find.ts";
import { findGitFolder } from "../project/gitdir.ts";

export type Project = LocatedManifest;

/** The project around the current folder (or around -f's). @throws NOT_INITIALISED, and what parseManifest throws */
export function openProject(context: Context): Project {
  const from = context.file === undefined ? context.cwd : dirname(resolve(context.cwd, context.file));
  const named = namedManifest(context.env);
  const located = named === undefined ? nearestManifest(from) : readManifest(resolve(context.cwd, named));
  if (located === null) {
    throw new EnvsealError("NOT_INITIALISED", "there is no envseal.json here or above", { hint: "start with: envseal init" });
  }
  return located;
}

/** One vault and the plaintext file it mirrors. */
export interface Target {
  path: string;
  listed: string;
  plaintext: string;
}

/** The plaintext as the manifest names its vault: from the project's folder, where a name alone could be that of several. */
export function listedPlaintext({ listed }: Target): string {
  return listed.replace(/\.vault$/, "");
}

export function targetAt(project: Project, path: string): Target {
  const kind = classifyFile(basename(path));
  const environment = kind?.kind === "vault" || kind?.kind === "plaintext" ? kind.environment : undefined;
  if (environment === undefined) {
    const hint = kind?.kind === "misspelt" ? `rename it to ${kind.suggestion}` : "name a .env file or its vault";
    throw new EnvsealError("USAGE", `${basename(path)} is neither a vault nor a file that has one`, { hint });
  }
  const vault = join(dirname(path), vaultName(environment));
  const listed = listedPath(project.root, vault);
  if (existsSync(dirname(vault)) && !existsSync(join(project.root, dirname(listed)))) {
    throw new EnvsealError("BAD_NAME", `the folder of ${displayPath(path)} has a name in decomposed letters (Unicode NFD)`, {
      hint: "a manifest lists it in composed letters (NFC), and this file system tells them apart: rename the folder",
    });
  }
  return { path: vault, listed, plaintext: join(dirname(path), plaintextName(environment)) };
}

/** The vault of a file that a person named. @throws USAGE where it is of another environment than the one they chose */
export function namedTarget(project: Project, file: string, context: Context): Target {
  const target = targetAt(project, resolve(context.cwd, file));
  if (context.file !== undefined && targetAt(project, resolve(context.cwd, context.file)).path !== target.path)
    throw new EnvsealError("USAGE", `${displayPath(target.path)} is not the vault that -f names`, { hint: "give one of the two" });
  if (context.environment === undefined || basename(target.path) === vaultName(context.environment)) return target;
  throw new EnvsealError("USAGE", `${displayPath(target.path)} is no vault of ${context.environment}, which -e asks for`, {
    hint: "give one of the two, or the file of that environment",
  });
}

/**
 * The vault that a command about one of them means: -f, else the environment's nearest from the current folder upwards. One
 * that is listed and missing counts: else its absence would choose another one, with other values.
 */
export function selectTarget(project: Project, context: Context): Target {
  if (context.file !== undefined) return namedTarget(project, context.file, context);
  const environment = selectEnvironment(project, context);
  const path = findVaultAbove(context.cwd, environment, (path) => Object.hasOwn(project.manifest.vaults, listedPath(project.root, path)));
  if (path !== null) return targetAt(project, path);
  const listed = vaultPathsOf(project.manifest, environment);
  if (listed.length === 1) return targetAt(project, join(project.root, listed[0] as string));
  if (!hasEnvironment(project.manifest, environment)) {
    throw new EnvsealError("UNKNOWN_ENVIRONMENT", `there is no environment ${environment} in this project`, {
      hint: `it has: ${environmentNames(project.manifest).join(", ")}; choose one with -e`,
    });
  }
  throw new EnvsealError("NO_VAULT", `there is no vault of ${environment} here or above`, {
    hint: listed.length === 0 ? "make one with: envseal init" : `choose one with -f: ${listed.join(", ")}`,
  });
}

/** -e > ENVSEAL_ENV > the key string's > what a `run` or loader around us opened > the only one in the nearest folder that has any > default. */
export function selectEnvironment(project: Project, context: Context): string {
  const asked = context.environment ?? (context.env.ENVSEAL_ENV || undefined);
  if (asked !== undefined) return asked;
  const named = injectedKey(context.env, null)?.environment;
  if (named !== undefined && named !== null) return named;
  const inherited = heldEnvironment(context.env.ENVSEAL_LOADED);
  if (inherited !== null && hasEnvironment(project.manifest, inherited)) return inherited;
  for (let at = resolve(context.cwd); ; at = dirname(at)) {
    const present = [...environmentsIn(at), ...listedIn(project.manifest, listedPath(project.root, at))];
    // One that the authority does not name is nobody's.
    const here = [...new Set(present)].filter((name) => hasEnvironment(project.manifest, name));
    if (here.length === 1) return here[0] as string;
    if (here.includes("default")) return "default";
    if (here.length > 1) throw ambiguous(here);
    if (at === project.root || dirname(at) === at) break;
  }
  const all = environmentNames(project.manifest);
  if (all.length === 1) return all[0] as string;
  if (all.includes("default") || all.length === 0) return "default";
  throw ambiguous(all);
}

function ambiguous(environments: readonly string[]): EnvsealError {
  return new EnvsealError("AMBIGUOUS_ENVIRONMENT", `there are several environments: ${[...environments].sort().join(", ")}`, {
    hint: "choose one with -e NAME or ENVSEAL_ENV",
  });
}

/** With --recursive all listed vaults (of -e), else the one that is meant from here. @throws USAGE where both are asked for */
export function selectOneOrAll(project: Project, context: Context): Target[] {
  return context.flags.recursive === true ? selectTargets(project, context) : [selectTarget(project, context)];
}

/** The vaults that a command about many means: the files named, else -f, else all listed ones (of -e). */
export function selectTargets(project: Project, context: Context): Target[] {
  const files = context.args.length > 0 ? context.args : context.file === undefined ? [] : [context.file];
  if (context.flags.recursive === true && files.length > 0) {
    throw new EnvsealError("USAGE", "--recursive means every vault, and a file is named too", { hint: "give one of them" });
  }
  if (files.length > 0) return files.map((file) => namedTarget(project, file, context));
  const targets = Object.entries(project.manifest.vaults)
    .filter(([, vault]) => context.environment === undefined || vault.environment === context.environment)
    .map(([path]) => targetAt(project, join(project.root, path)));
  if (targets.length > 0) return targets;
  if (context.environment !== undefined) environmentOf(project.manifest, context.environment);
  throw new EnvsealError("NO_VAULT", "the manifest lists no vault", { hint: "make one with: envseal init" });
}

export function inGit(project: Project): boolean {
  return findGitFolder(project.root) !== null;
}
