import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { type Manifest, manifestIn } from "../core/manifest.ts";
import { readBlobs } from "./blobs.ts";
import { blobsEver, MANIFEST_FILES } from "./objects.ts";
import { runGit } from "./process.ts";

const MAX_REFS = 200;
/** All manifests together: refs are anybody's to push. */
const MAX_BYTES = 64 << 20;

export interface Place {
  path: string;
  root: string;
}

/**
 * The manifests at the same place in every local ref (branches, remote branches, tags), the newest first, each text once.
 * Those that cannot be read are left out; so is everything where there is no git.
 */
export function* newestManifests(place: Place): Generator<Manifest> {
  for (const refs of [["refs/heads", "refs/remotes"], ["refs/tags"]]) {
    const listing = ["for-each-ref", "--sort=-creatordate", `--count=${MAX_REFS}`, "--format=%(objectname)", ...refs];
    yield* manifestsAt(place, rows(git(place.root, listing)));
  }
}

/**
 * The manifest as the newest `count` commits that changed it left it: those that HEAD reaches, merged lines that left no trace
 * included, then those of every other ref.
 */
export function* pastManifests(place: Place, count: number): Generator<Manifest> {
  for (const refs of ["HEAD", "--all"]) {
    const listing = ["log", "--full-history", `--max-count=${count}`, "--format=%H", refs, "--", place.path];
    yield* manifestsAt(place, rows(git(place.root, listing)));
  }
}

/** Every text that the project's manifest ever had in what any ref or stash reaches, wherever it stood then. @throws GIT */
export async function manifestsEver(root: string, project: string): Promise<Manifest[]> {
  const found: Manifest[] = [];
  await readBlobs(root, blobsEver(root, MANIFEST_FILES), (_entry, content) => {
    const manifest = manifestIn(content);
    if (manifest?.project === project) found.push(manifest);
  });
  return found;
}

/** The manifests that these commits have, in order, each text once. @param commits ids, or names such as MERGE_HEAD */
export function* manifestsAt({ path, root }: Place, commits: readonly string[]): Generator<Manifest> {
  const top = git(root, ["rev-parse", "--show-toplevel"]);
  if (top === null || commits.length === 0) return;
  const place = relative(top.toString().trimEnd(), realpathSync(path)).split(sep).join("/");
  const wanted = commits.map((commit) => `${commit}:${place}\n`);
  const found = rows(git(root, ["cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)"], wanted.join("")));
  const blobs = new Map<string, number>();
  for (const row of found) {
    const [type, oid = "", size = ""] = row.split(" ");
    if (type === "blob") blobs.set(oid, Number(size));
  }
  let left = MAX_BYTES;
  for (const [oid, size] of blobs) {
    left -= size;
    if (left < 0) return;
    const bytes = git(root, ["cat-file", "blob", oid]);
    const manifest = bytes === null ? null : manifestIn(bytes);
    if (manifest !== null) yield manifest;
  }
}

/** Null where git fails: there is then nothing to find. */
function git(folder: string, args: readonly string[], input = ""): Buffer | null {
  const { status, stdout } = runGit(folder, args, { input });
  return status === 0 ? stdout : null;
}

function rows(output: Buffer | null): string[] {
  return (output ?? "").toString().split("\n").filter(Boolean);
}
