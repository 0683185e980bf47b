import { readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { MAX_VAULT_BYTES } from "../../core/limits.ts";
import { classifyFile, isEnvironment, isEnvironmentSuffix, vaultName } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import { detectPeer, type Peer } from "../../guard/peers.ts";
import { displayPath } from "../../project/find.ts";
import { readBounded } from "../../system/read.ts";
import { namedTarget, type Project, type Target, targetAt } from "../../workspace/project.ts";

/** A file of another tool, read whole. */
export interface Source {
  path: string;
  label: string;
  bytes: Buffer;
}

/** The files named, or those of the current folder that are this tool's. @throws USAGE, IO */
export function readSources(peer: Peer, files: readonly string[], context: Context): Source[] {
  if (files.length > 0) return files.map((file) => readSource(resolve(context.cwd, file)));
  if (peer === "dotenv-vault") return [readSource(resolve(context.cwd, ".env.vault"))];
  if (peer === "git-crypt") {
    throw new EnvsealError("USAGE", "an unlocked file of git-crypt looks like any other", {
      hint: "name it: envseal import git-crypt .env",
    });
  }
  const found = readdirSync(context.cwd, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /env/i.test(entry.name) && !entry.name.endsWith(".vault"))
    .map((entry) => join(context.cwd, entry.name))
    .filter((path) => statSync(path).size <= MAX_VAULT_BYTES)
    .sort()
    .flatMap((path) => {
      const bytes = readBounded(path, MAX_VAULT_BYTES);
      return bytes !== null && detectPeer(bytes) === peer ? [{ path, label: displayPath(path), bytes }] : [];
    });
  if (found.length > 0) return found;
  throw new EnvsealError("USAGE", `there is no env file of ${peer} in this folder`, { hint: `name it: envseal import ${peer} FILE` });
}

function readSource(path: string): Source {
  const bytes = readBounded(path, MAX_VAULT_BYTES);
  if (bytes !== null) return { path, label: displayPath(path), bytes };
  throw new EnvsealError("USAGE", `there is no file ${displayPath(path)}`, { hint: "name the file that the other tool encrypted" });
}

/**
 * The vault for a source: -f's, else the environment's beside the source. The environment is -e's, else what the other
 * tool says, else the file name's.
 * @throws BAD_NAME, USAGE
 */
export function targetFor(project: Project, source: Source, said: string | undefined, alone: boolean, context: Context): Target {
  if (context.file !== undefined) {
    if (!alone) throw new EnvsealError("USAGE", "-f names one vault, and there are several files", { hint: "import them one by one" });
    return namedTarget(project, context.file, context);
  }
  const environment = context.environment ?? said ?? environmentFromName(basename(source.path));
  if (environment === null) {
    throw new EnvsealError("USAGE", `the name of ${source.label} does not say its environment`, {
      hint: `say it: -e production, or -e default for what was in .env`,
    });
  }
  if (!isEnvironment(environment)) {
    throw new EnvsealError("BAD_NAME", "this is no name for an environment", {
      hint: "choose one with -e: lower-case letters, digits and -, such as production",
    });
  }
  const target = targetAt(project, join(dirname(source.path), vaultName(environment)));
  if (!target.listed.startsWith("../") && !isAbsolute(target.listed)) return target;
  throw new EnvsealError("USAGE", `${source.label} lies outside the project, and its vault would too`, {
    hint: `say where it goes: -f ${vaultName(environment)}`,
  });
}

/** `.env.production`, `.env.production.enc`, `production.enc.env`, `.env`, `.enc.env`; null for personal and other names. */
export function environmentFromName(name: string): string | null {
  const parts = name.split(".").filter((part) => !["", "env", "enc", "encrypted", "sops"].includes(part));
  const plain = ["", "env", ...parts].join(".");
  if (!name.split(".").includes("env")) return null;
  if (parts.length === 0) return "default";
  const kind = classifyFile(plain);
  return kind?.kind === "plaintext" && isEnvironmentSuffix(kind.environment) ? kind.environment : null;
}
