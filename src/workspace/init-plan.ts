import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Document, parseDocument, valuesOf } from "../core/document.ts";
import { emptyDocument } from "../core/edit.ts";
import { MAX_VAULT_BYTES } from "../core/limits.ts";
import { isRecipientName, vaultName } from "../core/names.ts";
import { configValue, trackedFiles } from "../git/repo.ts";
import { detectPeer, type Peer } from "../import/detect.ts";
import { displayPath } from "../project/find.ts";
import { findGitFolder } from "../project/gitdir.ts";
import { readBounded } from "../project/read.ts";
import { warn } from "../ui/output.ts";
import { namesOnly } from "./create.ts";
import { type FileChange, planAttributes, planDeployIgnores, planGitignore } from "./ignore-files.ts";
import type { Project } from "./project.ts";
import { type EnvFiles, scanEnvFiles } from "./scan.ts";
import { findTrackedSecrets, proposePublic } from "./secrets.ts";

export interface PlannedVault {
  /** Relative to the root. */
  path: string;
  plaintext: string | null;
  environment: string;
  document: Document;
}

/** All that `init` is about to do, to be shown before any of it is done. */
export interface InitPlan {
  root: string;
  existing: Project | null;
  git: boolean;
  /** Whether the hooks of this clone are armed, too. */
  arms: boolean;
  vaults: PlannedVault[];
  environments: { environment: string; publicPatterns: string[] }[];
  changes: FileChange[];
  /** Plaintext files that git tracks. */
  tracked: string[];
  leaks: { name: string; path: string }[];
  files: EnvFiles;
  /** Env files that another tool encrypted, and that have no vault yet: not plaintext, whatever their names say. */
  foreign: { path: string; environment: string; peer: Peer }[];
}

export async function planInit(root: string, existing: Project | null, hooks: boolean): Promise<InitPlan> {
  const git = findGitFolder(root) !== null;
  const listed = new Set(Object.keys(existing?.manifest.vaults ?? {}));
  const lost = new Set(await interrupted(root, [...listed], git));
  const { files, foreign } = withoutForeign(root, scanEnvFiles(root), listed);
  const vaults = files.plaintext
    .map(({ path, environment }) => plannedVault(root, path, environment))
    .filter(({ path }) => !listed.has(path) || lost.has(path));
  if ((existing === null || lost.has(".env.vault")) && vaults.length === 0) vaults.push(firstVault(root, files, foreign[0]));
  const names = new Map<string, string[]>();
  for (const { environment, document } of vaults) names.set(environment, [...(names.get(environment) ?? []), ...valuesOf(document).keys()]);
  const known = new Set(Object.keys(existing?.manifest.environments ?? {}));
  const environments = [...names]
    .filter(([environment]) => !known.has(environment))
    .map(([environment, found]) => ({ environment, publicPatterns: proposePublic(found) }));
  const plaintext = files.plaintext.map(({ path }) => path);
  const allVaults = [...listed, ...vaults.map(({ path }) => path)];
  const tracked = git ? await trackedFiles(root, plaintext) : [];
  return {
    root,
    existing,
    git,
    arms: git && hooks,
    vaults,
    environments,
    changes: [
      ...(git ? [...planGitignore(root, plaintext.length > 0 ? plaintext : [".env"], allVaults), ...planAttributes(root)] : []),
      ...planDeployIgnores(root),
    ],
    tracked,
    leaks: git ? await findLeaks(root, vaults, new Set([...plaintext, ...allVaults])) : [],
    files,
    foreign,
  };
}

/** Vaults that an earlier run listed and never wrote: one that git knows was written, and comes back from there. */
async function interrupted(root: string, listed: readonly string[], git: boolean): Promise<string[]> {
  const missing = listed.filter((path) => !existsSync(join(root, path)));
  const known = new Set(git && missing.length > 0 ? await trackedFiles(root, missing) : []);
  return missing.filter((path) => !known.has(path));
}

function withoutForeign(root: string, files: EnvFiles, listed: ReadonlySet<string>): { files: EnvFiles; foreign: InitPlan["foreign"] } {
  const foreign = files.plaintext.flatMap(({ path, environment }) => {
    const peer = detectPeer(readBounded(join(root, path), MAX_VAULT_BYTES) ?? new Uint8Array(0));
    return peer === null ? [] : [{ path, environment, peer }];
  });
  const theirs = new Set(foreign.map(({ path }) => path));
  const plaintext = files.plaintext.filter(({ path }) => !theirs.has(path));
  return {
    files: { ...files, plaintext },
    foreign: foreign.filter(({ path, environment }) => !listed.has(vaultBeside(path, environment))),
  };
}

function plannedVault(root: string, path: string, environment: string): PlannedVault {
  const label = displayPath(join(root, path));
  const { document, warnings } = parseDocument(readBounded(join(root, path), MAX_VAULT_BYTES) ?? new Uint8Array(0), label);
  for (const { line, message } of warnings) warn(`${label} line ${line}: ${message}`);
  return { path: vaultBeside(path, environment), plaintext: path, environment, document };
}

function vaultBeside(path: string, environment: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) + vaultName(environment);
}

/** Without any plaintext: an empty vault for what will be imported, the names of the root's template, or nothing yet. */
function firstVault(root: string, files: EnvFiles, foreign: InitPlan["foreign"][number] | undefined): PlannedVault {
  if (foreign !== undefined) {
    const { path, environment } = foreign;
    return { path: vaultBeside(path, environment), plaintext: null, environment, document: emptyDocument() };
  }
  const template = files.templates.find((path) => path === ".env.example" || path === ".env.sample" || path === ".env.template");
  const bytes = template === undefined ? null : readBounded(join(root, template), MAX_VAULT_BYTES);
  const document = bytes === null ? emptyDocument() : namesOnly(bytes, template as string);
  return { path: ".env.vault", plaintext: null, environment: "default", document };
}

async function findLeaks(root: string, vaults: readonly PlannedVault[], own: ReadonlySet<string>): Promise<InitPlan["leaks"]> {
  const values = new Map(vaults.flatMap(({ document }) => [...valuesOf(document)]));
  const tracked = await trackedFiles(root, ["."]).catch(() => []);
  return findTrackedSecrets(
    root,
    tracked.filter((path) => !own.has(path)),
    values,
  );
}

/** A slug of git's email, else of the login name. */
export async function proposeRecipientName(root: string): Promise<string> {
  const email = findGitFolder(root) === null ? null : await configValue(root, "user.email");
  const source = email?.split("@")[0] ?? userInfo().username;
  const slug = source
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64);
  return isRecipientName(slug) && slug !== "recovery" ? slug : "me";
}
