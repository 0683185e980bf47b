import { realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { BlobEntry, Staged } from "../../git/blobs.ts";
import type { Version } from "../../git/objects.ts";
import { filesAt } from "../../git/trees.ts";
import { inGit, type Project } from "../../workspace/project.ts";

/** A file of the index, of which git says at which stage of a merge it is: 0 for none. */
export interface IndexEntry extends BlobEntry {
  stage: string;
}

/** What an index says of a file that is only announced (`git add -N`): the empty blob, by SHA-1 and by SHA-256. */
const ANNOUNCED = /^(e69de29bb2d1d6434b8b29ae775ad8c2e48c5391|473a0f4c3be8a93681a267e3)/;

/**
 * What HEAD has in place of vaults, as far as the index and what differs in it tell: where a commit changes nothing, HEAD has what
 * the index has. It saves a hook a git.
 */
export class AtHead {
  private readonly top: string;
  /** By path from the top: an id, or null where there is no file. */
  private readonly known = new Map<string, string | null>();

  /** @param changes how the index differs from HEAD */
  constructor(top: string, index: readonly IndexEntry[], changes: Staged) {
    this.top = top;
    const set = ({ path, mode, oid }: BlobEntry) => this.known.set(path, mode === "160000" ? null : oid);
    for (const entry of index) if (entry.stage === "0" && !ANNOUNCED.test(entry.oid)) set(entry);
    for (const { path } of changes.entries) this.known.set(path, null);
    for (const entry of changes.replaced) set(entry);
  }

  /** Undefined where git has to be asked. @param listed paths from the project's folder */
  versions(root: string, listed: readonly string[]): Version[] | undefined {
    const folder = this.folderOf(root);
    if (folder === undefined) return undefined;
    const oids = listed.map((path) => this.known.get(folder + path));
    if (oids.includes(undefined)) return undefined;
    return listed.flatMap((path, index) => (oids[index] == null ? [] : [{ path, oid: oids[index] }]));
  }

  /** As git names it, `apps/web/`; undefined where a link leads there, or it is elsewhere. */
  private folderOf(root: string): string | undefined {
    if (root === this.top) return "";
    const way = relative(this.top, root);
    const real = join(realpathSync(this.top), way);
    return way.startsWith("..") || realpathSync(root) !== real ? undefined : `${way.split(sep).join("/")}/`;
  }
}

/** The vaults that everybody else has: what the work tree has in their place may be another value, which is not committed yet. */
export function committedVersions(project: Project, listed: readonly string[], atHead: AtHead | null): Version[] {
  if (!inGit(project)) return [];
  const known = atHead?.versions(project.root, listed);
  if (known !== undefined) return known;
  return filesAt(
    project.root,
    ["HEAD"],
    listed.map((path) => `./${path}`),
  ).map(({ path, oid, size }) => ({ path: path.slice("./".length), oid, size }));
}
