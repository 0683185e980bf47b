import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import type { Manifest } from "../core/authority/manifest.ts";
import { manifestIn } from "../core/manifest/manifest-text.ts";
import { readBlobs } from "./blobs.ts";
import { manifestBlobs, type PastBlob } from "./manifest-blobs.ts";
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
 * The manifests that the newest `count` commits which changed one made, of whichever project and in whichever folder: those that HEAD
 * reaches, merged lines that left no trace included, then those of every other ref.
 */
export function* pastManifests(
  { root }: Place,
  count: number,
  { refs = ["HEAD", "--all"], isWanted }: PastOptions = {},
): Generator<Manifest> {
  for (const range of refs)
    for (const { content } of contents(root, manifestBlobs(root, range, count)?.wanted ?? [])) {
      const manifest = isWanted?.(content.toString("utf8")) === false ? null : manifestIn(content);
      if (manifest !== null) yield manifest;
    }
}

interface PastOptions {
  refs?: readonly string[];
  /** Tells by a text alone whether it is to be read. */
  isWanted?: (text: string) => boolean;
}

/** The manifest as a commit has it. */
export interface Past {
  commit: string;
  manifest: Manifest;
}

/** Commits that are looked into where a command looks in passing, and where somebody asks for a check. */
export const FEW_PAST = 256;
export const MANY_PAST = 4096;

/** What a range of commits made of the project's manifest, wherever it stood. */
export interface PastOf {
  /** The manifests that have a higher revision of anything than `now`, or a statement of the authority that it lacks, the newest first. */
  newer: Generator<Past>;
  /** How many commits were looked into, where there are more of them; null where that were all. */
  cutAt: number | null;
  /** How many versions were not looked at, since they are too large together. */
  unread: number;
}

/**
 * Most versions are told apart by what they say at first sight, without a look at their shape and their signatures.
 * @returns null where git does not know the range
 */
export function pastOf({ root }: Place, range: string, now: Manifest, most: number): PastOf | null {
  const past = manifestBlobs(root, range, most);
  return past && { newer: newerIn(root, past.wanted, now), cutAt: past.isCut ? most : null, unread: past.unread };
}

function* newerIn(root: string, wanted: readonly PastBlob[], now: Manifest): Generator<Past> {
  const signed = new Set(now.authority.map(({ signatures }) => JSON.stringify(signatures)));
  for (const { commit, content } of contents(root, wanted)) {
    if (!mayBeNewer(content, now, signed)) continue;
    const manifest = manifestIn(content);
    if (manifest?.project === now.project) yield { commit, manifest };
  }
}

function* contents(root: string, wanted: readonly PastBlob[]): Generator<{ commit: string; content: Buffer }> {
  if (wanted.length === 0) return;
  const input = wanted.map(({ oid }) => `${oid}\n`).join("");
  for (const { name, content } of blobs(git(root, ["cat-file", "--batch"], input)))
    yield { commit: (wanted[name] as PastBlob).commit, content };
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
    // What does not name the project is another's, and most of it costs no more than that.
    if (!content.includes(`"${now.project}"`)) return false;
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
