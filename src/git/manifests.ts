import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { MAX_MANIFEST_BYTES } from "../core/limits.ts";
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

/** The manifest as a commit has it. */
export interface Past {
  commit: string;
  manifest: Manifest;
}

/** Commits that are looked into where a command looks in passing, and where somebody asks for a check. */
export const FEW_PAST = 256;
export const MANY_PAST = 4096;

/** What a range of commits made of the manifest. */
export interface PastOf {
  /** The manifests that have a higher revision of anything than `now`, or a statement of the authority that it lacks, the newest first. */
  newer: Generator<Past>;
  /** How many commits were looked into, where there are more of them; null where that were all. */
  cutAt: number | null;
}

/**
 * Most commits are told apart by what their manifest says at first sight, without a look at its shape and its signatures. What is
 * larger than a manifest may be is none, and takes no room.
 * @returns null where git does not know the range
 */
export function pastOf({ path, root }: Place, range: string, now: Manifest, most: number): PastOf | null {
  const listing = ["log", "--full-history", `--max-count=${most + 1}`, "--format=%H", "--end-of-options", range, "--", path];
  const output = git(root, listing);
  if (output === null) return null;
  const commits = rows(output);
  const top = commits.length === 0 ? null : git(root, ["rev-parse", "--show-toplevel"]);
  if (top === null) return { newer: newerIn(root, [], now), cutAt: null };
  const place = relative(top.toString().trimEnd(), realpathSync(path)).split(sep).join("/");
  const { wanted, left } = sized(root, commits.slice(0, most), place);
  const looked = left ?? most;
  return { newer: newerIn(root, wanted, now), cutAt: commits.length > looked ? looked : null };
}

interface PastBlob {
  commit: string;
  oid: string;
}

function* newerIn(root: string, wanted: readonly PastBlob[], now: Manifest): Generator<Past> {
  if (wanted.length === 0) return;
  const signed = new Set(now.authority.map(({ signatures }) => JSON.stringify(signatures)));
  for (const { name, content } of blobs(git(root, ["cat-file", "--batch"], wanted.map(({ oid }) => `${oid}\n`).join("")))) {
    const { commit } = wanted[name] as PastBlob;
    if (!mayBeNewer(content, now, signed)) continue;
    const manifest = manifestIn(content);
    if (manifest?.project === now.project) yield { commit, manifest };
  }
}

/** The blobs that these commits have at a place, each once; `left` how many commits came before there was no more room, where that is so. */
function sized(root: string, commits: readonly string[], place: string): { wanted: PastBlob[]; left: number | null } {
  const names = commits.map((one) => `${one}:${place}\n`).join("");
  const known = new Set<string>();
  const wanted: PastBlob[] = [];
  let room = MAX_BYTES;
  const found = rows(git(root, ["cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)"], names));
  for (const [index, row] of found.entries()) {
    const [type, oid = "", size = ""] = row.split(" ");
    if (type !== "blob" || known.has(oid) || Number(size) > MAX_MANIFEST_BYTES) continue;
    if (Number(size) > room) return { wanted, left: index };
    known.add(oid);
    room -= Number(size);
    wanted.push({ commit: commits[index] as string, oid });
  }
  return { wanted, left: null };
}

/** What `cat-file --batch` gives, and which line of its input asked for it. */
function* blobs(output: Buffer | null): Generator<{ name: number; oid: string; content: Buffer }> {
  for (let at = 0, name = 0; output !== null && at < output.length; name++) {
    const end = output.indexOf("\n", at);
    const [oid = "", type, size] = output.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (type !== "blob") continue;
    yield { name, oid, content: output.subarray(at, at + Number(size)) };
    at += Number(size) + 1;
  }
}

function mayBeNewer(content: Buffer, now: Manifest, signed: ReadonlySet<string>): boolean {
  try {
    const { authority, environments } = JSON.parse(content.toString("utf8"));
    const isHigher = (one: unknown, than: number) => typeof one === "number" && one > than;
    if (isHigher(authority.at(-1).revision, now.authority.at(-1)?.revision ?? 0)) return true;
    if (!signed.has(JSON.stringify(authority.at(-1).signatures))) return true;
    return Object.entries(now.environments).some(([name, { statement }]) =>
      isHigher(environments[name]?.statement?.revision, statement.revision),
    );
  } catch {
    return false;
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
