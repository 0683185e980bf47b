import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { parseManifest } from "../../core/manifest/manifest-text.ts";
import { isManifest } from "../../core/names.ts";
import { EnvsealError } from "../../errors.ts";
import type { BlobEntry } from "../../git/blobs.ts";
import { MANIFEST_FILES, VAULT_FILES } from "../../git/objects.ts";
import { gitLines, gitOutput } from "../../git/output.ts";
import { runGit } from "../../git/process.ts";
import { workTreeAndGitFolder } from "../../git/work-tree.ts";
import { shellWord } from "../../printable.ts";
import { findManifestPath, namedManifest, readManifest } from "../../project/find.ts";
import { isTemplate, type Templates, valuesIn } from "../../project/templates.ts";
import { openProject, type Project } from "../../workspace/project.ts";
import type { IndexEntry } from "./at-head.ts";

export interface GuardedProject {
  open: () => Project;
  /** Read from the commit that HEAD names: a server's repository has no files. */
  bare: boolean;
  /** Its folder, beside the project around the current one: a copy of that one's manifest is no project of its own. */
  beside?: string;
}

export interface Guarded {
  projects: GuardedProject[];
  /** The repository's top folder, and the manifests of its index; null outside git. */
  repository: { top: string; tracked: BlobEntry[]; vaults: IndexEntry[] } | null;
}

/**
 * The project around the current folder, and every other one whose manifest git tracks: a value may be in anybody's file.
 * @param withVaults true where the vaults of the index are asked for, too: none otherwise
 */
export function projectsHere(context: Context, notes: string[], withVaults: boolean): Guarded {
  const { cwd } = context;
  const here = { open: () => openProject(context), bare: false };
  const named = namedManifest(context.env);
  const own = named !== undefined ? resolve(cwd, named) : findManifestPath(cwd);
  const wanted = withVaults ? [MANIFEST_FILES, VAULT_FILES] : [MANIFEST_FILES];
  const { status, stdout } = runGit(cwd, ["ls-files", "-t", "--stage", "-z", "--full-name", "--", ...wanted]);
  if (status !== 0) return { projects: [here], repository: null };
  const { top } = workTreeAndGitFolder(cwd, context.env);
  const files = stdout.toString("utf8").split("\0").filter(Boolean).map(inIndex);
  const isVault = ({ path }: Tracked) => path.toLowerCase().endsWith(".vault");
  const tracked = files.filter((file) => !isVault(file));
  const repository = { top, tracked, vaults: files.filter(isVault) };
  if (tracked.length === 0) return { projects: own === null && isBare(cwd) ? projectsAtHead(cwd) : [here], repository };
  const isLeftOut = ({ skipped, path }: Tracked) => skipped && !existsSync(join(top, path));
  // A sparse checkout leaves projects out; a manifest that is gone without that is let through by nobody.
  for (const { path } of tracked.filter(isLeftOut)) notes.push(`${path} is not checked out: its values were not searched for`);
  const present = tracked.filter((file) => !isLeftOut(file)).map(({ path }) => path);
  const others = [...new Set(present)]
    .filter((path) => own === null || !isSameFile(own, join(top, path)))
    .map((path) => ({ open: () => trackedManifest(top, path), bare: false, ...(own !== null && { beside: dirname(path) }) }));
  return { projects: own === null ? others : [here, ...others], repository };
}

interface Tracked extends IndexEntry {
  /** Of a sparse checkout. */
  skipped: boolean;
}

/** `H 100644 <oid> 0<tab>path` */
function inIndex(row: string): Tracked {
  const tab = row.indexOf("\t");
  const [tag, mode = "", oid = "", stage = ""] = row.slice(0, tab).split(" ");
  return { skipped: tag === "S", mode, oid, stage, path: row.slice(tab + 1) };
}

function isSameFile(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}

function isBare(folder: string): boolean {
  return runGit(folder, ["rev-parse", "--is-bare-repository"]).stdout.includes("true");
}

function projectsAtHead(root: string): GuardedProject[] {
  if (runGit(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).status !== 0) return [];
  const paths = gitLines(root, ["ls-tree", "-r", "-z", "--name-only", "HEAD"], { nul: true });
  return paths.filter(isManifest).map((path) => {
    const open = () => ({ path, root, manifest: parseManifest(gitOutput(root, ["cat-file", "blob", `HEAD:${path}`]).toString(), path) });
    return { open, bare: true };
  });
}

function trackedManifest(top: string, path: string): Project {
  if (existsSync(join(top, path))) return readManifest(join(top, path));
  throw new EnvsealError("NO_MANIFEST", `git has ${path}, and the work tree has not: nothing could be searched for`, {
    hint: `take it from git: git checkout -- ${shellWord(path)}`,
  });
}

/** As templateValues, of what a commit has: that was looked at when it was recorded, and everybody has it. */
export function recordedTemplates({ root, manifest }: Project, commit: string): Templates {
  const folders = new Set(["./", ...Object.keys(manifest.vaults).map((path) => `./${path.slice(0, path.lastIndexOf("/") + 1)}`)]);
  const { status, stdout } = runGit(root, ["ls-tree", "-z", "--name-only", "--end-of-options", commit, "--", ...folders]);
  const paths =
    status === 0
      ? stdout
          .toString("utf8")
          .split("\0")
          .filter((path) => isTemplate(basename(path)))
      : [];
  return valuesIn(paths.map((path) => runGit(root, ["cat-file", "blob", "--end-of-options", `${commit}:./${path}`]).stdout));
}
