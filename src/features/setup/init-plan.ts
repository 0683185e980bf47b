import { existsSync } from "node:fs";
import { join } from "node:path";
import { environmentNames } from "../../core/authority/authority-of.ts";
import { MAX_VAULT_BYTES } from "../../core/limits.ts";
import { matchesPattern, vaultName } from "../../core/names.ts";
import { type Document, parseDocument, valuesOf } from "../../core/vault/document.ts";
import { emptyDocument } from "../../core/vault/edit-document.ts";
import { type EnvsealError, isEnvsealError } from "../../errors.ts";
import { trackedFiles } from "../../git/repo.ts";
import { detectPeer, type Peer } from "../../guard/peers.ts";
import { sealedBy } from "../../guard/sealed.ts";
import { displayPath } from "../../project/find.ts";
import { findGitFolder } from "../../project/gitdir.ts";
import { valuesOfTemplates } from "../../project/templates.ts";
import { readBounded } from "../../system/read.ts";
import { warn } from "../../ui/output.ts";
import { namesOnly } from "../../workspace/create-vault.ts";
import { type EnvFiles, scanEnvFiles } from "../../workspace/env-files.ts";
import { type FileChange, planAttributes, planDeployIgnores, planGitignore } from "../../workspace/ignore-files.ts";
import type { Project } from "../../workspace/project.ts";
import { proposePublic } from "../../workspace/public-names.ts";
import { environmentFromName } from "../migrate/sources.ts";
import { type Exposed, findTrackedSecrets } from "./tracked-secrets.ts";

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
  leaks: Exposed[];
  files: EnvFiles;
  /** Env files that another tool encrypted, and that have no vault yet: not plaintext, whatever their names say. */
  foreign: { path: string; environment: string | null; peer: Peer }[];
  /** Files that are encrypted by their names, and that no import takes. `tool` is null for plaintext, and for what is not known. */
  encrypted: { path: string; tool: string | null }[];
  /** Plaintext that is no dotenv file, each with what is wrong with it: left as it is. */
  unreadable: { path: string; why: string }[];
}

export async function planInit(root: string, existing: Project | null, hooks: boolean): Promise<InitPlan> {
  const git = findGitFolder(root) !== null;
  const listed = new Set(Object.keys(existing?.manifest.vaults ?? {}));
  const lost = new Set(await interrupted(root, [...listed], git));
  const { files, foreign, encrypted } = withoutForeign(root, scanEnvFiles(root), listed);
  const unreadable: { path: string; error: EnvsealError }[] = [];
  const vaults = files.plaintext
    .filter(({ path, environment }) => !listed.has(vaultBeside(path, environment)) || lost.has(vaultBeside(path, environment)))
    .flatMap(({ path, environment }) => plannedVault(root, path, environment, unreadable));
  // Where nothing else is to be sealed, that is what has to be mended first.
  if (vaults.length === 0 && existing === null && unreadable[0] !== undefined) throw unreadable[0].error;
  if ((existing === null || lost.has(".env.vault")) && vaults.length === 0)
    vaults.push(
      firstVault(
        root,
        files,
        foreign.find(({ environment }) => environment !== null),
      ),
    );
  const names = new Map<string, string[]>();
  for (const { environment, document } of vaults) names.set(environment, [...(names.get(environment) ?? []), ...valuesOf(document).keys()]);
  const known = new Set(existing === null ? [] : environmentNames(existing.manifest));
  const environments = [...names]
    .filter(([environment]) => !known.has(environment))
    .map(([environment, found]) => ({ environment, publicPatterns: proposePublic(found) }));
  const plaintext = files.plaintext.map(({ path }) => path);
  const allVaults = [...listed, ...vaults.map(({ path }) => path)];
  const unsealed = new Set(unreadable.map(({ path }) => path));
  // What has no vault stays where it is: nobody would have it otherwise.
  const tracked = git ? (await trackedFiles(root, plaintext)).filter((path) => !unsealed.has(path)) : [];
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
    leaks: git ? await findLeaks(root, vaults, environments, new Set([...plaintext, ...allVaults])) : [],
    files,
    foreign,
    encrypted,
    unreadable: unreadable.map(({ path, error }) => ({ path, why: error.message })),
  };
}

/** Vaults that an earlier run listed and never wrote: one that git knows was written, and comes back from there. */
async function interrupted(root: string, listed: readonly string[], git: boolean): Promise<string[]> {
  const missing = listed.filter((path) => !existsSync(join(root, path)));
  const known = new Set(git && missing.length > 0 ? await trackedFiles(root, missing) : []);
  return missing.filter((path) => !known.has(path));
}

function withoutForeign(root: string, files: EnvFiles, listed: ReadonlySet<string>): Pick<InitPlan, "files" | "foreign" | "encrypted"> {
  const foreign: InitPlan["foreign"] = [];
  const encrypted: InitPlan["encrypted"] = [];
  /** True where the file is left to the tool that encrypted it. */
  const isTaken = (path: string, environment = environmentFromName(path.slice(path.lastIndexOf("/") + 1))) => {
    const content = readBounded(join(root, path), MAX_VAULT_BYTES) ?? new Uint8Array(0);
    const [peer, tool] = [detectPeer(content), sealedBy(content)];
    if (peer !== null) foreign.push({ path, environment, peer });
    else if (tool !== null) encrypted.push({ path, tool });
    return peer !== null || tool !== null;
  };
  const plaintext = files.plaintext.filter(({ path, environment }) => !isTaken(path, environment));
  const elsewhere = files.elsewhere.filter((path) => !isTaken(path));
  for (const path of files.encrypted) if (!isTaken(path)) encrypted.push({ path, tool: null });
  return {
    files: { ...files, plaintext, elsewhere },
    foreign: foreign.filter(({ path, environment }) => environment === null || !listed.has(vaultBeside(path, environment))),
    encrypted,
  };
}

/** None for a file that is no dotenv file: it is told of, and the others are sealed all the same. */
function plannedVault(
  root: string,
  path: string,
  environment: string,
  unreadable: { path: string; error: EnvsealError }[],
): PlannedVault[] {
  const label = displayPath(join(root, path));
  try {
    const { document, warnings } = parseDocument(readBounded(join(root, path), MAX_VAULT_BYTES) ?? new Uint8Array(0), label);
    for (const { line, message } of warnings) warn(`${label} line ${line}: ${message}`);
    return [{ path: vaultBeside(path, environment), plaintext: path, environment, document }];
  } catch (error) {
    if (!isEnvsealError(error)) throw error;
    unreadable.push({ path, error });
    return [];
  }
}

function vaultBeside(path: string, environment: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) + vaultName(environment);
}

/** Without any plaintext: an empty vault for what will be imported, the names of the root's template, or nothing yet. */
function firstVault(root: string, files: EnvFiles, foreign: InitPlan["foreign"][number] | undefined): PlannedVault {
  if (foreign !== undefined && foreign.environment !== null) {
    const { path, environment } = foreign;
    return { path: vaultBeside(path, environment), plaintext: null, environment, document: emptyDocument() };
  }
  const template = files.templates.find((path) => path === ".env.example" || path === ".env.sample" || path === ".env.template");
  const bytes = template === undefined ? null : readBounded(join(root, template), MAX_VAULT_BYTES);
  const document = bytes === null ? emptyDocument() : namesOnly(bytes, template as string);
  return { path: ".env.vault", plaintext: null, environment: "default", document };
}

/** As the guards will search for them: what is shown in clear is none. */
async function findLeaks(
  root: string,
  vaults: readonly PlannedVault[],
  environments: InitPlan["environments"],
  own: ReadonlySet<string>,
): Promise<InitPlan["leaks"]> {
  const secrets = vaults.flatMap(({ path, environment, document }) => {
    const shown = environments.find((entry) => entry.environment === environment)?.publicPatterns ?? [];
    const sealed = [...valuesOf(document)].filter(([name]) => !shown.some((pattern) => matchesPattern(pattern, name)));
    return sealed.map(([name, value]) => ({ name, vault: path, environment, version: 1, current: true, value }));
  });
  const tracked = await trackedFiles(root, ["."]).catch(() => []);
  return findTrackedSecrets(
    root,
    tracked.filter((path) => !own.has(path)),
    secrets,
    valuesOfTemplates([root, ...vaults.map(({ path }) => join(root, path, ".."))]),
  );
}
