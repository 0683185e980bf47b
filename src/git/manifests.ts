import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { type Manifest, manifestIn } from "../core/manifest.ts";

const MAX_REFS = 500;

export interface Place {
  path: string;
  root: string;
}

/**
 * The manifests at the same place in every local ref (branches, remote branches, tags), the newest first, each text once.
 * Those that cannot be read are left out; so is everything where there is no git.
 */
export function newestManifests(place: Place): Generator<Manifest> {
  return manifestsAt(place, ["for-each-ref", "--sort=-creatordate", `--count=${MAX_REFS}`, "--format=%(objectname)"]);
}

/** The manifest as the newest `count` commits that changed it left it. */
export function pastManifests(place: Place, count: number): Generator<Manifest> {
  return manifestsAt(place, ["log", `--max-count=${count}`, "--format=%H", "--", place.path]);
}

function* manifestsAt({ path, root }: Place, listing: readonly string[]): Generator<Manifest> {
  const top = git(root, ["rev-parse", "--show-toplevel"]);
  if (top === null) return;
  const place = relative(top.toString().trimEnd(), realpathSync(path)).split(sep).join("/");
  const commits = rows(git(root, listing)).map((oid) => `${oid}:${place}\n`);
  const found = rows(git(root, ["cat-file", "--batch-check=%(objecttype) %(objectname)"], commits.join("")));
  const blobs = new Set(found.flatMap((row) => (row.startsWith("blob ") ? [row.slice("blob ".length)] : [])));
  for (const oid of blobs) {
    const bytes = git(root, ["cat-file", "blob", oid]);
    const manifest = bytes === null ? null : manifestIn(bytes);
    if (manifest !== null) yield manifest;
  }
}

/** Null where git fails: there is then nothing to find. */
function git(folder: string, args: readonly string[], input = ""): Buffer | null {
  const { status, stdout } = spawnSync("git", args, { cwd: folder, input, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "ignore"] });
  return status === 0 ? stdout : null;
}

function rows(output: Buffer | null): string[] {
  return (output ?? "").toString().split("\n").filter(Boolean);
}
